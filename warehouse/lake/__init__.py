"""A shared warehouse: what one home has published, in a DuckLake that a team reads, each edition a snapshot of it."""
