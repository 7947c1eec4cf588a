"""Numbers for a monitor: whatever a label holds, both formats of Prometheus read them, and nothing unknown is a zero."""

import math

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as as_openmetrics
from prometheus_client.parser import text_string_to_metric_families as as_prometheus

from flows.ask.openmetrics import Family, among, by, one, render

READERS = [as_openmetrics, as_prometheus]


def read(reader, *families):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in reader(render(families))
        for sample in family.samples
    }


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("label", ['a "b"', "back\\slash", "two\nlines", "数学", "{}=,#", "", " "])
def test_any_label_comes_back_as_it_was(reader, label):
    assert read(reader, Family("rows", "Rows.", by("source", {label: 3}))) == {("gpt2030_rows", label): 3.0}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("value", [0.0, -1.5, 1e18, 123456789012.5, 1e-9])
def test_any_number_comes_back_as_it_was(reader, value):
    found = read(reader, Family("age_seconds", "Age.", one(value)))
    assert math.isclose(found[("gpt2030_age_seconds",)], value)


def test_what_is_unknown_is_left_out_and_not_zero():
    assert read(as_openmetrics, Family("a", "A.", by("of", {"x": None, "y": 0}))) == {("gpt2030_a", "y"): 0.0}
    assert render([Family("a", "A.", one(None))]) == "# EOF\n"


def test_a_state_is_one_of_all_that_there_are():
    found = read(as_openmetrics, Family("state", "State.", among("state", "held", ("live", "held"), source="metr")))
    assert found == {("gpt2030_state", "metr", "live"): 0.0, ("gpt2030_state", "metr", "held"): 1.0}


def test_a_state_that_a_later_version_brings_is_told_as_well():
    assert (({"state": "new"}, 1.0)) in among("state", "new", ("live",))


@pytest.mark.parametrize(("name", "unit"), [("age_seconds", "seconds"), ("home_bytes", "bytes"), ("rows", "")])
def test_a_unit_is_told_where_the_name_ends_with_it(name, unit):
    (family,) = as_openmetrics(render([Family(name, "What.", one(1))]))
    assert (family.unit, family.type) == (unit, "gauge")
