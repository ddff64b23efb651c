"""Whether columns that no heading explains are the bars of one asset, and not several assets."""

from collections.abc import Sequence

import numpy as np

from forefolio.core.units import Array

_ROWS = 60  # at least, of prices in all of the columns
_NEAR = 1.2  # highest over lowest, in the median
_ORDERED = 0.99  # of the rows, on which the same column is the highest and the same the lowest
_ALIKE = 0.95  # correlation of their returns: two classes of one fund, and no high and low
_LASTING = 0.7  # correlation of a spread with that of the row before: of two assets, not of a day


def are_bars_of_one(columns: Sequence[Array]) -> bool:
    """Whether some of the columns (n,) stand to each other as open, high, low and close do.

    One of them is always the highest and one always the lowest, and they are near each other. Yet
    these do not move together as two classes of a fund would, and how far they are apart is another
    matter every day, as it is not of two assets. A volume may stand beside them.

    >>> rng = np.random.default_rng(1)
    >>> close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 300)))
    >>> away = np.abs(rng.normal(0, 0.01, (2, 300)))
    >>> are_bars_of_one([close, close * (1 + away[0]), close * (1 - away[1])])
    True
    >>> are_bars_of_one([close, close * 1.01, close * 0.99])
    False
    """
    if not 3 <= len(columns) <= 7:
        return False
    table = np.column_stack(columns)
    table = table[(np.isfinite(table) & (table > 0.0)).all(axis=1)]
    if len(table) < _ROWS:
        return False
    middle = np.median(table, axis=0)
    near = (middle < np.median(middle) * _NEAR) & (middle > np.median(middle) / _NEAR)
    prices = table[:, near]
    if prices.shape[1] < 3:
        return False
    high, low = (prices[:, int(np.bincount(at).argmax())] for at in _extremes(prices))
    ordered = (high >= prices.max(axis=1)) & (low <= prices.min(axis=1))
    if ordered.mean() < _ORDERED or np.median(high / low) > _NEAR:
        return False
    spread = np.log(high / low)
    return _correlation(*np.diff(np.log([high, low]))) < _ALIKE and (
        _correlation(spread[1:], spread[:-1]) < _LASTING
    )


def _correlation(one: Array, other: Array) -> float:
    """That of two arrays (n,); 1 where one of them never changes."""
    if one.std() == 0.0 or other.std() == 0.0:
        return 1.0
    return float(np.corrcoef(one, other)[0, 1])


def _extremes(prices: Array) -> tuple[Array, Array]:
    """The columns (n,) of the highest and the lowest of each row."""
    return prices.argmax(axis=1), prices.argmin(axis=1)
