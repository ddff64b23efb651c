"""Rank correlations across assets, session by session."""

import numpy as np

from forefolio.numerics import OUT_VECTOR, PANEL, VECTOR, kernel
from forefolio.units import Array


@kernel((VECTOR, VECTOR, OUT_VECTOR))
def _centred_ranks(values: Array, known: Array, out: Array) -> None:
    """Average ranks of the known values, less their mean; zero elsewhere."""
    middle = (known.sum() - 1) / 2
    for i in range(len(values)):
        rank = 0.0
        for j in range(len(values)):
            if known[j] > 0:
                if values[j] < values[i]:
                    rank += 1.0
                elif j != i and values[j] == values[i]:
                    rank += 0.5
        out[i] = rank - middle if known[i] > 0 else 0.0


@kernel((PANEL, PANEL, PANEL, OUT_VECTOR))
def rank_correlations(forecast: Array, outcome: Array, known: Array, out: Array) -> None:
    """Spearman correlation of each row where `known` is 1; NaN below three assets or if flat."""
    assets = forecast.shape[1]
    first, second = np.empty(assets), np.empty(assets)
    for row in range(forecast.shape[0]):
        out[row] = np.nan
        if known[row].sum() < 3:
            continue
        _centred_ranks(forecast[row], known[row], first)
        _centred_ranks(outcome[row], known[row], second)
        product = (first * second).sum()
        spread = np.sqrt((first * first).sum() * (second * second).sum())
        if spread > 0:
            out[row] = product / spread
