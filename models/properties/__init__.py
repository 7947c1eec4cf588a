"""The rows of the published table: formulas, inputs, cells."""
