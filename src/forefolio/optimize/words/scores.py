"""Limits on numbers of one's own: a table of scores by ticker, whose columns words may name.

"esg >= 60" is about the column esg: the weights times its numbers, added up.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.lazy import is_a
from forefolio.core.quantities import beside_percentages, fraction
from forefolio.core.wording import listed
from forefolio.optimize.constraints.linear import SECTOR_TAKEN, Bounds, Constraint, Group
from forefolio.optimize.constraints.soft import Soft
from forefolio.optimize.constraints.weighted import WeightedSum
from forefolio.optimize.names import Universe
from forefolio.optimize.text import is_code
from forefolio.optimize.words.usual import Constraints, read_constraints

Scores: TypeAlias = Mapping[str, Mapping[str, float]]  # by column, and then by ticker


def read_scores(given: Any) -> Scores:
    """Scores by column and ticker, from a frame whose index are tickers, a Series or a mapping.

    Raises:
        InputError: it is none of these, a ticker or a column is there twice, something in it is
            no number, or a large number stands among percentages.
    """
    if is_a(given, "pandas", "Series"):
        given = given.to_frame(given.name or "score")
    if is_a(given, "pandas", "DataFrame"):
        _check_once(given.index, "tickers")
        _check_once(given.columns, "columns")
    columns = given.to_dict() if is_a(given, "pandas", "DataFrame") else given
    if not isinstance(columns, Mapping) or not all(
        isinstance(column, Mapping) for column in columns.values()
    ):
        raise InputError(
            "scores are a frame with a row per ticker and a column per score, or a mapping such as "
            '{"esg": {"AAPL": 71}}'
        )
    return {str(name): _numbers(str(name), column) for name, column in columns.items()}


def _numbers(name: str, column: Mapping[Any, Any]) -> dict[str, float]:
    cells = {str(ticker): score for ticker, score in column.items()}
    numbers = {ticker: _number(score, f"{name} of {ticker}") for ticker, score in cells.items()}
    if unclear := beside_percentages(name, cells, numbers):
        raise InputError(f"the scores have {unclear}")
    return numbers


def _number(score: Any, of: str) -> float:
    try:
        return fraction(score) if isinstance(score, str) else float(score)
    except (TypeError, ValueError):
        raise InputError(f"the scores have {score!r} as {of}, which is no number") from None


def _check_once(labels: Any, what: str) -> None:
    if not labels.is_unique:
        twice = sorted({str(label) for label in labels[labels.duplicated()]})
        raise InputError(
            f"the scores have {what} more than once: {listed(twice[:12])}; keep one of each"
        )


def scored(constraints: Constraints, scores: Scores, universe: Universe) -> Constraints:
    """Constraints in which the name of a column stands for the weights times its numbers.

    Args:
        constraints: words, or constraints; those that name no column stay as they are.
        scores: (columns, tickers) numbers; tickers that are no asset are left out.
        universe: the assets that are chosen among.

    Raises:
        BadConstraint: some words cannot be read.
        InputError: a column that is named has no number for an asset, or its name is a word of
            ours, an asset or a sector as well.

    Example:
        >>> esg = {"esg": {"A": 40.0, "B": 75.0}}
        >>> print(scored("esg >= 60", esg, Universe(("A", "B")))[0])
        esg: 40 A + 75 B >= 60
    """
    if not scores:
        return constraints
    for column in scores:
        _check_name(column, universe)
    return tuple(_of_column(one, scores, universe) for one in read_constraints(constraints))


def _check_name(column: str, universe: Universe) -> None:
    taken = SECTOR_TAKEN & set(column.casefold().split())
    kind = "a word of ours" if taken else ""
    if column.casefold() in {asset.casefold() for asset in universe.assets}:
        kind = "an asset"
    elif universe.same(column) is not None:
        kind = "a sector"
    if kind:
        raise InputError(f"the scores have a column {column!r}, which is {kind}; call it otherwise")


def _of_column(one: Constraint, scores: Scores, universe: Universe) -> Constraint:
    """A limit that names a column as a limit on it; another as it is."""
    if isinstance(one, Soft):
        inner = _of_column(one.constraint, scores, universe)
        return one if inner is one.constraint else Soft(constraint=inner)
    named, lower, upper = "", None, None
    if isinstance(one, Group) and one.sector:
        named, lower, upper = one.sector, one.lower, one.upper
    elif isinstance(one, Bounds) and len(one.overrides) == 1:
        ((named, lower, upper),) = one.overrides
    elif isinstance(one, WeightedSum):
        named, lower, upper = _large_limit(one, universe)
    column = _column(named, scores, universe)
    if column is None:
        return one
    numbers = scores[column]
    lacking = [a for a in universe.assets if not np.isfinite(numbers.get(a, np.nan))]
    if lacking:
        raise InputError(
            f"{column}: the scores have no number for "
            f"{listed(lacking[:12])}; add it, 0 where it shall not count"
        )
    return WeightedSum(
        name=getattr(one, "name", "") or column,
        assets=tuple((asset, numbers[asset]) for asset in universe.assets),
        lower=lower,
        upper=upper,
    )


def _column(named: str, scores: Scores, universe: Universe) -> str | None:
    """The column of that name, or the only one with it in its name where nothing else has."""
    asked = named.casefold()
    if exact := [name for name in scores if name.casefold() == asked]:
        return exact[0]
    everything = (*universe.assets, *universe.groups)
    if not asked or any(asked in each.casefold() for each in everything):
        return None
    within = [name for name in scores if asked in name.casefold()]
    return within[0] if len(within) == 1 else None


def _large_limit(one: WeightedSum, universe: Universe) -> tuple[str, float | None, float | None]:
    """The column and limits of "cap >= 5000", where the number was read as a ticker of digits."""
    if len(one.assets) != 1 or len(one.sectors) != 1:
        return "", None, None
    ((code, _),), ((named, factor),) = one.assets, one.sectors
    opposite = {one.assets[0][1], factor} == {-1.0, 1.0}
    zero = {one.lower, one.upper} <= {0.0, None}
    if not (opposite and zero and is_code(code)) or code in universe.assets:
        return "", None, None
    sides = (one.lower, one.upper) if factor > 0 else (one.upper, one.lower)
    lower, upper = (None if side is None else float(code) for side in sides)
    return named, lower, upper
