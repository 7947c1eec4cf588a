"""What each live source publishes on a good day, record by record, and the ways in which a file of it can be spoilt."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from sources.bounds import MOST_BYTES, MOST_BYTES_OF_ANY
from tests import publisher
from tests.parquet import parquet_of
from tests.publisher import zip_of
from tests.sources.metaculus_posts import post

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Record = dict[str, Any]
    Behaviour = Callable[[Any], None]
    Spoil = Callable[["Feed"], bytes]

RECORDS = 12
BOM = b"\xef\xbb\xbf"
NUMBERS = tuple(0.05 * k for k in range(1, RECORDS + 1))
SYSTEMS = tuple(f"System {k}" for k in range(1, RECORDS + 1))
LABS = ("openai", "anthropic", "google", "meta")


@dataclass(frozen=True)
class Feed:
    """One file: where it lies below the source's address, its records, and which of their fields matters how."""

    path: str
    write: Callable[[Sequence[Record]], bytes]
    records: tuple[Record, ...]
    key: str
    value: str
    needed: str
    frame: Callable[[bytes], bytes] = bytes  # what the file is packed into, such as an archive

    def body(self, records: Sequence[Record] | None = None) -> bytes:
        """The file with its own records, or with these."""
        return self.frame(self.write(self.records if records is None else records))

    def with_first(self, **fields: object) -> bytes:
        """The file with other cells in its first record."""
        return self.body([{**self.records[0], **fields}, *self.records[1:]])


def table(records: Sequence[Record]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def nested(record: Record) -> Record:
    """`a.b` → `{"a": {"b": …}}`."""
    found: Record = {}
    for path, value in record.items():
        *folders, name = path.split(".")
        place = found
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    return found


def lines(records: Sequence[Record]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def pages(records: Sequence[Record]) -> bytes:
    return json.dumps({"pagination": {"has_more": False}, "data": [nested(record) for record in records]}).encode()


def catalogue(records: Sequence[Record]) -> bytes:
    # Written entry by entry: a dictionary could not hold one key twice.
    entries = (
        (record.get("id"), nested({k: v for k, v in record.items() if k != "id"} | {"name": record.get("id")}))
        for record in records
    )
    return b"{" + b", ".join(f"{json.dumps(key)}: {json.dumps(entry)}".encode() for key, entry in entries) + b"}"


def suite(version: str) -> Callable[[Sequence[Record]], bytes]:
    def write(records: Sequence[Record]) -> bytes:
        said = f"benchmark_name: METR-Horizon-v{version}\nresults:\n"
        for record in records:
            fields = {name: value for name, value in record.items() if name != "key"}
            entry = yaml.safe_dump({record.get("key"): nested(fields)}, sort_keys=False)
            said += "".join(f"  {line}\n" for line in entry.splitlines())
        return said.encode()

    return write


def columns(records: Sequence[Record]) -> bytes:
    """Parquet; a column of numbers and words has all of them as text."""
    names = list(records[0])
    mixed = {name for name in names if len({type(record[name]) for record in records} - {type(None)}) > 1}
    return parquet_of(
        [{name: str(record[name]) if name in mixed else record[name] for name in names} for record in records]
    )


def only(records: Sequence[Record]) -> bytes:
    return json.dumps(records[0]).encode()


def archive(name: str) -> Callable[[bytes], bytes]:
    return lambda body: zip_of({f"data/{name}": body, "data/another.csv": b"a,b\n1,2\n"})


def scores(head: Record, value: str) -> tuple[Record, ...]:
    days = {"Release date": "2026-02-17", "Started at": "2026-03-01T00:00:00.000Z", "id": ""}
    return tuple(
        {**head, "Model version": system, value: round(number, 2), **days, "id": f"rec{k}"}
        for k, (system, number) in enumerate(zip(SYSTEMS, NUMBERS, strict=True))
    )


RUNS = tuple(
    {"id_runs": f"r{k}", "task": "FrontierMath-Tier-4-v2-Private", "model": system, "Status": "Success",
     "started_at": "2026-07-01T00:00:00.000Z", "mean_score": round(number, 2), "Version release date": "2026-02-17"}
    for k, (system, number) in enumerate(zip(SYSTEMS, NUMBERS, strict=True))
)  # fmt: skip
FIT = tuple(
    {"Model": system, "eci": f"{120.25 + k}", "eci_ci_low": f"{118 + k}", "eci_ci_high": f"{123 + k}",
     "date": f"2025-{k:02}-15", "Organization": "Lab"}
    for k, system in enumerate(SYSTEMS, start=1)
)  # fmt: skip
MODELS = tuple(
    {"Model": system, "Organization": "Lab", "Publication date": f"2025-{k:02}-01", "Domain": "Language",
     "Parameters": "7000000000.0", "Training compute (FLOP)": f"{k}e+24", "Confidence": "Likely"}
    for k, system in enumerate(SYSTEMS, start=1)
)  # fmt: skip
CHIPS = tuple(
    {"Hardware name": f"Chip {k}", "Manufacturer": "Maker", "Release date": f"2024-{k:02}-15",
     "Release price (USD)": "15000.0", "Price-performance": f"{k}e11"}
    for k in range(1, RECORDS + 1)
)  # fmt: skip
REPORTS = tuple(
    {"Id": "a label", "Company": "OpenAI", "Active users": f"{k}00000000.0", "Active users time period": "Weekly",
     "Daily tokens": "", "Daily messages": "", "Date": f"2025-{k:02}-15", "Report date": f"2025-{k:02}-16",
     "Graph note": "", "Notes": "", "Source type": "Company disclosure", "Product": "ChatGPT", "Confidence": "Likely",
     "Exclude from graph view": ""}
    for k in range(1, RECORDS + 1)
)  # fmt: skip
TAKINGS = tuple(
    {"Company": "OpenAI", "Date": f"2025-{k:02}-15", "Revenue amount (normalize to annual)": f"{k}000000000.0",
     "Type": "Annualized revenue", "Confidence": "Likely", "Report date": f"2025-{k:02}-16",
     "Source type": "Media report"}
    for k in range(1, RECORDS + 1)
)  # fmt: skip
SITES = tuple(
    {"Date": f"2025-{k:02}-15", "Power (MW)": f"{k}0.0", "H100 equivalents": f"{k}000.0", "Data center": f"Site {k}"}
    for k in range(1, RECORDS + 1)
)
STOCKS = tuple(
    {"Chip manufacturer": "Maker", "Owner": "Company", "Start date": "2022-01-01", "End date": end,
     "Compute estimate in H100e (median)": f"{k}00000.5", "Incomplete": ""}
    for k, end in enumerate(
        (f"{year}-{end}" for year in (2023, 2024, 2025) for end in ("03-31", "06-30", "09-30", "12-31")), start=1
    )
)  # fmt: skip
SERVED = tuple(
    {"date": f"2026-10-{k:02}", "model_permaslug": "other", "rank": "", "total_tokens": f"{k}000000000000",
     "share_of_daily_tokens": "1.0"}
    for k in range(1, RECORDS + 1)
)  # fmt: skip
BOARD = tuple(
    {"model_name": f"System {k}", "organization": "Lab", "license": "Proprietary", "rating": 1400.5 + k,
     "rating_lower": None, "rating_upper": None, "variance": 2.5, "vote_count": 1000 * k, "rank": 1,
     "category": "overall", "leaderboard_publish_date": f"2026-10-{k:02}"}
    for k in range(1, RECORDS + 1)
)  # fmt: skip
HORIZONS = tuple(
    {"key": f"system_{k}", "metrics.p50_horizon_length.estimate": 10.0 * k, "release_date": f"2025-{k:02}-20"}
    for k in range(1, RECORDS + 1)
)
WINDOWS = tuple(
    {"id": f"{LABS[k % 4]}/system-{k}", "limit.context": 1000 * k, "release_date": f"2026-{k % 9 + 1:02}-05"}
    for k in range(1, RECORDS + 1)
)
SPEEDS = tuple(
    {"id": f"id-{k}", "name": f"System {k}", "release_date": "2026-01-01", "model_creator.name": "Lab",
     "performance.median_output_tokens_per_second": 10.5 * k}
    for k in range(1, RECORDS + 1)
)  # fmt: skip


ASKED = {"question": "q4_frequency", "question_number": 4, "question_verbatim": "On how many days?"}
POLLED = tuple(
    {**ASKED, "response_verbatim": f"{k} days", "demographic": group, "demographic_value": value,
     "response": f"{k} days", "n": k, "n_base": base, "pct": 5.5 * k, "se": 2, "ci_lo": 5 * k, "ci_hi": 6 * k}
    for group, value, base, count in (
        ("full_sample", "All", 100, RECORDS), ("employment", "Full-time", 60, 1), ("employment", "Part-time", 40, 1),
    )
    for k in range(1, count + 1)
)  # fmt: skip


def probes(day: str) -> tuple[Record, ...]:
    return tuple(
        {"provider": "openai", "model": f"openai/system-{k}", "status": "healthy", "ttft_ms": 800,
         "tokens_per_sec": 10.5 * k, "timestamp": f"{day}T{hour:02}:00:03Z"}
        for hour in range(8) for k in range(1, RECORDS + 1)
    )  # fmt: skip


def question(kind: str) -> Feed:
    """A post is one record; its numbers lie so deep that damage to it is done on the text."""
    found = post(kind)
    return Feed(f"posts/{found['id']}/", only, (found,), "id", "aggregations", "question")


def model_list(name: str) -> Feed:
    return Feed(name, table, MODELS, "Model", "Training compute (FLOP)", "Publication date")


def horizons(version: str) -> Feed:
    name = f"benchmark_results_{version.replace('.', '_')}.yaml"
    return Feed(name, suite(version), HORIZONS, "key", "metrics.p50_horizon_length.estimate", "release_date")


DAYS = ("2026-11-03", "2026-11-04", "2026-11-20")
FEEDS: dict[str, tuple[Feed, ...]] = {
    "epoch_benchmarks": (
        Feed("benchmark_data.zip", table, scores({}, "mean_score"), "id", "mean_score", "Model version",
             frame=archive("gpqa_diamond.csv")),
        Feed("benchmarks.csv", table, RUNS, "id_runs", "mean_score", "model"),
    ),
    "epoch_capabilities": (Feed("eci_scores.csv", table, FIT, "Model", "eci", "date"),),
    "epoch_models": tuple(
        model_list(f"{name}_ai_models.csv") for name in ("notable", "large_scale", "frontier")
    ),
    "epoch_hardware": (
        Feed("ml_hardware.csv", table, CHIPS, "Hardware name", "Price-performance", "Release date"),
    ),
    "epoch_usage": (
        Feed("ai_companies_usage_reports.csv", table, REPORTS, "Product", "Active users", "Report date"),
    ),
    "epoch_revenue": (
        Feed("ai_companies_revenue_reports.csv", table, TAKINGS, "Company", "Revenue amount (normalize to annual)",
             "Report date"),
    ),
    "epoch_data_centers": (
        Feed("data_centers/data_center_timelines.csv", table, SITES, "Data center", "H100 equivalents", "Date"),
    ),
    "epoch_chips": (
        Feed("ai_chip_owners_cumulative_by_designer.csv", table, STOCKS, "Owner", "Compute estimate in H100e (median)",
             "End date"),
    ),
    "epoch_polling": (
        Feed("polling/polling_on_ai_usage_jul_2026.csv", table, POLLED, "response", "pct", "n_base"),
    ),
    "openrouter": (Feed("latest.csv", table, SERVED, "model_permaslug", "total_tokens", "date"),),
    "lmarena": tuple(
        Feed(f"{board}/latest-00000-of-00001.parquet", columns, BOARD, "model_name", "rating", "model_name")
        for board in ("text", "text_style_control")
    ),
    "metr": (horizons("1.1"), horizons("1.0")),
    "models_dev": (Feed("models.json", catalogue, WINDOWS, "id", "limit.context", "release_date"),),
    "llm_bench": tuple(
        Feed(f"data/{day[:7]}/{day}.jsonl", lines, probes(day), "model", "tokens_per_sec", "timestamp") for day in DAYS
    ),
    "metaculus": tuple(question(kind) for kind in ("date", "numeric", "binary")),
    "artificial_analysis": (
        Feed("language/models/free", pages, SPEEDS, "id", "performance.median_output_tokens_per_second", "id"),
    ),
}  # fmt: skip
# What is asked for beside the feeds, and is well whatever ails them.
ASIDE = {
    "epoch_polling": {"polling": b'<html><a href="polling/polling_on_ai_usage_jul_2026.csv">Download</a></html>'},
    "llm_bench": {"README.md": b"# probes"},
    "metaculus": {"users/me/": b'{"api_access_tier": "restricted"}'},
}


def _edited(feed: Feed, edit: Callable[[Record], object]) -> bytes:
    records = copy.deepcopy(feed.records)
    for record in records:
        edit(record)
    return feed.body(records)


def _is_post(feed: Feed) -> bool:
    return feed.write is only


def renamed(feed: Feed) -> bytes:
    """The column of the values has another name."""
    if _is_post(feed):
        return feed.body().replace(b'"aggregations"', b'"aggregates"')
    return _edited(feed, lambda record: record.update({f"{feed.value} (new)": record.pop(feed.value)}))


def lacking(feed: Feed) -> bytes:
    """A column without which a record says nothing is gone."""
    return _edited(feed, lambda record: record.pop(feed.needed))


def bare(feed: Feed) -> bytes:
    """The header, or the shell around the records, and not one of them."""
    if _is_post(feed):
        return b"{}"
    if feed.write is table:
        return feed.frame(feed.write(feed.records[:1]).splitlines(keepends=True)[0])
    return parquet_of(feed.records[:1], is_bare=True) if feed.write is columns else feed.body([]) or b"\n"


def widened(feed: Feed) -> bytes:
    """A column nobody asked for."""
    return _edited(feed, lambda record: record.update({"extra": "new, and quoted"}))


def repeated(feed: Feed) -> bytes:
    """The first record, or the first key of a single record, stands there twice."""
    if _is_post(feed):
        return feed.body().replace(b"{", b'{"id": 1, ', 1)
    return feed.body([*feed.records, feed.records[0]])


def in_percent(feed: Feed) -> bytes:
    """Values written with the sign of percent."""
    if _is_post(feed):
        return re.sub(rb"(?<=[\[ ])(0\.\d+|0|1)(?=[,\]])", rb'"\1%"', feed.body())
    return _edited(feed, lambda record: record.update({feed.value: f"{round(100 * float(record[feed.value]), 6):g}%"}))


def not_a_number(feed: Feed) -> bytes:
    """One value is NaN, as careless software writes it."""
    if _is_post(feed):
        return re.sub(rb'("centers"|"forecast_values"): \[', rb"\1: [NaN, ", feed.body())
    return feed.with_first(**{feed.value: float("nan") if feed.write is not table else "NaN"})


def tenfold(feed: Feed) -> bytes:
    """Ten times as many records, the old ones among them."""
    if _is_post(feed):
        record = copy.deepcopy(feed.records[0])
        aggregate = record["question"]["aggregations"]["recency_weighted"]
        aggregate["history"] = aggregate["history"] * 10
        return feed.body([record])
    more = [
        {**record, feed.key: f"{record[feed.key]}-{k}"} | ({"name": f"S{k}"} if "name" in record else {})
        for k in range(1, 10) for record in feed.records
    ]  # fmt: skip
    if "Model version" in feed.records[0]:
        more = [{**record, "Model version": f"{record['Model version']} {record['id']}"} for record in more]
    if "task" in feed.records[0]:
        more = [{**record, "model": f"{record['model']} {record['id_runs']}"} for record in more]
    return feed.body([*feed.records, *more])


def marked(feed: Feed) -> bytes:
    """With a byte order mark, as spreadsheets write it."""
    return feed.frame(BOM + feed.write(feed.records))


def with_blank_lines(feed: Feed) -> bytes:
    """With empty lines at the end."""
    return feed.frame(feed.write(feed.records) + b"\n\n\n")


def of_others(feed: Feed) -> bytes:
    """Well-formed, and something else altogether: for an archive, members under names nobody knows."""
    strange = {
        table: b"colour,size\nred,1\n", lines: b'{"colour": "red"}\n' * 30, catalogue: b'{"colour": {"red": 1}}',
        pages: b'{"colour": "red"}', only: b'{"colour": "red"}', columns: parquet_of([{"colour": "red", "size": 1}]),
    }.get(feed.write, b"colour: red\nresults:\n  size: 1\n")  # fmt: skip
    return replace(feed, frame=lambda body: zip_of({"colours.csv": body})).frame(strange) if _is_zip(feed) else strange


def without_end(feed: Feed) -> bytes:
    """Good at its beginning, and then wider, longer or deeper than any parser can bear."""
    good = feed.write(feed.records)
    if feed.write is table:
        more = ",".join(f"c{k}" for k in range(60_000)).encode()
        return feed.frame(good.replace(b"\n", b"," + more + b"\n", 1))
    if feed.write is lines:
        return feed.frame(good + b"\n" * 60_000)
    if feed.write is columns:
        return columns(feed.records * 5_000)
    if feed.write in {catalogue, pages, only}:
        return feed.frame(good.rstrip()[:-1] + b', "deep": ' + b"[" * 60_000 + b"]" * 60_000 + b"}")
    return feed.frame(good + b"  deep: " + b"[" * 60_000 + b"\n")


def truncated_zip(feed: Feed) -> bytes:
    """The first half of an archive, sent as if it were whole."""
    whole = feed.body() if _is_zip(feed) else archive("a.csv")(feed.body())
    return whole[: len(whole) // 2]


def zip_bomb(_feed: Feed) -> bytes:
    """An archive of some kilobytes that unpacks to more than any member may have."""
    return _zip_bomb()


@cache
def _zip_bomb() -> bytes:
    return zip_of({"gpqa_diamond.csv": bytes(MOST_BYTES["csv"] + 1)})


@cache
def _gzip_bomb() -> Behaviour:
    return publisher.gzip_bomb(MOST_BYTES_OF_ANY + (1 << 20))


def gzip_bomb(handler: object) -> None:
    """A body of some kilobytes that decompresses to more than a feed may have."""
    _gzip_bomb()(handler)


def html(_feed: Feed) -> bytes:
    """A page where data were due, with the status of a success."""
    return b"<!DOCTYPE html><html><head><title>Data portal</title></head><body>Sign in to go on</body></html>"


def empty(_feed: Feed) -> bytes:
    """Nothing, with the status of a success."""
    return b""


def _is_zip(feed: Feed) -> bool:
    return feed.path.endswith(".zip")
