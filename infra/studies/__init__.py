"""Studies that constants in the models were chosen by."""
