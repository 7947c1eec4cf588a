"""Every source by its id, imported only when it is used: one broken or heavy module costs the others nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from sources.source import Source

_PLACES: Final[Mapping[str, str]] = {
    "curated": "sources.curated:CuratedSource",
    "essay": "sources.essay:EssaySource",
    "epoch_benchmarks": "sources.epoch.benchmarks:EpochBenchmarks",
    "epoch_capabilities": "sources.epoch.capabilities:EpochCapabilities",
    "epoch_models": "sources.epoch.models:EpochModels",
    "epoch_hardware": "sources.epoch.hardware:EpochHardware",
    "epoch_usage": "sources.epoch.usage:EpochUsage",
    "epoch_revenue": "sources.epoch.revenue:EpochRevenue",
    "epoch_data_centers": "sources.epoch.data_centers:EpochDataCenters",
    "epoch_chips": "sources.epoch.chips:EpochChips",
    "epoch_polling": "sources.epoch.polling:EpochPolling",
    "openrouter": "sources.openrouter:OpenRouter",
    "lmarena": "sources.lmarena:LmArena",
    "metr": "sources.metr:Metr",
    "metaculus": "sources.metaculus.source:MetaculusSource",
    "manifold": "sources.manifold.source:Manifold",
    "models_dev": "sources.models_dev:ModelsDev",
    "llm_bench": "sources.llm_bench:LlmBench",
    "artificial_analysis": "sources.artificial_analysis:ArtificialAnalysis",
}


class Registry(Mapping[str, type["Source"]]):
    """Source id → class of the source, in the order of the documentation; reading an entry imports its module."""

    def __init__(self, places: Mapping[str, str]) -> None:
        """`places` maps a source id to `module:Class`."""
        self._places = dict(places)

    def __getitem__(self, source_id: str) -> type[Source]:
        module, _, name = self._places[source_id].partition(":")
        return cast("type[Source]", getattr(import_module(module), name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


SOURCES: Final = Registry(_PLACES)
