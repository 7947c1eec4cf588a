"""The forecasts of series: scales, frontiers, trends, the pool."""
