"""Whether an edition's pages hold together: what is dead, foreign, scripted or bloated is named, and nothing else."""

from __future__ import annotations

import pytest

from flows.ask.site import MOST_PAGE_BYTES, check_site

POLICY = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"


@pytest.fixture
def edition(tmp_path):
    """Writes the files of an edition on a shelf with one other; returns its folder."""
    shelf = tmp_path / "editions"
    (shelf / "2026-01-01-00000000").mkdir(parents=True)
    (shelf / "2026-01-01-00000000" / "index.html").write_text("<p id=was>before")

    def write(body, *, policy=POLICY, **files):
        folder = shelf / "2026-01-02-00000000"
        (folder / "p").mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text(f"<html><head>{policy}</head><body>{body}</body></html>")
        (folder / "p" / "a.html").write_text(f"{POLICY}<h1 id=top>A</h1><a href=../index.html>home</a>")
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text)
        return folder

    return write


@pytest.mark.parametrize(
    "body",
    [
        "<meta http-equiv=refresh content='0;url=http://evil.example'>", "<img srcset='http://evil.example/x 2x'>",
        "<form action='http://evil.example'></form>", "<svg><image href='http://evil.example/x'/></svg>",
        "<svg><use xlink:href='http://evil.example/x#y'/></svg>", "<video poster='http://evil.example/x'></video>",
    ],
)  # fmt: skip
def test_whatever_would_ask_another_host_is_named(edition, body):
    (problem,) = [one for one in check_site(edition(body)).problems if "from elsewhere" in one]
    assert "http://evil.example" in problem


def test_a_style_sheet_that_asks_another_host_is_named(edition):
    folder = edition("")
    (folder / "site.css").write_text("a { color: red } @import url(http://evil.example/x.css);")
    assert "site.css: fetches http://evil.example/x.css from elsewhere" in check_site(folder).problems


def test_a_page_that_is_no_text_is_named_and_the_others_are_looked_at(edition):
    folder = edition("<a href=nowhere.html>x</a>")
    (folder / "bad.html").write_bytes(POLICY.encode() + b"\xff\xfe")
    problems = check_site(folder).problems
    assert "bad.html: is no text in UTF-8" in problems
    assert any("nowhere.html leads nowhere" in one for one in problems)


@pytest.mark.parametrize(
    "body",
    [
        "<a href=p/a.html>a</a>", "<a href='p/a.html#top'>a</a>", "<a href='#x'>x</a><p id=x>", "<a href=data.csv>d</a>",
        "<a href=../2026-01-01-00000000/index.html>before</a>", "<a href=https://example.org/x>away</a>",
        "<link rel=icon href='data:,'>", "<a href='p/a.html?lang=zh'>a</a>", "<a href='p/%61.html'>a</a>",
        "<a href='../2026-01-01-00000000/index.html#was'>before</a>", "<a href='data.csv#row=2'>a row</a>",
    ],
)  # fmt: skip
def test_what_leads_somewhere_is_fine(edition, body):
    assert check_site(edition(body, data="x")).problems == ()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<a href=p/b.html>b</a>", "index.html: p/b.html leads nowhere"),
        ("<a href='p/a.html#end'>a</a>", "index.html: p/a.html#end: there is no place of that name"),
        ("<a href='#end'>a</a>", "index.html: #end: there is no place of that name"),
        ("<a href=../../../etc/passwd>a</a>", "index.html: ../../../etc/passwd leads out of the editions"),
        ("<a href='javascript:alert(1)'>a</a>", "index.html: javascript:alert(1) is no address that a page may lead to"),
        ("<img src=https://example.org/x.png>", "index.html: fetches https://example.org/x.png from elsewhere"),
        ("<img src=//example.org/x.png>", "index.html: fetches //example.org/x.png from elsewhere"),
        ("<link rel=stylesheet href=https://example.org/x.css>", "index.html: fetches https://example.org/x.css from elsewhere"),
        ("<a href=../2026-01-01-00000000/index.html#x>a</a>", "index.html: ../2026-01-01-00000000/index.html#x: there is no"),
        ("<script>1</script>", "index.html: a script, which the policy would not let run"),
        ("<p onclick='1'>", "index.html: a script, which the policy would not let run"),
        ("x" * (MOST_PAGE_BYTES + 1), "index.html: 250,1"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_named(edition, body, problem):
    (found,) = check_site(edition(body)).problems
    assert found.startswith(problem)


def test_a_page_without_a_policy_is_named(edition):
    (found,) = check_site(edition("x", policy="")).problems
    assert found == "index.html: no policy that forbids what is not named (default-src 'none')"


def test_an_edition_without_pages_is_no_site(tmp_path):
    (found,) = check_site(tmp_path).problems
    assert found.endswith("no page at all")


def test_what_was_looked_at_is_counted(edition):
    found = check_site(edition("<a href=p/a.html>a</a><a href=data.csv>d</a>", data="1234"))
    assert (found.pages, found.links, found.files) == (2, 3, 3)
    assert found.bytes == sum(
        path.stat().st_size
        for path in edition("<a href=p/a.html>a</a><a href=data.csv>d</a>", data="1234").rglob("*")
        if path.is_file()
    )
