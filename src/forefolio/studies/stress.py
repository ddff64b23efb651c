"""What would hurt a portfolio: crises of the past over again, shocks, and one's own scenarios."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from forefolio.core import quantities
from forefolio.core.component import Component
from forefolio.core.events import Job, Progress, Started
from forefolio.core.numerics import one_thread
from forefolio.core.wording import percent
from forefolio.risk import USUAL, AnyStress, Shock, Stress, StressLoss, StressTest, stress_test
from forefolio.risk.rebalanced import Rebalanced
from forefolio.studies.place import Place
from forefolio.studies.portfolio_history import AboutPortfolio, OfPortfolio, portfolio_history
from forefolio.studies.result import Number, Remark


def _move(given: Any) -> Any:
    if isinstance(given, str):
        given = quantities.fraction(given)
    if isinstance(given, int | float) and not -1.0 <= given < 10.0:
        raise ValueError(f"{given:g} must be a move such as -30% or -0.3, and -100% at least")
    return given


Move = Annotated[float, Field(json_schema_extra={"unit": "fraction"}), BeforeValidator(_move)]


class AssetMove(Component):
    """What one asset does in a stress, and what that does to the portfolio."""

    ticker: str = Field(description="The asset.")
    move: float = Field(description="Its return.")
    effect: float = Field(description="Weight times return, fraction of the portfolio.")


class Stressed(Component):
    """What one stress does to the portfolio; losses are positive fractions of it."""

    name: str = Field(description="What the stress is called.")
    loss: float = Field(description="At most 1; negative is a gain.")
    error: Number = Field(description="Standard error of the loss, where a regression says it.")
    ruined: bool = Field(description="Whether nothing would be left.")
    verdict: str = Field(description="The same in words.")
    assets: tuple[AssetMove, ...] = Field(description="Whatever adds to it.")
    sectors: Mapping[str, float] = Field(description="The effects, summed by sector.")


class PortfolioStress(OfPortfolio):
    """What each of the stresses does to the portfolio."""

    kind: Literal["stress"] = "stress"
    stresses: tuple[Stressed, ...] = Field(description="In the order they were asked for.")


class StressStudy(AboutPortfolio):
    """Stress a portfolio: crises of the past over again, shocks, and scenarios of one's own.

    Without options: equal weights of the bundled sample, five crises and three shocks.

    >>> import forefolio as ff
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.StressStudy(data=data, weights={"A0": 0.6, "A1": 0.4}, market="-30%")
    >>> [one.name for one in ff.ask(study).stresses]
    ['market falls by 30 %']
    """

    path: ClassVar[str] = "risk/stress"
    command: ClassVar[str] = "stress"
    result: ClassVar[type[PortfolioStress]] = PortfolioStress
    stages: ClassVar[Mapping[str, float]] = {"data": 50, "stress": 50}

    kind: Literal["stress"] = "stress"
    market: Move | None = Field(None, description="A move of the market, such as -30%.")
    stresses: tuple[AnyStress, ...] = Field(
        (), description="Stresses of one's own: episodes and shocks; see docs/risk.md."
    )

    @property
    def asked(self) -> Sequence[Stress]:
        """The stresses of one's own and the market's move, or else the usual ones."""
        if self.market is None:
            return self.stresses or USUAL
        moves = "falls" if self.market < 0 else "rises"
        name = f"market {moves} by {percent(abs(self.market), 0)}"
        return (*self.stresses, Shock(name=name, market=self.market))

    def job(self, place: Place) -> Job[PortfolioStress]:
        """Try the stresses, one after the other."""
        history = yield from portfolio_history(self, place)
        about = history.about(history.rebalanced.complete)
        yield Started(stage="stress", total=len(self.asked))
        tests: list[StressTest] = []
        for done, stress in enumerate(self.asked, 1):
            tests.append(_tested(history.rebalanced, stress))
            yield Progress(stage="stress", done=done, total=len(self.asked))
        remarks = (*about.pop("remarks"), *(r for test in tests for r in _remarks(test)))
        return PortfolioStress(
            **about,
            remarks=remarks,
            stresses=tuple(_stressed(loss) for test in tests for loss in test.losses),
        )


def _tested(portfolio: Rebalanced, stress: Stress) -> StressTest:
    with one_thread():
        return stress_test(portfolio.weights, portfolio.market, [stress])


def _remarks(test: StressTest) -> list[Remark]:
    noted = [(loss.name, note) for loss in test.losses for note in loss.notes]
    return [
        *(Remark(reason="noted", stage="stress", about=name, message=note) for name, note in noted),
        *(
            Remark(reason="left_out", stage="stress", about=name, message=why)
            for name, why in test.left_out.items()
        ),
    ]


def _stressed(loss: StressLoss) -> Stressed:
    rows = zip(loss.assets, loss.moves.tolist(), loss.effects.tolist(), strict=True)
    return Stressed(
        name=loss.name,
        loss=loss.loss,
        error=loss.error,
        ruined=loss.ruined,
        verdict=loss.verdict,
        assets=tuple(
            AssetMove(ticker=ticker, move=move, effect=effect)
            for ticker, move, effect in rows
            if effect
        ),
        sectors={name: effect for name, effect in loss.by_sector.items() if effect},
    )
