"""Every page that code writes is what it writes now: the quick ones always, those that forecast in the trials."""

import pytest

from infra.pages import checks
from infra.pages.docs import DOCS, stale_pages


def test_the_page_of_checks_is_what_the_code_says_now():
    assert (DOCS / "checks.md").read_text(encoding="utf-8") == checks.render(), "run `make docs`"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_page_is_what_the_code_says_now():
    assert sorted(stale_pages()) == [], "run `make docs`"
