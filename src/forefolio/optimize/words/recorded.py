"""Constraints as functions of the weights: `lambda w: w[["AAPL", "MSFT"]].sum() <= 0.4`.

1. A function is called once, with weights that have the names of the assets and no values.
2. What it does with them is recorded: sums, and products with numbers. Anything else is refused,
   and it is said what to write instead.
3. Each statement becomes the constraint that words would have become, so that it is as fast, is
   called the same, and takes the place of full investment or long only where it speaks of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import numpy as np

from forefolio.core.errors import ForefolioError, InputError
from forefolio.core.units import Array
from forefolio.optimize.constraints.linear import Bounds, Constraint, Group, invested
from forefolio.optimize.constraints.weighted import WeightedSum
from forefolio.optimize.names import Universe

ROUNDING = 1e-12  # of the greatest number of a row: less is none
EXAMPLE = 'such as lambda w: w[["AAPL", "MSFT"]].sum() <= 0.4'
NO_FUNCTION = (
    "a constraint is a function of the weights, which forefolio.optimize, frontier, "
    "optimize_portfolio and PortfolioEstimator take; elsewhere write it in words, such as "
    '"AAPL + MSFT <= 40%"'
)
WORDS = 'write it in words, such as "volatility <= 12%" or "gross <= 150%"'


def recorded(constraints: Any, universe: Universe) -> Any:
    """Constraints with what their functions say in the place of the functions.

    Args:
        constraints: one or several; a function takes the weights and returns what must hold, or
            several such statements.
        universe: the assets, in the order in which a function may count them.

    Raises:
        InputError: a function fails, or says what is not linear in the weights.
        UnclearName: it names what is no asset.
    """
    alone = is_function(constraints) or not isinstance(constraints, list | tuple)
    several = (constraints,) if alone else tuple(constraints)
    if not any(map(is_function, several)):
        return constraints
    rows: list[LinearRow] = []
    others: list[Any] = []
    for one in several:
        if is_function(one):
            rows.extend(_stated(one, universe))
        else:
            others.append(one)
    return (*others, *_constraints(rows, universe.assets))


def is_function(given: object) -> bool:
    """Whether a constraint is a function of the weights."""
    return callable(given) and not isinstance(given, type) and not hasattr(given, "rows")


class Labelled:
    """K numbers that depend on the weights of N assets: `matrix @ weights + constant`.

    A pandas Series in the small: `w["AAPL"]`, `w[["AAPL", "MSFT"]]`, `w[0]`, `w[:3]`, `w.sum()`,
    `w @ betas`, `2 * w`, `w <= 0.1`, `w == w_benchmark`.
    """

    __array_ufunc__: ClassVar[None] = None  # numpy leaves `array @ w` to us
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, universe: Universe, about: str, matrix: Array, constant: Array, names: Any
    ) -> None:
        self._universe, self._about = universe, about
        self._matrix, self._constant, self._names = matrix, constant, names

    @property
    def index(self) -> tuple[str, ...]:
        """The names of the assets, where each number is of one."""
        return tuple(self._names)

    def __len__(self) -> int:
        return len(self._constant)

    def __iter__(self) -> Iterator[Labelled]:
        return (self._at([k]) for k in range(len(self)))

    def __getitem__(self, which: Any) -> Labelled:
        if isinstance(which, str):
            return self._at(self._places([which]))
        if isinstance(which, slice):
            return self._at(list(range(len(self)))[which])
        if isinstance(which, int | np.integer):
            if not -len(self) <= which < len(self):
                self._refuse(f"there are {len(self)} weights and none at place {which}")
            return self._at([int(which)])
        several = list(which)
        if several and all(isinstance(one, str) for one in several):
            return self._at(self._places(several))
        return self._at(np.arange(len(self))[np.asarray(several)].tolist() if several else [])

    def sum(self, *_: Any, **__: Any) -> Labelled:
        """One number: their sum."""
        return self._made(self._matrix.sum(axis=0)[None], self._constant.sum()[None], ())

    def mean(self, *_: Any, **__: Any) -> Labelled:
        """One number: their mean."""
        return self.sum() / len(self)

    def dot(self, numbers: Any) -> Labelled:
        """One number: each times its own of `numbers`, a Series by name or in order."""
        return (self * self._numbers(numbers)).sum()

    __matmul__ = dot
    __rmatmul__ = dot

    def __mul__(self, number: Any) -> Labelled:
        factor = self._numbers(number)
        return self._made(self._matrix * factor[:, None], self._constant * factor, self._names)

    __rmul__ = __mul__

    def __truediv__(self, number: Any) -> Labelled:
        return self * (1.0 / self._numbers(number))

    def __neg__(self) -> Labelled:
        return self * -1.0

    def __add__(self, other: Any) -> Labelled:
        if not isinstance(other, Labelled):
            return self._made(self._matrix, self._constant + self._numbers(other), self._names)
        if 1 not in (len(self), len(other)) and len(self) != len(other):
            self._refuse(f"{len(self)} weights and {len(other)} cannot be added one by one")
        names = self._names if len(self) >= len(other) else other._names
        return self._made(self._matrix + other._matrix, self._constant + other._constant, names)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Labelled:
        return self + (-other if isinstance(other, Labelled) else -self._numbers(other))

    def __rsub__(self, other: Any) -> Labelled:
        return (-self).__add__(other)

    def __le__(self, other: Any) -> LinearRows:
        return LinearRows(_rows(self - other, exact=False), self._about)

    def __ge__(self, other: Any) -> LinearRows:
        return LinearRows(_rows(-self + other, exact=False), self._about)

    def __eq__(self, other: object) -> Any:
        return LinearRows(_rows(self - other, exact=True), self._about)

    def __ne__(self, _: object) -> NoReturn:
        self._refuse("that weights differ is no limit; write <= or >=")

    def __lt__(self, _: Any) -> NoReturn:
        self._refuse("a limit may be reached: write <= instead of <")

    def __gt__(self, _: Any) -> NoReturn:
        self._refuse("a limit may be reached: write >= instead of >")

    def __bool__(self) -> NoReturn:
        self._refuse("weights are not known yet, so that nothing can depend on them by if, and, or")

    def __float__(self) -> NoReturn:
        self._refuse(f"weights are not numbers yet; write sums of them and limits, {EXAMPLE}")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        self._refuse("weights are no array; put them first, as in w @ betas or w * betas")

    def __abs__(self) -> NoReturn:
        self._refuse(f"sizes of weights are not linear; {WORDS}")

    def __pow__(self, _: Any) -> NoReturn:
        self._refuse(f"powers of weights are not linear; {WORDS}")

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"weights have no {name}")

    def _at(self, rows: list[int]) -> Labelled:
        names = tuple(self._names[k] for k in rows) if self._names else ()
        return self._made(self._matrix[rows], self._constant[rows], names)

    def _places(self, names: Sequence[str]) -> list[int]:
        if not self._names:
            self._refuse("a sum has no assets any more; take them out of w first")
        self._universe.check_assets(names, self._about)
        if lacking := [name for name in names if name not in self._names]:
            self._refuse(f"{', '.join(lacking)} is none of the weights that were taken")
        return [self._names.index(name) for name in names]

    def _numbers(self, given: Any) -> Array:
        """Numbers (K,), or one for all (1,); those with labels in the order of these weights."""
        if isinstance(given, Labelled):
            self._refuse(f"products of weights are not linear; {WORDS}")
        if hasattr(given, "items") and self._names:
            labelled = dict(given.items())
            self._universe.check_assets([str(name) for name in labelled], self._about)
            given = [labelled.get(name, 0.0) for name in self._names]
        try:
            numbers = np.atleast_1d(np.asarray(given, dtype=np.float64))
        except (TypeError, ValueError):
            self._refuse(f"{given!r} is no number; write for example 0.4")
        if numbers.ndim > 1 or (len(self) > 1 and len(numbers) not in (1, len(self))):
            self._refuse(f"{len(self)} weights do not go with {numbers.size} numbers")
        if not np.isfinite(numbers).all():
            self._refuse("a number in it is missing or infinite")
        return numbers

    def _made(self, matrix: Array, constant: Array, names: Any) -> Labelled:
        count = len(constant)
        wide = np.broadcast_to(matrix, (count, matrix.shape[1])) if len(matrix) == 1 else matrix
        full = np.broadcast_to(constant, (len(wide),))
        kept = names if len(names) == len(wide) else ()
        return Labelled(self._universe, self._about, wide, full, kept)

    def _refuse(self, reason: str) -> NoReturn:
        raise InputError(f"{self._about}: {reason}")


@dataclass(frozen=True, slots=True, eq=False)
class LinearRow:
    """`numbers @ weights <= level`, or `== level`."""

    numbers: Array  # (N,)
    level: float
    exact: bool


class LinearRows:
    """What comparisons of weights say; `&` says both."""

    def __init__(self, rows: Sequence[LinearRow], about: str) -> None:
        self.rows, self._about = tuple(rows), about

    def __and__(self, other: LinearRows) -> LinearRows:
        return LinearRows((*self.rows, *other.rows), self._about)

    def __bool__(self) -> NoReturn:
        raise InputError(
            f"{self._about}: write the two limits one by one, such as "
            '[w["AAPL"] >= 0.1, w["AAPL"] <= 0.2], instead of a chain, `and` or `if`'
        )


def _rows(difference: Labelled, *, exact: bool) -> list[LinearRow]:
    rows = zip(difference._matrix, difference._constant, strict=True)
    return [LinearRow(np.array(numbers), -float(level), exact) for numbers, level in rows]


def _stated(function: Callable[..., Any], universe: Universe) -> Iterator[LinearRow]:
    """What one function says of the weights."""
    about = f"the constraint {getattr(function, '__name__', 'function').strip('<>')}"
    count = len(universe.assets)
    weights = Labelled(universe, about, np.eye(count), np.zeros(count), universe.assets)
    try:
        answer = function(weights)
    except ForefolioError:
        raise
    except Exception as error:  # whatever somebody's function does
        raise InputError(
            f"{about} failed: {type(error).__name__}: {error}; write sums of weights and limits, "
            f"{EXAMPLE}"
        ) from error
    for one in answer if isinstance(answer, list | tuple) else (answer,):
        if not isinstance(one, LinearRows):
            raise InputError(
                f"{about} returned {type(one).__name__}, which limits nothing; compare weights "
                f"with a number, {EXAMPLE}"
            )
        for row in one.rows:
            if not row.numbers.any():
                raise InputError(f"{about} says nothing of any weight; {EXAMPLE}")
            yield row


def _constraints(rows: Sequence[LinearRow], assets: tuple[str, ...]) -> Iterator[Constraint]:
    """The constraints that words for these statements would have become."""
    whole: dict[str, float] = {}
    of_each: dict[tuple[bool, bool], dict[str, float]] = {}
    for row in rows:
        lowest, numbers, level = _scaled(row)
        held = np.flatnonzero(numbers)
        if len(held) == 1:
            limits = of_each.setdefault((lowest, row.exact), {})
            tightest = max if lowest else min
            name = assets[held[0]]
            limits[name] = tightest(level, limits.get(name, level))
        elif (numbers == 1.0).all():
            sides = ("lower", "upper") if row.exact else ("lower",) if lowest else ("upper",)
            for side in sides:
                tightest = max if side == "lower" else min
                whole[side] = tightest(level, whole.get(side, level))
        else:
            yield _of_several(numbers, _sides(level, lowest=lowest, exact=row.exact), assets)
    if whole:
        yield invested(whole.get("lower"), whole.get("upper"))
    for (lowest, exact), limits in of_each.items():
        yield from _of_single(limits, lowest=lowest, exact=exact, assets=assets)


def _scaled(row: LinearRow) -> tuple[bool, Array, float]:
    """Whether it says at least, and the row with 1 as its first number."""
    numbers = np.where(np.abs(row.numbers) > ROUNDING * np.abs(row.numbers).max(), row.numbers, 0.0)
    first = float(numbers[np.flatnonzero(numbers)[0]])
    return first < 0, numbers / first, row.level / first


def _sides(level: float, *, lowest: bool, exact: bool) -> dict[str, float]:
    if exact:
        return {"lower": level, "upper": level}
    return {"lower": level} if lowest else {"upper": level}


def _of_several(numbers: Array, sides: dict[str, float], assets: tuple[str, ...]) -> Constraint:
    held = np.flatnonzero(numbers)
    names = tuple(assets[k] for k in held)
    if np.allclose(numbers[held], 1.0, rtol=ROUNDING, atol=0.0):
        return Group(assets=names, **sides)
    return WeightedSum(assets=tuple(zip(names, numbers[held].tolist(), strict=True)), **sides)


def _of_single(
    limits: dict[str, float], *, lowest: bool, exact: bool, assets: tuple[str, ...]
) -> Iterator[Constraint]:
    """Limits of single weights: one for all, or each its own."""
    levels = set(limits.values())
    if len(limits) == len(assets) and len(levels) == 1:
        yield Bounds(**_sides(levels.pop(), lowest=lowest, exact=exact))
        return
    if len(limits) == 1:  # in words, a name alone could be that of a sector
        ((name, level),) = limits.items()
        yield Group(assets=(name,), **_sides(level, lowest=lowest, exact=exact))
        return
    sided = ((name, _sides(level, lowest=lowest, exact=exact)) for name, level in limits.items())
    yield Bounds(overrides=tuple((n, s.get("lower"), s.get("upper")) for n, s in sided))
