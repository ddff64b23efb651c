"""What is saved of a portfolio: what it holds, how it came about, and two of them side by side."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.store.portfolio_tables import NAME

_MOST = 10_000  # assets of one portfolio


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a portfolio came about: the study and the run, and what was expected of it."""

    objective: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    duration_s: float | None = None
    run: str | None = None
    as_of: date | None = None


class SavedPortfolio(Component):
    """A portfolio in one of the states it was saved in; the newest has the highest number."""

    name: str = Field(description="What it is called.")
    number: int = Field(description="Which state it is: 1, 2, ... as they were saved.")
    note: str = Field(description="What its owner says about it.")
    created: datetime = Field(description="When the name was first saved, UTC.")
    saved: datetime = Field(description="When this state was saved, UTC.")
    as_of: date | None = Field(description="The session after whose close it was made.")
    objective: str = Field(description="What it was optimised for.")
    params: dict[str, Any] = Field(description="The study that it came from.")
    results: dict[str, Any] = Field(description="What was expected of it, such as its volatility.")
    duration_s: float | None = Field(description="Seconds that the run took.")
    run: str | None = Field(description="The id of the run that it came from.")
    weights: dict[str, float] = Field(description="By ticker, fractions of the portfolio.")
    cash: float = Field(description="What the weights leave of 1.")
    shares: dict[str, float] = Field(description="By ticker, where they are known.")


class WeightChange(Component):
    """How one asset differs between two portfolios."""

    ticker: str = Field(description="The asset.")
    first: float = Field(description="Weight in the first.")
    second: float = Field(description="Weight in the second.")
    change: float = Field(description="The second less the first.")


class PortfolioComparison(Component):
    """Two portfolios side by side."""

    first: SavedPortfolio = Field(description="The first.")
    second: SavedPortfolio = Field(description="The second.")
    turnover: float = Field(description="Half the sum of all changes, cash included.")
    changes: tuple[WeightChange, ...] = Field(description="The largest first.")


def side_by_side(first: SavedPortfolio, second: SavedPortfolio) -> PortfolioComparison:
    """Two portfolios, and what would have to be traded from one to the other."""
    changes = [
        WeightChange(ticker=ticker, first=a, second=b, change=b - a)
        for ticker in {**first.weights, **second.weights}
        for a, b in [(first.weights.get(ticker, 0.0), second.weights.get(ticker, 0.0))]
    ]
    total = math.fsum(abs(one.change) for one in changes) + abs(second.cash - first.cash)
    return PortfolioComparison(
        first=first,
        second=second,
        turnover=total / 2,
        changes=tuple(sorted(changes, key=lambda row: (-abs(row.change), row.ticker))),
    )


def checked_name(name: str) -> str:
    """The name of a portfolio without blanks around it; it is a part of an address too.

    Raises:
        InputError: it is none.
    """
    name = name.strip()
    if not 0 < len(name) <= NAME or not name.isprintable():
        raise InputError(
            f"a portfolio is called by 1 to {NAME} printable characters, not {name[: NAME + 1]!r}"
        )
    if "/" in name or name in (".", ".."):
        raise InputError(
            f"{name!r} is no name of a portfolio, which has an address: use no / in it"
        )
    return name


def asset_rows(weights: Mapping[str, float], shares: Mapping[str, float]) -> list[dict[str, Any]]:
    """The rows of what is held, by ticker.

    Raises:
        InputError: a number or a ticker is no good.
    """
    if len(weights) > _MOST:
        raise InputError(f"{len(weights):,} assets are too many; at most {_MOST:,} can be saved")
    for ticker, value in weights.items():
        if not (math.isfinite(value) and abs(value) < 1e6):
            raise InputError(f"the weight of {ticker} must be a finite fraction, not {value}")
        if not math.isfinite(shares.get(ticker, 0.0)):
            raise InputError(f"the shares of {ticker} must be a finite number")
        if not 0 < len(ticker) <= 32 or not ticker.isprintable():
            raise InputError(f"{ticker!r} is no ticker; it has 1 to 32 printable characters")
    if strange := sorted(set(shares) - set(weights)):
        raise InputError(f"there are shares of {', '.join(strange)}, but no weights")
    rows = ((ticker, weights[ticker], shares.get(ticker)) for ticker in sorted(weights))
    return [{"ticker": t, "weight": float(w), "shares": s} for t, w, s in rows]


def origin_row(origin: Origin) -> dict[str, Any]:
    """How a portfolio came about, as it is written down."""
    return {
        "as_of": "" if origin.as_of is None else origin.as_of.isoformat(),
        "objective": origin.objective,
        "params": json.dumps(dict(origin.params), sort_keys=True, default=str),
        "results": json.dumps(dict(origin.results), sort_keys=True, default=str),
        "duration_s": origin.duration_s,
        "run": origin.run,
    }


def saved_portfolio(state: Any, held: Sequence[Any]) -> SavedPortfolio:
    """A portfolio from the row of its state and the rows of what it held."""
    rows = sorted(held, key=lambda row: (-row.weight, row.ticker))
    weights = {row.ticker: row.weight for row in rows}
    return SavedPortfolio(
        name=state.portfolio,
        number=state.number,
        note=state.note,
        created=datetime.fromtimestamp(state.created_at, UTC),
        saved=datetime.fromtimestamp(state.saved_at, UTC),
        as_of=date.fromisoformat(state.as_of) if state.as_of else None,
        objective=state.objective,
        params=json.loads(state.params),
        results=json.loads(state.results),
        duration_s=state.duration_s,
        run=state.run,
        weights=weights,
        cash=1.0 - math.fsum(weights.values()),
        shares={row.ticker: row.shares for row in rows if row.shares is not None},
    )
