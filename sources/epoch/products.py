"""Which product a company's report is about: one name and one place among the series, however the list writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.epoch.reports import owner
from sources.reading.tabular import slug

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Product:
    """One product: its place among the series, the system's name as in the embedded default, and its labels."""

    stem: str
    name: str
    label_en: str
    label_zh: str


# By company and product as slugs. The stems and names are those of the embedded default: with others the same number
# of users would be two facts, and one of them would go on being shown after the other was corrected.
PRODUCTS: Final[Mapping[str, Product]] = {
    "openai/chatgpt": Product("chatgpt", "ChatGPT", "ChatGPT", "ChatGPT"),
    "openai/all-products": Product("openai", "OpenAI all", "OpenAI, all products", "OpenAI 全部产品"),
    "openai/api": Product("openai-api", "OpenAI API", "OpenAI API", "OpenAI API"),
    "google/gemini": Product("gemini-app", "Gemini app", "Gemini app", "Gemini 应用"),
    "google/gemini-api": Product("gemini-api", "Gemini API", "Gemini API", "Gemini API"),
    "google/google-all-ai-products": Product(
        "google", "Google all surfaces", "Google, all products", "Google 全部产品"
    ),
    "meta/meta-ai-assistant": Product("meta-ai", "Meta AI", "Meta AI", "Meta AI"),
    "xai/grok": Product("grok-app", "Grok app", "Grok app", "Grok 应用"),
    "deepseek/deepseek": Product("deepseek-app", "DeepSeek app", "DeepSeek app", "DeepSeek 应用"),
    "bytedance/doubao": Product("doubao", "Doubao", "Doubao", "豆包"),
    "z.ai/full-company": Product("z.ai", "Z.ai all", "Z.ai, all products", "智谱全部产品"),
}


def described(company: str, product: str) -> dict[str, pl.Expr]:
    """Columns stem, system_name, label_en and label_zh, from the columns of company and product.

    A product that is not listed goes by both names: "API" and "All products" alone are anybody's.
    """
    maker = owner(company)
    key = slug(maker) + "/" + slug(pl.col(product))
    both = pl.concat_str(maker, pl.col(product), separator=" ")
    named = {
        "system_name": (both, [one.name for one in PRODUCTS.values()]),
        "label_en": (both, [one.label_en for one in PRODUCTS.values()]),
        "label_zh": (both, [one.label_zh for one in PRODUCTS.values()]),
        "stem": (slug(both), [one.stem for one in PRODUCTS.values()]),
    }
    keys = list(PRODUCTS)
    return {
        column: key.replace_strict(keys, ours, default=theirs, return_dtype=pl.String)
        for column, (theirs, ours) in named.items()
    }
