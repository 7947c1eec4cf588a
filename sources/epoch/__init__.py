"""Epoch AI's downloads: models, benchmarks, hardware."""
