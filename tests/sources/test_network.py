"""Addresses that may be shown, politeness per host, and what a session learns about the network."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import WrongContent
from sources.network import (
    _IN_WORDS,
    HOSTS_FOR_DOWN,
    Pace,
    Reach,
    host_of,
    is_network_failure,
    place_of,
    root_cause,
    split_address,
)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://epoch.ai/data/x.csv?token=1#part", "https://epoch.ai/data/x.csv"),
        ("https://me:secret@Epoch.AI:8443/x", "https://epoch.ai:8443/x"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
    ],
)
def test_what_is_shown_of_an_address_holds_no_secret(url, place):
    assert place_of(split_address(url)) == place


def test_an_address_loses_its_password_but_not_its_query():
    assert split_address("https://me:secret@epoch.ai/x?page=2#part").geturl() == "https://epoch.ai/x?page=2"


@pytest.mark.parametrize(
    "url", ["", "epoch.ai", "ftp://epoch.ai/x", "http:///x", "http://epoch.ai:port/", "http://[::1"]
)
def test_other_addresses_are_refused(url):
    with pytest.raises(WrongContent, match="not an http"):
        split_address(url)


@given(st.lists(st.sampled_from(["a", "b"]), max_size=30), st.floats(0.05, 3))
def test_requests_to_one_host_are_spaced_and_others_do_not_wait(hosts, spacing):
    now, asked = 0.0, {"a": [], "b": []}

    def sleep(seconds):
        nonlocal now
        now += seconds

    pace = Pace(lambda: now, sleep)
    for host in hosts:
        pace.wait(host, spacing)
        asked[host].append(now)
    for times in asked.values():
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert all(gap >= spacing - 0.002 for gap in gaps)
    assert now <= spacing * len(hosts) + 0.01 * len(hosts)


def site(name):
    return split_address(f"https://{name}/x")


def test_a_dead_host_is_not_asked_twice():
    reach = Reach()
    reach.failed("a.org")
    assert reach.is_hopeless(site("a.org"))
    assert not reach.is_hopeless(site("b.org"))


def test_a_network_is_down_when_several_hosts_are_and_none_ever_answered():
    reach = Reach()
    for k in range(HOSTS_FOR_DOWN):
        assert not reach.is_hopeless(site("new.org"))
        reach.failed(f"{k}.org")
    assert reach.is_hopeless(site("new.org"))
    assert not reach.is_hopeless(split_address("http://127.0.0.1:8000/x"))
    assert not reach.is_hopeless(split_address("http://localhost/x"))


def test_one_answer_proves_the_network():
    reach = Reach()
    reach.answered("good.org")
    for k in range(HOSTS_FOR_DOWN):
        reach.failed(f"{k}.org")
    assert not reach.is_hopeless(site("new.org"))


def test_a_host_that_answered_once_may_stumble():
    reach = Reach()
    reach.answered("a.org")
    reach.failed("a.org")
    assert not reach.is_hopeless(site("a.org"))


def test_the_innermost_reason_counts():
    inner = OSError(113, "No route to host")
    outer = RuntimeError("outer https://a.org/x?token=1", inner)
    assert root_cause(outer) == "No route to host"
    assert is_network_failure(outer)
    assert not is_network_failure(ConnectionRefusedError(111, "Connection refused"))
    assert root_cause(ValueError("https://a.org/x?token=1")) == "ValueError"
    assert root_cause(None) == "no reason given"


def test_reasons_in_circles_end():
    one, other = RuntimeError(), ValueError()
    one.__cause__, other.__cause__ = other, one
    assert root_cause(one) == "ValueError"


def test_hosts_differ_by_port():
    assert host_of(site("a.org:1")) != host_of(site("a.org:2"))


@pytest.mark.parametrize("name", sorted(_IN_WORDS))
def test_a_broken_transfer_is_told_in_words(name):
    told = root_cause(type(name, (Exception,), {})("https://a.org/x?token=1"))
    assert " " in told
    assert "token" not in told
