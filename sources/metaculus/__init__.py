"""Metaculus's questions and what their community forecasts."""
