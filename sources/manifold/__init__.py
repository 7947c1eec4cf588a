"""Manifold: prices of play-money markets, read as forecasts."""
