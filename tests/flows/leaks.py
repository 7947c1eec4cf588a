"""Where a secret could be found after a run: every file under a folder, and every row of its databases."""

import duckdb


def written_under(folder):
    """Place → bytes; the rows as well as the files, because in a database file texts are compressed."""
    found = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return found | {f"rows of {path.name}": _rows(path).encode() for path in folder.rglob("*.duckdb")}


def holding(places, secrets):
    """The places that hold one of the secrets."""
    return [place for place, text in places.items() if any(secret in text for secret in secrets)]


def _rows(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        return "\n".join(str(connection.execute(f"SELECT * FROM {name}").fetchall()) for (name,) in names)
