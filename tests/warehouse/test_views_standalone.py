"""Macros written out: what stands in a view or a macro of a published file needs no other macro of ours."""

from __future__ import annotations

import duckdb
import pytest

from warehouse import views
from warehouse.views.standalone import standing_alone

SCRIPT = """
CREATE OR REPLACE MACRO twice(x) AS x * 2;
-- A comment; with a semicolon and a call of twice(3).
CREATE OR REPLACE MACRO above(t) AS TABLE SELECT a, 'twice(a); t' AS said, b AS t2 FROM core.pair WHERE a > twice(t + 1);
COMMENT ON MACRO TABLE above IS 'rows; those above';
CREATE OR REPLACE VIEW high AS SELECT * FROM above(twice(1)) AS one;
"""


@pytest.fixture
def connection(tmp_path):
    """A file with the script in it, as it is published, attached to an empty session under the name it is known by."""
    path = str(tmp_path / "gpt2030.duckdb")
    with duckdb.connect(path) as made:
        made.execute("CREATE SCHEMA core; CREATE TABLE core.pair AS SELECT range AS a, range * 10 AS b FROM range(12)")
        made.execute(standing_alone(SCRIPT, is_qualified=True))
    with duckdb.connect() as session:
        session.execute(f"ATTACH '{path}' (READ_ONLY)")
        yield session


def test_arguments_are_put_whole(connection):
    assert connection.execute("SELECT gpt2030.twice(1 + 1), gpt2030.twice(gpt2030.twice(3))").fetchone() == (4, 12)
    assert connection.execute("SELECT a FROM gpt2030.above(3)").fetchall() == [(9,), (10,), (11,)]


def test_names_in_text_are_left_alone(connection):
    assert connection.execute("SELECT DISTINCT said FROM gpt2030.above(3)").fetchall() == [("twice(a); t",)]


def test_views_need_no_macro(connection):
    assert connection.execute("SELECT count(*) FROM gpt2030.high").fetchone() == (5,)
    text = connection.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'high'").fetchone()[0]
    assert "above" not in text
    assert "twice(1" not in text


def test_a_bracket_that_is_not_closed_is_refused():
    with pytest.raises(ValueError, match="not closed"):
        standing_alone(
            "CREATE OR REPLACE MACRO f(x) AS x;\nCREATE OR REPLACE VIEW v AS SELECT f(1;", is_qualified=False
        )


def test_no_macro_of_ours_is_called_in_the_published_script():
    script = views.script(is_published=True)
    for name in ("moment", "is_believed", "fact_of", "precedence", "edition_in_force", "observation_as_of"):
        assert f" {name}(" not in script.replace(f"MACRO {name}(", "")
