"""Findings that differ only in whom they are about are one line, and nothing else is."""

from flows.edition.alike import folded


def told(*rows):
    return [
        (some.names, some.text, len(some.rows))
        for some in folded(rows, lambda row: (row["of"], row["text"]), ("consequence",))
    ]


def row(of, text, consequence="note"):
    return {"of": of, "text": text, "consequence": consequence}


def test_the_name_and_the_address_may_differ_also_where_the_address_holds_the_name():
    rows = [row(one, f"{one}: nothing at https://{one}.org/a.csv; try later") for one in ("metr", "epoch_models")]
    assert told(*rows) == [
        (["metr", "epoch_models"], "each: nothing at https://metr.org, https://epoch_models.org; try later", 2)
    ]


def test_one_alone_is_told_as_it_was_found():
    text = "metr: nothing at https://metr.org/a.csv"
    assert told(row("metr", text)) == [(["metr"], text, 1)]


def test_a_host_that_several_share_is_named_once():
    rows = [row(one, f"nothing at https://epoch.ai/{one}.csv") for one in ("epoch_usage", "epoch_models")]
    assert told(*rows)[0][1] == "nothing at https://epoch.ai"


def test_what_differs_otherwise_stays_apart():
    rows = [row("a", "a is away"), row("b", "b is stale"), row("c", "c is away", "hold"), row("d", "d is away")]
    assert [names for names, _, _ in told(*rows)] == [["a", "d"], ["b"], ["c"]]


def test_a_name_within_a_name_is_none():
    rows = [row("epoch", "epoch_models is away"), row("metr", "metr is away")]
    assert len(told(*rows)) == 2


def test_what_is_about_nobody_stands_alone():
    assert told(row("", "twice"), row("", "twice")) == [([], "twice", 1), ([], "twice", 1)]
