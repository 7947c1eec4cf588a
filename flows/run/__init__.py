"""The steps of a run, from a look to an edition."""
