"""Pages and cards are written anew when they say something else, and otherwise taken over as they stand, for a while."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache

import polars as pl
import pytest

from flows.edition.carried import (
    DATA,
    MOST_DAYS,
    OF_NO_DAY,
    Before,
    carried,
    files_of_pages,
    files_taken_over,
)
from flows.edition.files import edition_files
from flows.edition.words import words
from tests.flows.edition.site_made import changes, draft
from tests.warehouse.edition_frames import EDITION, ORIGIN, properties

# A day after the rows were made for: on that day itself the chart has one point less than ever after.
START = ORIGIN + timedelta(days=1)
ROW = "compute.train_flop"
OTHER = "math.sota_pct"
PAGE = f"p/{ROW}.html"
CARD, DARK = f"p/{ROW}/card.svg", f"p/{ROW}/card.dark.svg"
# All rows, and four of them: each page is judged by itself, and an edition of all 44 takes ten times as long to make.
WHOLE = properties()
TABLE = WHOLE.filter(pl.col("property_id").is_in([ROW, OTHER, "code.apps_pct", "learn.dau"]))
NAMES = TABLE["property_id"].to_list()
STILL = changes().with_columns(size_spreads=pl.lit(0.01))


def edition(days: int, rows: pl.DataFrame = TABLE, moved: pl.DataFrame = STILL, **said: object) -> dict[str, bytes]:
    """The files of an edition so many days after the first; the row moves by less than is worth a word."""
    day = START + timedelta(days=days)
    named = {
        "edition_id": f"{day}-{days:08x}",
        "origin_date": day,
        "issued_at": datetime(day.year, day.month, day.day, 6),
    }
    made = draft(rows, moved=moved, **said)  # type: ignore[arg-type]
    # The content of an edition that is published has the name of that; here one content is that of many days.
    own, name = made.content.edition_id.encode(), str(named["edition_id"]).encode()
    files = edition_files(made, EDITION | named)
    return files | {one: files[one].replace(own, name) for one in files if one.endswith(DATA)}


def taken(now: dict[str, bytes], days: int = 1, before: dict[str, bytes] | None = None, *, is_alike: bool = True):
    return carried(now, NAMES, START + timedelta(days=days), Before(unmoved(0) if before is None else before, is_alike))


def with_values(**values: object) -> pl.DataFrame:
    """The table with other values in the row on compute."""
    is_it = pl.col("property_id") == ROW
    return TABLE.with_columns(pl.when(is_it).then(pl.lit(v)).otherwise(pl.col(k)).alias(k) for k, v in values.items())


@cache
def unmoved(days: int) -> dict[str, bytes]:
    """The edition so many days after the first, with the same rows: made once, to read."""
    return edition(days)


def test_a_page_that_would_say_the_same_is_taken_over_with_its_cards():
    """Of every row of the table."""
    before, now = (edition(days, WHOLE) for days in (0, 1))
    names = WHOLE["property_id"].to_list()
    found = carried(now, names, START + timedelta(days=1), Before(before, is_alike=True))
    # A card says its edition in its foot; an empty one says none, and is the same file to the byte.
    empty = {name for name in files_taken_over(names) if name.endswith(".svg") and b"gpt2030" not in before[name]}
    assert set(found) == set(files_taken_over(names)) - empty
    assert set(files_of_pages(names)) <= set(found)
    assert all(found[name] == before[name] for name in found)
    # What has every edition, or says the same to the byte, is taken over by nobody.
    assert f"p/{ROW}/history.csv" not in found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_page_tells_for_which_edition_it_was_written_and_how_long_it_may_stand(lang):
    page = unmoved(0)[f"p/{ROW}{'' if lang == 'en' else '.zh'}.html"].decode()
    assert words(lang).site["page_stands"].format(f"{START}-00000000") in page
    assert ("CSV and JSON of the row likewise" if lang == "en" else "CSV 与 JSON 文件亦然") in page
    assert MOST_DAYS == 4 * 7 - 1, "the sentence says up to four weeks"


def test_numbers_that_move_by_less_than_is_shown_leave_the_page():
    p50 = float(TABLE.filter(property_id=ROW)["p50"][0])
    assert PAGE in taken(edition(1, with_values(p50=p50 * 1.00001)))


@pytest.mark.parametrize("name", ["latest.csv", "row.json"])
def test_data_of_a_row_are_taken_over_only_while_they_are_the_same_to_the_last_digit(name):
    """Every edition wrote 44 rows anew of which fifteen said the same: what differed was the name of the edition."""
    p50 = float(TABLE.filter(property_id=ROW)["p50"][0])
    own, other = (f"p/{one}/{name}" for one in (ROW, OTHER))
    found = taken(edition(1, with_values(p50=p50 * 1.00000001)))
    assert own not in found
    # It names the edition that it was written for, as its page says that it does.
    assert found[other] == unmoved(0)[other]
    assert f"{START}-00000000".encode() in found[other]
    assert other not in taken(unmoved(MOST_DAYS + 1), MOST_DAYS + 1)


@pytest.mark.parametrize(
    "values",
    [
        {"p50": 7.7e28},
        {"p75": 9.9e29},
        {"actual_value": 3e27},
        {"status": "retired"},
        {"status_reason": "No more rows."},
    ],
)
def test_whatever_the_row_says_otherwise_is_written(values):
    found = taken(edition(1, with_values(**values)))
    assert not set(files_of_pages([ROW])) & set(found)
    assert f"p/{OTHER}.html" in found


def test_only_pages_that_say_for_which_edition_they_were_written_are_taken_over():
    """A page of scores that was kept named another edition at its foot, and nothing said why."""
    said = b"This page was written for edition"
    pages = {name: body for name, body in taken(unmoved(1)).items() if name.endswith(".html") and ".zh" not in name}
    assert {"scores.html", "method.html", "tables.html", PAGE} <= set(pages)
    assert all(said in body for body in pages.values())


def test_a_number_of_days_in_a_sentence_is_a_number_like_any_other():
    before, now = (with_values(status_reason=f"Declared retired, and no row for {days} days.") for days in (477, 478))
    assert PAGE not in taken(edition(1, now), before=edition(0, before))


def test_a_number_beneath_the_row_is_no_less_a_number():
    now = unmoved(1)
    head, mark, rest = now[PAGE].partition(b'<section id="formula">')
    assert mark
    assert PAGE not in taken({**now, PAGE: head + mark + rest.replace(b"</h2>", b"</h2><p>7.59 M</p>", 1)})


def with_cell(page: bytes, text: str) -> bytes:
    """The page with one more cell in the table of its chart."""
    return page.replace(
        b"</tr>\n</tbody></table></div></details></figure>",
        f"<td>{text}</td></tr></tbody></table></figure>".encode(),
        1,
    )


def with_first_median(page: bytes, part: float) -> bytes:
    """The page with the first forecast in the table of its chart so many times what it is."""
    begin = page.index(b"<figure>")
    (first, exponent) = re.findall(rb"<td>(\d[\d.]*)(\xc3\x97[^<]+)</td>", page[begin:])[-1]
    told, other = b"<td>" + first + exponent, b"<td>%.3f" % (float(first) * part) + exponent
    assert told in page[begin:]
    return page[:begin] + page[begin:].replace(told, other, 1)


def test_a_number_in_the_table_of_a_chart_is_written_when_the_drawing_shows_it_and_the_day_it_is_for_is_not():
    """The table says in figures what is drawn: 8,600 where it would be 8,500 today was why pages were written anew."""
    now = unmoved(1)
    begin = now[PAGE].index(b"<figure>")
    (day,) = re.findall(rb"\d{1,2} [A-Z][a-z]{2} \d{4}", now[PAGE][begin:])[:1]
    assert PAGE in taken({**now, PAGE: now[PAGE][:begin] + now[PAGE][begin:].replace(day, b"3 Feb 2031", 1)})
    years = [{**unmoved(k), PAGE: with_cell(unmoved(k)[PAGE], f"Dec {2028 + k}")} for k in (0, 1)]
    assert PAGE not in taken(years[1], before=years[0]), "a year later is not a number that is nearly the same"
    for part, is_kept in ((1.04, True), (1.06, False)):
        assert (PAGE in taken({**now, PAGE: with_first_median(now[PAGE], part)})) is is_kept
    more = now[PAGE][:begin] + now[PAGE][begin:].replace(b"</table>", b"<tr><td>42</td></tr></table>", 1)
    assert PAGE not in taken({**now, PAGE: more})


def test_a_new_record_is_written():
    assert PAGE not in taken(edition(1, system="GPT-7"))


def test_a_new_reading_is_drawn_though_it_is_no_record_and_moves_nothing():
    now = unmoved(1)
    one_more = now[PAGE].replace(b'<path class="dot" d="', b'<path class="dot" d="M1 1h0', 1)
    assert one_more != now[PAGE]
    assert PAGE not in taken({**now, PAGE: one_more})


def test_a_move_worth_a_word_is_written_and_so_is_the_day_after_it():
    moved = edition(1, moved=changes())
    assert PAGE not in taken(moved)
    assert PAGE not in taken(unmoved(2), 2, moved)


def test_a_page_that_says_it_is_the_first_of_its_row_does_not_stand_on_the_second_day():
    first = edition(0, has_history=False)
    assert PAGE not in taken(unmoved(1), before=first)


def test_after_four_weeks_a_page_is_written_though_nothing_moved():
    assert PAGE in taken(unmoved(MOST_DAYS), MOST_DAYS)
    assert PAGE not in taken(unmoved(MOST_DAYS + 1), MOST_DAYS + 1)


def test_age_is_counted_from_when_a_page_was_written_not_from_when_it_was_last_taken_over():
    second = {**unmoved(5), **taken(unmoved(5), 5)}
    assert second[PAGE] == unmoved(0)[PAGE]
    assert PAGE not in taken(unmoved(MOST_DAYS + 1), MOST_DAYS + 1, second)


def test_a_look_back_takes_nothing_from_a_later_day():
    later = unmoved(1)
    assert taken(unmoved(0), 0, later) == {}


def test_nothing_is_taken_from_other_code_or_where_a_file_is_gone_or_damaged():
    now = unmoved(1)
    assert taken(now, is_alike=False) == {}
    for one, lost in ((PAGE, f"p/{ROW}.zh.html"), (CARD, DARK), ("scores.html", "scores.zh.html")):
        assert one in taken(now)
        assert one not in taken(now, before={name: body for name, body in unmoved(0).items() if name != lost})
    assert PAGE not in taken(now, before={**unmoved(0), PAGE: b"<p>nothing that tells an edition</p>"})


def test_a_day_that_a_row_is_about_is_not_taken_for_the_day_of_the_edition():
    """An essay's or a record's date that is by chance that of an edition: the page is written, never kept wrongly."""
    about = with_values(actual_date=START)
    assert PAGE not in taken(edition(1, about), before=edition(0, about))


def test_a_card_stands_while_its_words_do_and_nobody_sees_that_its_marks_have_moved():
    """It is a file of its own: that a page says another number somewhere is no reason to draw it anew."""
    said = edition(1, with_values(status_reason="Something else."))
    assert PAGE not in taken(said)
    assert {CARD, DARK} <= set(taken(said))
    drawn = unmoved(0)[CARD].decode()
    (x, y) = re.findall(r'<path class="rdot" d="M([\d.]+) ([\d.]+)h0"', drawn)[0]
    for away, is_kept in ((2, True), (5, False)):
        moved = drawn.replace(
            f'<path class="rdot" d="M{x} {y}h0"', f'<path class="rdot" d="M{float(x) + away:g} {y}h0"', 1
        )
        assert moved != drawn
        assert (CARD in taken({**unmoved(1), CARD: moved.encode()})) is is_kept


@pytest.mark.parametrize("values", [{"p50": 7.7e28}, {"p95": 9.9e31}, {"actual_value": 3e27}, {"label_en": "Compute"}])
def test_a_card_is_drawn_anew_when_a_number_a_word_or_the_place_of_a_mark_is_another(values):
    assert not {CARD, DARK} & set(taken(edition(1, with_values(**values))))


def test_a_card_is_drawn_anew_for_a_new_record():
    assert CARD not in taken(edition(1, system="GPT-7"))


def test_a_card_is_drawn_anew_after_four_weeks_though_no_mark_of_it_would_be_elsewhere():
    def same(days: int) -> dict[str, bytes]:
        name = f"{START + timedelta(days)}-{days:08x}"
        return {**edition(days), CARD: unmoved(0)[CARD].replace(f"{START}-00000000".encode(), name.encode())}

    assert CARD in taken(same(MOST_DAYS), MOST_DAYS)
    assert CARD not in taken(same(MOST_DAYS + 1), MOST_DAYS + 1)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", OF_NO_DAY)
def test_a_page_of_no_day_stands_for_four_weeks_while_nothing_on_it_is_other(name, lang):
    page = f"{name}{'' if lang == 'en' else '.zh'}.html"
    assert words(lang).site["page_kept"].format(f"{START}-00000000") in unmoved(0)[page].decode()
    assert MOST_DAYS == 4 * 7 - 1, "the sentence says up to four weeks"
    now = unmoved(MOST_DAYS)
    same = {one: unmoved(0)[one].replace(b"-00000000", b"-0000001b").replace(f"{START}".encode(), f"{START + timedelta(27)}".encode())
            for one in (f"{name}.html", f"{name}.zh.html")}  # fmt: skip
    assert page in taken(now | same, MOST_DAYS)
    assert page not in taken(now | same, MOST_DAYS + 1)
    other = same | {page: same[page].replace(b"</h1>", b"</h1><p>3 more</p>", 1)}
    assert page not in taken(now | other, MOST_DAYS)


@pytest.mark.parametrize(("name", "word"), [("living", "page_drawn"), ("whatif", "page_kept")])
def test_a_page_of_forecasts_stands_while_all_its_numbers_do(name, word):
    pages = {one: unmoved(1)[one] for one in (f"{name}.html", f"{name}.zh.html")}
    assert set(pages) <= set(taken(unmoved(1)))
    assert words("en").site[word].format(f"{START}-00000000").encode() in unmoved(0)[f"{name}.html"]
    assert words("zh").site[word].format(f"{START}-00000000").encode() in unmoved(0)[f"{name}.zh.html"]
    other = {**unmoved(1), f"{name}.zh.html": pages[f"{name}.zh.html"].replace(b"</h1>", b"</h1><p>3</p>", 1)}
    assert not set(pages) & set(taken(other))
    assert not set(pages) & set(taken(unmoved(MOST_DAYS + 1), MOST_DAYS + 1))
