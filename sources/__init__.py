"""Publishers: one module per source, bytes in, contract rows out."""
