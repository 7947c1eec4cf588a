"""Every view for people says what one of its rows is, and keeps to it."""

import re

import pytest

from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

_KEY = re.compile(r"Key: (?P<columns>[\w, ]+)\.")


@pytest.fixture(scope="module")
def reader(published):
    with Reader(published() / READ_COPY_FILE) as opened:
        yield opened


@pytest.fixture(scope="module")
def comments(reader):
    named = "CASE schema_name WHEN 'main' THEN view_name ELSE schema_name || '.' || view_name END"
    return dict(reader.rows(f"SELECT {named}, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL"))


def test_every_view_names_its_key_in_its_comment(comments):
    assert len(comments) > 10
    assert [name for name, comment in comments.items() if not _KEY.search(comment or "")] == []


def test_no_view_holds_two_rows_of_one_key(reader, comments):
    for name, comment in comments.items():
        key = _KEY.search(comment)["columns"]
        twice = reader.rows(f"SELECT {key}, count(*) FROM {name} GROUP BY ALL HAVING count(*) > 1 LIMIT 3")
        assert twice == [], (name, key)


def test_a_key_is_made_of_columns_of_its_view(reader, comments):
    for name, comment in comments.items():
        key = _KEY.search(comment)["columns"].split(", ")
        columns = {row[0] for row in reader.rows(f"SELECT column_name FROM (DESCRIBE {name})")}
        assert set(key) <= columns, name
