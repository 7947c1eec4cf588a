"""Orchestration: the only place that knows Prefect, the clock, the environment and secrets."""

__version__ = "2026.11.0"
