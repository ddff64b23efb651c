"""How much money a strategy carries before its trading costs more than it earns."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.backtest.capacity import OVERSEEN, break_even, drag_at, most_money
from forefolio.core.component import Component
from forefolio.core.errors import DataError
from forefolio.core.events import Job, Progress, Started
from forefolio.core.units import Money
from forefolio.studies.place import Place
from forefolio.studies.result import Number, Remark
from forefolio.studies.strategy_result import Record
from forefolio.studies.strategy_run import OfStrategy, OfStrategyRun, StrategyRecords

SIZES = (1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10)


class StrategyAtSize(Component):
    """One strategy at one capital."""

    name: str = Field(description="The strategy.")
    impact: float = Field(description="Market impact, fraction of capital per year.")
    annual_return: float = Field(description="After it, fraction per year.")
    sharpe: Number = Field(description="Annual Sharpe ratio after it.")
    participation: float = Field(
        description="Largest order by what is traded of the asset in a session."
    )


class CapitalSize(Component):
    """All strategies at one capital, the followed one first."""

    capital: float = Field(description="Money, in the currency of the prices.")
    strategies: tuple[StrategyAtSize, ...] = Field(description="Those whose impact is known.")
    extrapolated: bool = Field(
        description="Whether an order is above a tenth of a session's volume: beyond what the "
        "formula was seen to hold for."
    )


class BaselineCrossing(Component):
    """The capital from which on the followed strategy is no better than another at that size."""

    reference: str = Field(description="The other strategy.")
    capital: Number = Field(description="That capital; none: at no size, or it never is better.")


class StrategyCapacity(OfStrategy):
    """The money at which a strategy's edge is gone, and what is left of it at any size."""

    kind: Literal["capacity"] = "capacity"
    edge: float = Field(description="Annual return over cash before market impact, fraction.")
    break_even: Number = Field(description="Capital at which that is gone; none: at no size.")
    most_money_at: Number = Field(description="Capital at which it earns most money.")
    most_money: Number = Field(description="That money per year.")
    tenth_of_volume_at: Number = Field(
        description="Capital at which its largest order is a tenth of a session's volume."
    )
    beaten: tuple[BaselineCrossing, ...] = Field(description="Beside the others at the same size.")
    sizes: tuple[CapitalSize, ...] = Field(description="The curve, the smallest capital first.")


class CapacityStudy(OfStrategyRun):
    """Say how much money a strategy carries: what market impact leaves of it at any size.

    The decisions are those of a run of `forefolio run`; impact grows with the square root of the
    capital, by the formula that the optimiser plans with. Prices without volumes know no capacity.

    >>> import forefolio as ff
    >>> study = ff.CapacityStudy(capitals=(1e6, 1e8))  # of the last run; ff.ask(study) answers
    >>> study.run, study.capitals
    ('last', (1000000.0, 100000000.0))
    """

    path: ClassVar[str] = "capacity"
    command: ClassVar[str] = "capacity"
    result: ClassVar[type[StrategyCapacity]] = StrategyCapacity

    kind: Literal["capacity"] = "capacity"
    capitals: tuple[Money, ...] = Field(
        SIZES,
        min_length=1,
        description="Capitals, in the currency of the prices.",
        json_schema_extra={"advanced": True},
    )

    def job(self, place: Place) -> Job[StrategyCapacity]:
        """Read the impact of the run's trades and scale it."""
        yield Started(stage="record", total=1)
        answer = capacity(self.records(place), self.capitals)
        yield Progress(stage="record", done=1, total=1)
        return answer


def capacity(records: StrategyRecords, sizes: tuple[float, ...]) -> StrategyCapacity:
    """The capacity of the followed strategy, at these sizes.

    Raises:
        DataError: too few volumes are known.
    """
    known = [one for one in records.result.backtest if one.impact is not None and not one.ruined]
    followed = records.record(0)
    if followed.impact is None or followed.participation is None:
        raise DataError(
            "the capacity is not known: these prices have no volume of what was traded; take a "
            "source with volumes"
        )
    cash = _cash(records)
    edge = _gross(followed, records) - cash
    money = most_money(edge, followed.impact)
    return StrategyCapacity(
        **records.about(),
        edge=edge,
        break_even=break_even(edge, followed.impact),
        most_money_at=money[0],
        most_money=money[1],
        tenth_of_volume_at=OVERSEEN / followed.participation if followed.participation else None,
        beaten=tuple(_crossings(followed, known[1:], records)),
        sizes=tuple(_at(size, known, records) for size in sorted(sizes)),
        remarks=(
            Remark(
                reason="caveat",
                stage="record",
                message="the decisions are the same at every size; volumes are those of each time, "
                "and of dividend-adjusted prices understated in the past",
            ),
        ),
    )


def _at(size: float, known: list[Record], records: StrategyRecords) -> CapitalSize:
    rows = []
    for one in known:
        drag = drag_at(size, one.impact or 0.0)
        net = _gross(one, records) - drag
        spread = one.annual_volatility or 0.0
        sharpe = None if one.sharpe is None or not spread else _sharpe(one, records, drag)
        rows.append(
            StrategyAtSize(
                name=one.name,
                impact=drag,
                annual_return=net,
                sharpe=sharpe,
                participation=size * (one.participation or 0.0),
            )
        )
    return CapitalSize(
        capital=size, strategies=tuple(rows), extrapolated=rows[0].participation > OVERSEEN
    )


def _crossings(
    followed: Record, others: list[Record], records: StrategyRecords
) -> Iterator[BaselineCrossing]:
    """Where the net Sharpe ratios are equal: both are straight lines in the root of the capital."""
    for other in others:
        lead = _sharpe(followed, records, 0.0) - _sharpe(other, records, 0.0)
        loss = (followed.impact or 0.0) / (followed.annual_volatility or np.inf)
        loss -= (other.impact or 0.0) / (other.annual_volatility or np.inf)
        crossing = (lead / loss) ** 2 if lead > 0.0 and loss > 0.0 else None
        yield BaselineCrossing(reference=other.name, capital=crossing)


def _sharpe(one: Record, records: StrategyRecords, drag: float) -> float:
    """Annual, at a drag, from the ratio that was measured and the impact that it had paid."""
    paid = _gross(one, records) - (one.annual_return or 0.0)
    return (one.sharpe or 0.0) + (paid - drag) / (one.annual_volatility or np.inf)


def _gross(one: Record, records: StrategyRecords) -> float:
    """Annual return before market impact, which the backtest has charged if it was asked to."""
    trading = records.result.study["trading"]
    charged = sum(
        float(cost["coefficient"])
        for cost in trading["costs"]
        if cost["kind"] == "square_root_impact"
    )
    paid = charged * drag_at(float(trading["capital"]), one.impact or 0.0)
    return (one.annual_return or 0.0) + paid


def _cash(records: StrategyRecords) -> float:
    growth = float(np.prod(1.0 + records.cash))
    return float(growth ** (1.0 / records.years) - 1.0)
