"""What we believe and since when: the DuckDB warehouse, its contracts, snapshots and editions."""
