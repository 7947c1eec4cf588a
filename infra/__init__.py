"""Scripts around the house: benchmarks, generated docs, long-running trials."""
