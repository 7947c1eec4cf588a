"""Who made a system, by the names that catalogues list it under: a provider may host what others made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# Lab → the names of its storefronts and of its folders with hosts; the first storefront listed counts before others.
STOREFRONTS: Final[Mapping[str, tuple[str, ...]]] = {
    "openai": ("openai",),
    "anthropic": ("anthropic",),
    "google": ("google", "google-deepmind", "deepmind"),
    "xai": ("xai", "x-ai", "xai-org"),
    "meta": ("meta", "llama", "meta-llama", "facebook"),
    "mistral": ("mistral", "mistralai"),
    "deepseek": ("deepseek", "deepseek-ai"),
    "alibaba": ("alibaba", "qwen"),
    "moonshotai": ("moonshotai", "moonshot", "moonshot-ai"),
    "zai": ("zai", "z-ai", "zai-org", "zhipuai", "zhipu", "thudm"),
    "minimax": ("minimax", "minimaxai", "minimax-ai"),
    "cohere": ("cohere", "coherelabs", "cohereforai"),
    "amazon": ("amazon",),
    "nvidia": ("nvidia",),
    "microsoft": ("microsoft",),
}
_LABS: Final = {name: lab for lab, names in STOREFRONTS.items() for name in names}
# The first word of a system's name, where a catalogue gives no other hint at who made it.
_FIRST_WORDS: Final[Mapping[str, str]] = {
    "openai": r"gpt|chatgpt|o[1-9]|codex|davinci|babbage",
    "anthropic": r"claude",
    "google": r"gemini|gemma|learnlm|palm",
    "xai": r"grok",
    "meta": r"llama|meta|codellama",
    "mistral": r"mistral|mixtral|magistral|codestral|devstral|ministral|pixtral|voxtral|open-mistral|open-mixtral",
    "deepseek": r"deepseek",
    "alibaba": r"qwen|qwq|qvq|tongyi",
    "moonshotai": r"kimi|moonshot",
    "zai": r"glm|chatglm|codegeex",
    "minimax": r"minimax|abab",
    "cohere": r"command|c4ai|cohere|aya",
    "amazon": r"nova|titan|amazon",
    "microsoft": r"phi|mai|wizardlm",
}
_BY_NAME: Final = {
    # Anywhere in the name: NVIDIA builds on systems of others and calls what comes of it Nemotron.
    "nvidia": re.compile(r"(?i)nemotron|^nvidia"),
    **{lab: re.compile(rf"(?i)^(?:{words})(?![a-z])") for lab, words in _FIRST_WORDS.items()},
}


def lab_of(name: str) -> str | None:
    """The lab behind a storefront or folder of this name; None when it is none of a lab's we know."""
    return _LABS.get(name.lower())


def maker(provider: str, key: str) -> str | None:
    """The lab that made the system which a provider lists under a key; None when it is none we know.

    `nvidia` and `z-ai/glm-5` → zai: a folder in the key names the maker. Without one the first word of the name may,
    and only when it does not is the provider taken for the maker.
    """
    folder, slash, name = key.rpartition("/")
    if slash:
        return lab_of(folder.partition("/")[0])
    return next((lab for lab, pattern in _BY_NAME.items() if pattern.search(name)), None) or lab_of(provider)


def storefront_rank(provider: str) -> int:
    """Which of its lab's storefronts a provider is, the first being 0."""
    lab = lab_of(provider)
    return STOREFRONTS[lab].index(provider.lower()) if lab else 0
