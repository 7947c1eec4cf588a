"""The refusals that a warehouse holds and nobody released, as rows of the contract."""


def open_refusals(warehouse):
    return warehouse.frame("FROM raw.quarantine WHERE released_at IS NULL ORDER BY source_id, feed, line_number")
