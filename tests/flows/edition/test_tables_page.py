"""The page of the tables: every file with rows and every column is told, in both languages, and its question runs."""

from __future__ import annotations

import re
from html import unescape
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from flows.edition.datapackage import TABLES
from flows.edition.tables_page import column_words
from flows.edition.words import words
from infra.sample import SAMPLE_DAY
from tests.static_host import StaticHost
from tests.test_numbers_in_sentences import BEFORE

LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh"])


def seen(page: str) -> str:
    return " ".join(unescape(re.sub(r"(?s)<head>.*?</head>|<wbr>|<[^>]+>", " ", page)).split())


@pytest.fixture(scope="module")
def folder(published):
    return (published(BEFORE, SAMPLE_DAY) / "editions" / "latest").resolve()


@pytest.fixture
def client():
    with duckdb.connect() as connected:
        yield connected


def page_of(folder: Path, lang: str) -> str:
    return (folder / ("tables.html" if lang == "en" else f"tables.{lang}.html")).read_text()


def question_of(folder: Path) -> str:
    """The question on the page; both languages have the same."""
    asked = {re.findall(r"(?s)<pre[^>]*>(SELECT.*?)</pre>", page_of(folder, lang))[0] for lang in ("en", "zh")}
    (question,) = asked
    return unescape(question)


@LANGUAGES
@pytest.mark.parametrize("name", TABLES)
def test_a_file_stands_with_the_rows_and_the_size_that_it_has(folder, client, name, lang):
    (rows,) = client.sql(f"SELECT count(*) FROM '{folder / name}'").fetchone()
    size = (folder / name).stat().st_size / 1000
    base, ending = name.split(".")
    told = f"{base} .{ending} {words(lang).tables[TABLES[name].name]} {rows:,} {size:,.0f} kB"
    assert told in seen(page_of(folder, lang))


@LANGUAGES
@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_every_file_is_told_with_what_it_means(folder, client, name, lang):
    page, table = page_of(folder, lang), TABLES[name]
    for column in client.sql(f"FROM '{folder / name}' LIMIT 0").columns:
        comment = table.column(column).comment if lang == "en" else column_words(lang)[table.name][column]
        assert f"{column} {table.column(column).type} {' '.join(comment.split())}" in seen(page)


def test_the_chinese_meanings_are_of_columns_that_are_published_and_of_no_others(folder, client):
    published: dict[str, set[str]] = {}
    for name, table in TABLES.items():
        published.setdefault(table.name, set()).update(client.sql(f"FROM '{folder / name}' LIMIT 0").columns)
    assert {table: set(told) for table, told in column_words("zh").items()} == published


def test_the_question_on_the_page_is_answered_in_the_folder(folder, client):
    rows = client.sql(question_of(folder).replace("properties.parquet", f"{folder}/properties.parquet")).fetchall()
    open_rows = client.sql(f"SELECT count(*) FROM '{folder}/properties.csv' WHERE status = 'open'").fetchone()
    assert (len(rows),) == open_rows


def test_over_http_the_engine_fetches_what_the_question_needs_and_not_the_file(folder, client):
    client.execute(f"LOAD '{_httpfs()}'")
    with StaticHost(folder) as host:
        question = question_of(folder).replace("properties.parquet", f"{host.address}/properties.parquet")
        here = question_of(folder).replace("properties.parquet", f"{folder}/properties.parquet")
        assert client.sql(question).fetchall() == client.sql(here).fetchall()
        before = host.sent
        (newest,) = client.sql(f"SELECT max(target_date) FROM '{host.address}/forecasts.parquet'").fetchone()
        whole = (folder / "forecasts.parquet").stat().st_size
    assert newest is not None
    assert host.sent - before < whole / 2
    assert all(ranged for method, _, ranged in host.asked if method == "GET")


def _httpfs() -> Path:
    found = find_spec("duckdb_extension_httpfs")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
