"""One portfolio: the weights an objective chooses, and what holds them where they are."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from forefolio.core.component import Component
from forefolio.core.errors import BadSettings, InputError
from forefolio.core.events import Job, Progress, Started
from forefolio.core.kinds import in_words, kind_of
from forefolio.core.units import AnnualRate
from forefolio.core.wording import listed
from forefolio.optimize import (
    AnyOptimizer,
    EntropyPooling,
    Explanation,
    MaximumSharpe,
    Outlook,
    PortfolioResult,
    explain,
)
from forefolio.optimize.explanation.explain import MOST_ASKED
from forefolio.optimize.frontier.curve import finite
from forefolio.optimize.objectives.penalties import AnyPenalty, with_penalties
from forefolio.optimize.objectives.risk_measures import AnyRiskMeasure
from forefolio.optimize.objectives.scenario_views import AnyScenarioView
from forefolio.optimize.portfolio import constrained, idle, limits_of, measured, without_dust
from forefolio.optimize.words.recorded import NO_FUNCTION, is_function
from forefolio.optimize.words.scores import read_scores
from forefolio.risk.rebalanced import Rebalanced
from forefolio.studies.expectation import ExpectationStudy, Expected, about
from forefolio.studies.expected_volatility import ExpectedVolatility, expected_volatility
from forefolio.studies.place import Place
from forefolio.studies.result import Number, notes
from forefolio.studies.risk_shares import RiskShares, risk_shares


def _each(given: Any) -> Any:
    alone = isinstance(given, str) or not isinstance(given, list | tuple)
    several = (given,) if alone else given
    if any(map(is_function, several)):
        raise ValueError(NO_FUNCTION)
    return (given,) if isinstance(given, str) else given


Stated = Annotated[
    tuple[str, ...],
    BeforeValidator(_each),
    Field(
        description='In words, such as "w <= 10%", added to fully invested and long only.',
        json_schema_extra={"several": True},
    ),
]
"""Constraints in words, one or several."""

Penalized = Annotated[
    tuple[AnyPenalty, ...],
    BeforeValidator(_each),
    Field(
        description='Penalty on the weights, such as "ridge 0.05" or "lasso 0.01 to equal weight", '
        "beside a year's variance or return.",
        json_schema_extra={"several": True, "in_words": True},
    ),
]
"""Penalties in words, one or several."""

OwnScores = Annotated[
    Mapping[str, Mapping[str, float]],
    BeforeValidator(lambda given: {} if given is None else read_scores(given)),
    Field(
        description="CSV file of tickers and columns of numbers of your own, which words may "
        'limit, such as "esg >= 60".',
    ),
]
"""Scores by column and ticker."""

Viewed = Annotated[
    tuple[AnyScenarioView, ...],
    BeforeValidator(_each),
    Field(
        description='View that past sessions are weighed by, such as "AAPL >= 10% per year", '
        '"volatility(AAPL) <= 25% per year" or "P(AAPL <= -3%) = 2%".',
        json_schema_extra={"several": True, "in_words": True},
    ),
]
"""Views in words, one or several, pooled by entropy."""


class PricedLimit(Component):
    """A constraint that costs something."""

    name: str = Field(description="The constraint in words.")
    price: float = Field(
        description="What a unit more room would add to the objective, a year: to the Sharpe "
        "ratio, to the volatility saved or to the return."
    )


class Position(Component):
    """What one weight hangs on; returns are fractions per year."""

    asset: str = Field(description="The asset.")
    weight: float = Field(description="Fraction of the portfolio.")
    expected_return: float = Field(description="What is expected of it, per year.")
    sensitivity: Number = Field(description="Weight that a unit more expected return would add.")
    doubles_at: Number = Field(description="The expected return at which it had twice the weight.")
    vanishes_at: Number = Field(description="The expected return at which it had none.")
    capped_by: str = Field("", description="The constraint that keeps it from doubling.")


class Newcomer(Component):
    """An asset that is not held; returns are fractions per year."""

    asset: str = Field(description="The asset.")
    expected_return: float = Field(description="What is expected of it, per year.")
    enters_at: float = Field(description="The expected return from which on it would be held.")


class Reasons(Component):
    """Why each weight is what it is."""

    limits: tuple[PricedLimit, ...] = Field((), description="What binds, the dearest first.")
    positions: tuple[Position, ...] = Field((), description="The positions, the largest first.")
    newcomers: tuple[Newcomer, ...] = Field((), description="Not held, the nearest first.")
    sentences: tuple[str, ...] = Field((), description="The same in plain words.")
    missing: tuple[str, ...] = Field((), description="What cannot be explained, and why.")


class Portfolio(Expected):
    """A portfolio and what is expected of it; returns and risks are fractions per year."""

    kind: Literal["portfolio"] = "portfolio"
    objective: str = Field(description="The kind of the objective.")
    weights: Mapping[str, float] = Field(description="By ticker, the largest first.")
    risk_shares: RiskShares = Field(default_factory=dict)
    cash: float = Field(description="What the weights leave of 1.")
    expected_return: float = Field(description="That of cash included, per year.")
    volatility: float = Field(description="By the risk model, per year.")
    expected_sharpe: Number = Field(
        description="Annual expected return beyond cash, by the volatility."
    )
    risk_measure: str = Field(
        "", description="The kind of risk that the objective looks at; empty if it names none."
    )
    risk: Number = Field(None, description="How much of it the portfolio has, in its unit.")
    expected_volatility: ExpectedVolatility | None = Field(
        None,
        description="Volatility of the next sessions, with its interval, by the past of these "
        "weights; none without prices.",
    )
    status: str = Field(description="Who solved it, and what was left unproved.")
    gap: Number = Field(
        None,
        description="By how much the best objective may still be better, relative; none: that is "
        "not proved.",
    )
    reasons: Reasons = Field(description="What holds the weights where they are.")

    @property
    def described(self) -> str:
        """What it is, in words: "portfolio by minimum variance"."""
        return f"portfolio by {in_words(self.objective)}"


class PortfolioStudy(ExpectationStudy):
    """Choose a portfolio: weights, what is expected of it, and what holds it where it is.

    Without options: the bundled sample, past means, fully invested and long only.

    >>> import forefolio as ff
    >>> source = ff.Synthetic(sessions=600, assets=3)
    >>> study = ff.PortfolioStudy(source=source, objective="minimum_variance")
    >>> [round(weight, 2) for weight in ff.ask(study).weights.values()]
    [0.51, 0.27, 0.22]
    """

    path: ClassVar[str] = "optimize/portfolio"
    command: ClassVar[str] = "optimize"
    result: ClassVar[type[Portfolio]] = Portfolio
    stages: ClassVar[Mapping[str, float]] = {
        "data": 5,
        "forecast": 80,
        "evidence": 10,
        "portfolio": 5,
    }

    kind: Literal["portfolio"] = "portfolio"
    objective: AnyOptimizer = Field(
        MaximumSharpe(), description="Such as maximum_sharpe or minimum_variance."
    )
    target: AnnualRate | None = Field(
        None, description="Annual return or volatility the objective aims at, such as 12%."
    )
    risk_measure: AnyRiskMeasure | None = Field(
        None,
        description="Risk of the objectives minimum_risk, maximum_return_to_risk and risk_parity, "
        "such as ulcer_index.",
        json_schema_extra={"in_words": True},
    )
    constraints: Stated = ()
    scores: OwnScores = Field(default_factory=dict)
    penalties: Penalized = ()
    views: Viewed = ()
    explained: bool = Field(False, description="Say what would double or remove a position.")

    @model_validator(mode="before")
    @classmethod
    def _aimed(cls, document: Any) -> Any:
        """Let `target` and `risk_measure` be what the objective aims at."""
        if not isinstance(document, Mapping):
            return document
        for setting, names in AIMS.items():
            if document.get(setting) is not None:
                given = document.get("objective", "maximum_sharpe")
                kind = given if isinstance(given, str) else getattr(given, "kind", "")
                aimed = _aiming(kind, setting, names, document[setting])
                document = {**document, "objective": aimed, setting: None}
        return document

    @model_validator(mode="after")
    def _takes_what_is_added(self) -> Self:
        try:
            self._with_added(self.objective)
        except BadSettings as error:
            raise ValueError(error.problems[0][1]) from None
        except InputError as error:
            raise ValueError(str(error)) from None
        return self

    def _with_added(self, objective: Any) -> Any:
        """An objective with the penalties and the views."""
        if self.penalties:
            objective = with_penalties(objective, self.penalties)
        if self.views:
            objective = EntropyPooling(views=self.views, optimizer=objective)
        return objective

    def job(self, place: Place) -> Job[Portfolio]:
        """Choose the portfolio and explain it."""
        estimates = yield from self.expectation.estimate(self.data, place)
        yield Started(stage="portfolio", total=2)
        outlook, objective = estimates.outlook, self.objective
        if self.constraints:
            limits = limits_of(self.constraints, self.scores, outlook)
            objective = constrained(objective, limits)
        objective = self._with_added(objective)
        chosen = measured(outlook, without_dust(objective, outlook))
        yield Progress(stage="portfolio", done=1, total=2)
        asked = MOST_ASKED if self.explained else 0
        why = explain(objective.allocate(outlook), outlook, objective, asked)
        yield Progress(stage="portfolio", done=2, total=2)
        ahead, unexpected = _ahead(outlook, chosen)
        remarks = notes((*idle(objective, outlook), *chosen.notes, *unexpected), "portfolio")
        return Portfolio(
            **about(self.expectation, estimates),
            **_weights(chosen, outlook),
            **_risk(objective, chosen, outlook),
            expected_volatility=ahead,
            objective=str(getattr(self.objective, "kind", type(self.objective).__name__)),
            reasons=_reasons(why, explained=self.explained),
            remarks=(*estimates.remarks, *remarks),
        )


AIMS: Mapping[str, Mapping[str, str]] = {
    "target": {"target_return": "annual_return", "target_volatility": "annual_volatility"},
    "risk_measure": dict.fromkeys(
        ("minimum_risk", "maximum_return_to_risk", "risk_parity"), "risk_measure"
    ),
}
"""What an objective's setting is called, by the option that says it and the objective's kind."""


def _aiming(given: str, setting: str, names: Mapping[str, str], value: Any) -> Any:
    kind = given.strip().lower().replace("-", "_").replace(" ", "_")
    if kind not in names:
        what = setting.replace("_", " ")
        raise ValueError(f"{given} has no {what}; {listed(list(names), 'or')} has one")
    return {"kind": kind, names[kind]: value}


def _weights(chosen: PortfolioResult, outlook: Outlook) -> dict[str, Any]:
    ranked = dict(sorted(chosen.weights.items(), key=lambda pair: (-abs(pair[1]), pair[0])))
    row = np.array([chosen.weights.get(asset, 0.0) for asset in outlook.assets])
    return {
        "weights": ranked,
        "risk_shares": risk_shares(ranked, row, outlook.covariance),
        "cash": chosen.cash,
        "expected_return": chosen.expected_return,
        "volatility": chosen.volatility,
        "expected_sharpe": chosen.sharpe,
        "status": chosen.status,
        "gap": chosen.gap,
    }


def _risk(objective: Any, chosen: PortfolioResult, outlook: Outlook) -> dict[str, Any]:
    """The risk that the objective names, and how much of it the portfolio has."""
    measure = getattr(objective, "risk_measure", None)
    if measure is None:
        return {}
    weights = np.array([chosen.weights.get(asset, 0.0) for asset in outlook.assets])
    return {"risk_measure": kind_of(measure), "risk": finite(measure.of(weights, outlook))}


def _ahead(
    outlook: Outlook, chosen: PortfolioResult
) -> tuple[ExpectedVolatility | None, tuple[str, ...]]:
    """The volatility expected of the weights, or why there is none; nothing without prices."""
    if outlook.market is None:
        return None, ()
    row = np.array([chosen.weights.get(asset, 0.0) for asset in outlook.market.assets])
    market = outlook.market.while_open(row != 0)
    cash = np.full(len(market), outlook.risk_free / outlook.forecast.horizon)
    return expected_volatility(Rebalanced(market=market, weights=row, cash_returns=cash))


def _reasons(why: Explanation, *, explained: bool) -> Reasons:
    limits = tuple(PricedLimit(name=one.name, price=one.price) for one in why.limits)
    if not explained:
        return Reasons(limits=limits, missing=why.missing)
    return Reasons(
        limits=limits,
        positions=tuple(Position(**asdict(one)) for one in why.positions),
        newcomers=tuple(Newcomer(**asdict(one)) for one in why.entrants),
        sentences=why.sentences,
        missing=why.missing,
    )
