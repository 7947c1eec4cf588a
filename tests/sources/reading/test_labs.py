"""Who made a system is told by the folder it lies in, then by its name, and only then by who lists it."""

from __future__ import annotations

import pytest

from sources.reading.labs import STOREFRONTS, lab_of, maker, storefront_rank


@pytest.mark.parametrize(
    ("provider", "key", "lab"),
    [
        ("nvidia", "nvidia/nemotron-9", "nvidia"),
        ("nvidia", "z-ai/glm-5", "zai"),
        ("nvidia", "deepseek-ai/deepseek-v4", "deepseek"),
        ("nvidia", "stepfun-ai/step-3", None),
        ("nvidia", "gpt-oss-120b", "openai"),
        ("nvidia", "llama-3.3-nemotron-49b", "nvidia"),
        ("alibaba", "qwen3-max", "alibaba"),
        ("alibaba", "deepseek-r1-distill-qwen-32b", "deepseek"),
        ("openai", "o3-mini", "openai"),
        ("mistral", "open-mixtral-8x22b", "mistral"),
        ("zhipuai", "GLM-4.6", "zai"),
        ("google", "something-else", "google"),
        ("somebody", "something-else", None),
        ("meta", "omni-1", "meta"),
    ],
)
def test_the_maker_of_a_system(provider, key, lab):
    assert maker(provider, key) == lab


def test_no_storefront_belongs_to_two_labs():
    names = [name for storefronts in STOREFRONTS.values() for name in storefronts]
    assert len(names) == len(set(names))
    assert all(lab_of(name) == lab for lab, storefronts in STOREFRONTS.items() for name in storefronts)


def test_the_first_storefront_comes_first():
    assert (storefront_rank("zai"), storefront_rank("zhipuai"), storefront_rank("somebody")) == (0, 3, 0)
