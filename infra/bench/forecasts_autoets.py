"""AutoETS on the series of the forecasting bench, run by the Python of its own environment; prints its seconds."""

from __future__ import annotations

import sys
import time

import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS


def main(frame: str, horizon: int) -> None:
    """Fit and forecast every series with intervals; reading the file and compiling are not in the seconds."""
    table = pd.read_parquet(frame)
    levels = [100 - 2 * share for share in (1, 2.5, *range(5, 50, 5))]
    engine = StatsForecast(models=[AutoETS(season_length=1)], freq="MS", n_jobs=1)
    few = table[table["unique_id"].isin(table["unique_id"].unique()[:5])]
    engine.forecast(df=few, h=horizon, level=levels)
    started = time.perf_counter()
    engine.forecast(df=table, h=horizon, level=levels)
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
