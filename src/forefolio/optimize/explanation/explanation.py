"""Why each weight is what it is, as a value and in plain sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from forefolio.core.lazy import lazy
from forefolio.core.shown import Shown
from forefolio.core.units import Array, read_only
from forefolio.core.wording import listed, number, percent

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

POINT = 0.01
MOST_LIMITS = 5  # in sentences; all of them are in the table
MOST_ENTRANTS = 3
FELT = 1e-7  # gains of a point more room below are not worth a sentence

GAINS: Mapping[str, str] = {
    "maximum_sharpe": "raise the Sharpe ratio by {}",
    "minimum_variance": "lower the volatility by {} points a year",
    "target_return": "lower the volatility by {} points a year",
    "target_volatility": "raise the expected return by {} points a year",
    "utility": "raise the expected return, less its charge for risk, by {} points a year",
}
"""What is gained where a limit gives, by the kind of objective; a ratio is no percentage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingLimit:
    """A limit that costs something: what a unit more room would gain, a year.

    The gain is of the Sharpe ratio, of volatility or of return, as the objective goes. It is the
    slope where the portfolio stands: a point more gains about a hundredth of it.
    """

    name: str
    price: float
    exact: bool = False  # an equality, for which more room is a greater value

    @property
    def gain_of_a_point(self) -> float:
        """The gain from one percentage point more room."""
        return self.price * POINT


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionReason:
    """An asset that is held, and what its weight hangs on; returns are per year.

    `sensitivity` is how much weight a unit more of its own expected return would add, None where
    it is not known. `doubles_at` and `vanishes_at` are the expected returns at which it would
    have twice the weight, and none; None where no forecast within 200 points does it.
    """

    asset: str
    weight: float
    expected_return: float
    sensitivity: float | None
    doubles_at: float | None
    vanishes_at: float | None
    capped_by: str = ""  # the limit that keeps it from doubling


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """An asset that is not held, and the annual expected return from which on it would be."""

    asset: str
    expected_return: float
    enters_at: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Explanation(Shown):
    """Why a portfolio has its weights; what is not known is in `missing`, with the reason."""

    objective: str  # the optimiser's kind
    assets: tuple[str, ...]
    limits: tuple[BindingLimit, ...]  # the dearest first
    positions: tuple[PositionReason, ...]  # the largest first
    entrants: tuple[Entrant, ...]  # the nearest first
    sensitivities: Array | None  # (N, N) weight by annual expected return
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        read_only(self.sensitivities)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same for a person."""
        return (*self._of_limits(), *self._of_positions(), *self._of_entrants(), *self.missing)

    def to_frame(self) -> pd.DataFrame:
        """A row for each position."""
        rows = [asdict(position) for position in self.positions]
        columns = list(PositionReason.__dataclass_fields__)
        frame: pd.DataFrame = pandas.DataFrame(rows, columns=columns).set_index("asset")
        return frame

    def to_dict(self) -> dict[str, Any]:
        """For JSON, sentences included."""
        sensitivities = self.sensitivities
        return {
            "objective": self.objective,
            "limits": [asdict(limit) for limit in self.limits],
            "positions": [asdict(position) for position in self.positions],
            "entrants": [asdict(entrant) for entrant in self.entrants],
            "sensitivities": None if sensitivities is None else sensitivities.tolist(),
            "missing": list(self.missing),
            "sentences": list(self.sentences),
        }

    def _of_limits(self) -> Iterator[str]:
        gain = GAINS.get(self.objective, "gain {}")
        free = [one for one in self.limits if one.name.endswith("no short position")]
        for limit in [one for one in self.limits if one not in free][:MOST_LIMITS]:
            if abs(limit.gain_of_a_point) > FELT:
                yield _sentence(limit, gain, "points" in gain)

    def _of_positions(self) -> Iterator[str]:
        moved = [one for one in self.positions if one.vanishes_at or one.doubles_at]
        if self.positions and not moved:
            yield "No forecast doubles or removes a position: they follow from the risk alone."
            return
        for one in self.positions:
            changes = [
                f"it would not be held below {percent(one.vanishes_at)}"
                if one.vanishes_at is not None
                else "",
                f"its weight would double above {percent(one.doubles_at)}"
                if one.doubles_at is not None
                else "",
            ]
            head = f"{one.asset} ({percent(one.weight)})"
            expected = f"expected to earn {percent(one.expected_return)} a year"
            if not any(changes):
                yield f"{head} is {expected}; no other forecast would double or remove it."
                continue
            if one.vanishes_at is not None and one.doubles_at is None and one.capped_by:
                changes[1] = f"its weight cannot double because of the limit {one.capped_by}"
            yield f"{head} is {expected}; {listed([c for c in changes if c])}."

    def _of_entrants(self) -> Iterator[str]:
        for one in self.entrants[:MOST_ENTRANTS]:
            yield (
                f"{one.asset} would be bought above {percent(one.enters_at)} a year; "
                f"{percent(one.expected_return)} is expected of it."
            )


def _sentence(limit: BindingLimit, gain: str, in_points: bool) -> str:
    size = abs(limit.gain_of_a_point)
    amount = number(100 * size, 3) if in_points else number(size, 4)
    helps = limit.price > 0
    return f"{_eased(limit, helps)} would {gain.format(amount)}."


def _eased(limit: BindingLimit, helps: bool) -> str:
    """The limit with a point more room, in words: one number of its name moves by one."""
    match = re.search(r"(-?[\d.]+) %", limit.name)
    if match is None:
        return f"One hundredth more room in the limit {limit.name!r}"
    upwards = helps if limit.exact else "at least" not in limit.name
    moved = float(match[1]) + (1 if upwards else -1)
    what = limit.name[: match.start()].strip()
    return f"{what} {moved:g} % instead of {match[1]} %"
