"""What a row states: the same in SQL and over frames, and whose word counts is told by one text."""

from datetime import date

import duckdb
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from warehouse.contracts.core import DATE_KINDS
from warehouse.contracts.facts import FACT, PRECEDENCE, fact

ENGINE = duckdb.connect(config={"python_enable_replacements": False})
rows = st.lists(
    st.fixed_dictionaries(
        {
            "system_id": st.sampled_from(["gpt-4", "o3", "claude-opus-4.5"]),
            "date_kind": st.sampled_from(DATE_KINDS),
            "observation_date": st.dates(date(1950, 1, 1), date(2060, 1, 1)),
        }
    ),
    min_size=1,
)


@law(40)
@given(rows)
def test_sql_and_frames_say_the_same(said):
    frame = pl.DataFrame(said)
    ENGINE.register("said", frame)
    in_sql = ENGINE.execute(f"SELECT {FACT} FROM said").fetchall()
    assert frame.select(fact()).to_series().to_list() == [text for (text,) in in_sql]


def test_the_originator_comes_first_and_the_embedded_default_last():
    names = ["curated", "models_dev", "metr", "epoch_models"]
    with duckdb.connect() as connection:
        asked = f"SELECT source_id FROM (SELECT unnest(?) AS source_id) ORDER BY {PRECEDENCE}"
        found = [name for (name,) in connection.execute(asked, [names]).fetchall()]
    assert found == ["metr", "epoch_models", "models_dev", "curated"]
