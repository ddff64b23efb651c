"""What a portfolio may lose, as documents: of weights that are given, of a run, or equal ones.

1. Find the weights, and the market that they are weights of.
2. Measure what the portfolio, brought back to its weights every session, would have earned.
3. Say it as one JSON document, for whoever prints or serves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from forefolio.backtest import Measures, measure
from forefolio.backtest.caveats import index_caveats
from forefolio.backtest.metrics import annual_return, per_session
from forefolio.core.errors import DataError, InputError, NotEnoughHistory
from forefolio.core.numerics import one_thread
from forefolio.core.settings import Settings
from forefolio.core.units import Array, Flags, read_only
from forefolio.core.wording import listed, percent
from forefolio.market import Loaded, Market, load_market
from forefolio.market.own_sessions import CLOSED, own_growth, silent_rows
from forefolio.risk import (
    TAIL_MODELS,
    USUAL,
    Contributions,
    LedoitWolf,
    MonteCarlo,
    RiskFactorModel,
    Simulation,
    Stress,
    ValueAtRiskBacktest,
    attribute_risk,
    backtest_value_at_risk,
    stress_test,
    with_drift,
)
from forefolio.risk.covariance.moments import recent_returns
from forefolio.risk.simulation.monte_carlo import Estimate
from forefolio.runs.history import one_remembered
from forefolio.studies.reading import read_study
from forefolio.studies.strategy import StrategyStudy

Drift: TypeAlias = Literal["history", "prior", "zero"] | float
"""Whose expected returns are simulated; a number is a rate per year."""

DUST = 1e-9
MOST = 0.9  # of the sessions: a benchmark that is known on fewer is none
DEPTHS = (0.1, 0.2, 0.3)  # drawdowns whose probability is told
COMPONENTS = 5  # principal components that are told
LEVEL = 0.95
NOTHING = 1e-12  # of the beginning: what is worth less is worth nothing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """Weights (N,) of a market's assets, and what cash earned (T,); the rest of 1 is cash.

    The market's sessions are those on which something that is held trades.
    """

    market: Market
    weights: Array
    cash_returns: Array
    source: Mapping[str, Any]
    told: str  # whose weights they are
    notes: tuple[str, ...]
    quality: Mapping[str, list[str]]  # what was repaired in the prices, in short and in full
    benchmark_dividends: bool | None = None  # whether the index counts them, if known

    def __post_init__(self) -> None:
        read_only(self.weights, self.cash_returns)

    @property
    def cash(self) -> float:
        """What the weights leave of 1; negative is borrowed."""
        return 1.0 - float(self.weights.sum())

    @property
    def known(self) -> Flags:
        """Sessions (T,) on which all that is held is alive, and what cash earned is known."""
        whole = np.isfinite(self.market.held_returns[:, self.weights != 0]).all(axis=1)
        return np.asarray(whole & np.isfinite(self.cash_returns))

    @property
    def returns(self) -> Array:
        """Of the portfolio (T,), cash included, brought back to its weights every session.

        What is closed or halted earns nothing then, and its whole move when it trades again.
        """
        on = self.weights != 0
        earned: Array = self.market.held_returns[:, on] @ self.weights[on]
        return earned + self.cash * self.cash_returns


def held(
    study: StrategyStudy | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    run: str | None = None,
    settings: Settings | None = None,
) -> Held:
    """The portfolio of `weights` by ticker, of a `run`, or else equal weights of all assets.

    Args:
        study: whose data it is; the run's, or the bundled sample, if None.
        weights: fractions by ticker; what they leave of 1 is cash, what they go beyond is borrowed.
        run: the id of a run, or its beginning; "" is the last that is done.
        settings: where runs are kept; the environment's.

    Raises:
        InputError: weights and a run are given, there is no such run, or a weight is not finite.
        DataError: something held has no prices that can be used.
    """
    if weights is not None and run is not None:
        raise InputError("weights are given, and a run that has its own; give one of the two")
    told = "equal weights" if weights is None else "given weights"
    if run is not None:
        found, result = one_remembered("strategy", run, (settings or Settings.read()).prepare())
        weights, told = result.weights, f"weights of run {found.id[:8]}"
        study = study or _data_of(result.study)
    chosen = study or StrategyStudy()
    loaded = _loaded(chosen, list(weights or ()))
    market = loaded.market
    every = dict.fromkeys(market.assets, 1.0 / len(market.assets)) if weights is None else weights
    row = np.array([every.get(asset, 0.0) for asset in market.assets], dtype=np.float64)
    if not np.isfinite(row).all():
        raise InputError("a weight is not finite; write each as a fraction such as 0.3")
    market = market.while_open(row != 0)
    return Held(
        market=market,
        weights=row,
        cash_returns=chosen.trading.cash_returns(market),
        source=chosen.data.model_dump(mode="json")["source"],
        told=told,
        notes=(*_leverage(row), *_ended(market, row)),
        quality=loaded.report.to_dict(),
        benchmark_dividends=loaded.benchmark_dividends,
    )


def _ended(market: Market, row: Array) -> list[str]:
    """Whether something held trades no more: then its last sessions are the last that are known."""
    silent = silent_rows(market.close)
    gone = np.flatnonzero((row != 0) & (silent > CLOSED) & (silent < len(market)))
    return [
        f"{market.assets[n]} last traded on {market.sessions[-1 - int(silent[n])]}: what is said "
        "of the portfolio rests on sessions until then"
        for n in gone
    ]


def describe_risk(portfolio: Held) -> dict[str, Any]:
    """Measures with intervals, attribution, tests of the value at risk, and factors.

    Raises:
        NotEnoughHistory: fewer than three sessions have a return of everything that is held.
    """
    known, notes = portfolio.known, list(portfolio.notes)
    if (beside := _benchmark(portfolio, notes)) is not None:
        known = np.asarray(known & np.isfinite(beside))
        notes += [one.sentence for one in index_caveats(portfolio.benchmark_dividends)]
    with one_thread():
        told = measure(
            portfolio.returns[known],
            None if beside is None else beside[known],
            portfolio.cash_returns[known],
            periods_per_year=portfolio.market.periods_per_year,
        )
        checks = _checked(portfolio.returns[known], notes)
        factors = _factors(portfolio, notes)
        attribution = _attribution(portfolio, factors["contributions"], notes)
    return {
        **_heading(portfolio, known),
        "annual_cash_return": _annual_cash(portfolio, known),
        "confidence": told.confidence,
        "level": LEVEL,
        "measures": _measures(told),
        "value_at_risk_tests": [_check(one) for one in checks],
        "attribution": attribution,
        "factors": factors["exposures"],
        "factor_sessions": factors["sessions"],
        "notes": [*notes, *told.notes],
    }


def describe_simulation(
    portfolio: Held, plan: MonteCarlo, goal: float, drift: Drift = "history"
) -> tuple[dict[str, Any], Simulation]:
    """Where the portfolio may be after the plan's horizon, and the simulation itself.

    `goal` is a multiple of the value at the beginning. What assets earn on average is what each
    did in the `history`, or for all of them what all did together (`prior`), nothing (`zero`), or a
    rate per year that is given.

    Raises:
        NotEnoughHistory: fewer sessions are known than the plan's model needs.
        InputError: the goal is not above zero, or the drift is a loss of all.
    """
    if not goal > 0.0:
        raise InputError(
            f"goal is {goal}, must be above 0: a multiple, such as 1.1 for a tenth more"
        )
    known = portfolio.known
    cash = float(portfolio.cash_returns[known][-1]) if known.any() else 0.0
    history, own = _drifting(portfolio, known, drift)
    told = plan.run(portfolio.weights, history, cash)
    return {
        **_heading(portfolio, known),
        "plan": plan.model_dump(mode="json"),
        "drift": {"by": drift, "annual_return": own},
        "paid_in": told.paid_in,
        "fan": [
            {"session": int(session), **dict(zip(map(str, told.levels), row.tolist(), strict=True))}
            for session, row in zip(told.sessions, told.fan, strict=True)
        ],
        "mean": _estimate(told.mean),
        "probability_of_loss": _estimate(told.probability_of_loss),
        "probability_of_ruin": _estimate(told.probability_of_falling_below(NOTHING)),
        "goal": goal,
        "probability_of_goal": _estimate(told.probability_of_reaching(goal)),
        "probability_of_drawdown": {
            str(depth): _estimate(told.probability_of_drawdown(depth)) for depth in DEPTHS
        },
        "level": LEVEL,
        "value_at_risk": _estimate(told.value_at_risk(LEVEL)),
        "expected_shortfall": _estimate(told.expected_shortfall(LEVEL)),
        "notes": list(portfolio.notes),
    }, told


def _drifting(portfolio: Held, known: Flags, drift: Drift) -> tuple[Array, float]:
    """The returns that are learnt from, and what they expect of the portfolio a year."""
    market, on = portfolio.market, portfolio.weights != 0
    history, years = market.held_returns[known], market.periods_per_year
    if drift == "prior":
        everything = market.returns[np.isfinite(market.returns)]
        history = with_drift(history, float(everything.mean()) if everything.size else 0.0)
    elif drift == "zero":
        history = with_drift(history, 0.0)
    elif drift != "history":
        if not drift > -1.0:
            raise InputError(f"drift is {drift}, must be above -1, such as 0.05 for 5 % a year")
        history = with_drift(history, per_session(drift, years))
    earned = history[:, on].mean(axis=0) @ portfolio.weights[on] if len(history) else 0.0
    cash = portfolio.cash_returns[known][-1] if known.any() else 0.0
    return history, float(earned + portfolio.cash * cash) * years


def describe_stress(portfolio: Held, stresses: Sequence[Stress] = USUAL) -> dict[str, Any]:
    """What each of the stresses does to the portfolio."""
    with one_thread():
        told = stress_test(portfolio.weights, portfolio.market, stresses)
    return {
        **_heading(portfolio, portfolio.known),
        "stresses": [
            {
                "name": one.name,
                "loss": one.loss,
                "error": one.error,
                "ruined": one.ruined,
                "verdict": one.verdict,
                "assets": {
                    asset: {"move": move, "effect": effect}
                    for asset, move, effect in zip(
                        one.assets, one.moves.tolist(), one.effects.tolist(), strict=True
                    )
                    if effect
                },
                "sectors": {name: effect for name, effect in one.by_sector.items() if effect},
                "notes": list(one.notes),
            }
            for one in told.losses
        ],
        "left_out": told.left_out,
        "notes": list(portfolio.notes),
    }


# -- the portfolio ---------------------------------------------------------------------------------


def _data_of(study: Mapping[str, Any]) -> StrategyStudy:
    """The data of a study, whatever else an older version wrote into it."""
    return read_study({"data": study["data"]})


def _loaded(study: StrategyStudy, needed: list[str]) -> Loaded:
    """The assets of a study, and whatever else is held."""
    data = study.data
    span = data.start, data.end, data.minimum_sessions
    loaded = load_market(data.source, data.tickers or None, *span)
    if missing := [ticker for ticker in needed if ticker not in loaded.market.assets]:
        loaded = load_market(data.source, [*loaded.market.assets, *missing], *span)
    refused = {t: why for t, why in loaded.report.refused.items() if t in needed}
    if refused:
        told = "; ".join(f"{ticker}: {why}" for ticker, why in refused.items())
        raise DataError(f"what is held has no prices that can be used: {told}")
    return loaded


def _leverage(weights: Array) -> list[str]:
    gross, net = float(np.abs(weights).sum()), float(weights.sum())
    if gross <= 1.0 + DUST and net >= 1.0 - DUST:
        return []
    if gross <= 1.0 + DUST:
        return [f"cash is the rest: {percent(1.0 - net)}"]
    rest = f"{percent(net - 1.0)} borrowed" if net > 1.0 else f"{percent(1.0 - net)} in cash"
    return [f"leverage: positions of {percent(gross)} of the portfolio, {rest}"]


def _heading(portfolio: Held, known: Flags) -> dict[str, Any]:
    market, rows = portfolio.market, np.flatnonzero(known)
    if not len(rows):
        raise NotEnoughHistory(
            1, 0, "everything that is held together", "hold less, or other names"
        )
    weights = zip(market.assets, portfolio.weights.tolist(), strict=True)
    return {
        "as_of": str(market.sessions[-1]),
        "portfolio": portfolio.told,
        "weights": {asset: weight for asset, weight in weights if weight},
        "cash": portfolio.cash if abs(portfolio.cash) > DUST else 0.0,
        "quality": dict(portfolio.quality),
        "data": {
            "source": portfolio.source,
            "sessions": len(rows),
            "first": str(market.sessions[rows[0]]),
            "last": str(market.sessions[rows[-1]]),
        },
    }


# -- its risk --------------------------------------------------------------------------------------


def _measures(told: Measures) -> dict[str, Any]:
    return {one.name: {"value": one.value, "low": one.low, "high": one.high} for one in told.each}


def _benchmark(portfolio: Held, notes: list[str]) -> Array | None:
    """Returns (T,) of the index, if it is known on most of the sessions that count."""
    index, known = portfolio.market.series.get("benchmark"), portfolio.known
    if index is not None:
        earned = own_growth(index)
        if np.isfinite(earned[known]).sum() >= MOST * known.sum():
            return earned
    notes.append("no benchmark is known over these sessions: no beta, alpha or tracking error")
    return None


def _annual_cash(portfolio: Held, known: Flags) -> float | None:
    earned = np.append(1.0, np.cumprod(1.0 + portfolio.cash_returns[known]))
    return annual_return(earned, portfolio.market.periods_per_year)


def _estimate(told: Estimate) -> dict[str, float]:
    return {"value": told.value, "error": told.error}


def _checked(returns: Array, notes: list[str]) -> tuple[ValueAtRiskBacktest, ...]:
    """The models' values at risk, tested one by one: what one cannot say stops no other."""
    tested: list[ValueAtRiskBacktest] = []
    untested: dict[str, list[str]] = {}
    for model in (kind() for kind in TAIL_MODELS):
        try:
            tested += backtest_value_at_risk(returns, [model], level=LEVEL)
        except DataError as error:
            untested.setdefault(str(error), []).append(model.kind)
    for reason, models in untested.items():
        which = "values at risk" if not tested else f"the values at risk of {listed(models)}"
        notes.append(f"{which} were not tested: {reason}")
    return tuple(tested)


def _check(one: ValueAtRiskBacktest) -> dict[str, Any]:
    check = one.check
    return {
        "model": one.model,
        "level": check.level,
        "sessions": check.sessions,
        "breaches": check.breaches,
        "expected": check.expected,
        "p_coverage": check.coverage.p_value,
        "p_independence": None if check.independence is None else check.independence.p_value,
        "verdict": check.verdict,
    }


def _attribution(portfolio: Held, factors: Any, notes: list[str]) -> dict[str, Any] | None:
    market, on = portfolio.market, portfolio.weights != 0
    if not on.any():
        return None
    names = [asset for asset, is_held in zip(market.assets, on, strict=True) if is_held]
    try:
        part = market.select(names)
        risk = LedoitWolf()
        told = attribute_risk(portfolio.weights[on], risk(part), part.sectors)
    except DataError as error:
        notes.append(f"the volatility was not attributed: {error}")
        return None
    years = float(np.sqrt(market.periods_per_year))
    return {
        "annual_volatility": told.volatility * years,
        "sessions": len(recent_returns(part, risk.window)),
        "assets": _parts(told.assets, years),
        "sectors": _parts(told.sectors, years),
        "principal": _parts(told.principal, years)[:COMPONENTS],
        "factors": factors,  # over a longer time: these sum to the volatility of theirs
        "factors_annual_volatility": sum(row["component"] for row in factors),
    }


def _parts(told: Contributions, years: float) -> list[dict[str, Any]]:
    """Parts of the annual volatility, in the order they come."""
    return [
        {
            "name": name,
            "exposure": exposure,
            "marginal": _number(marginal * years),
            "component": component * years,
            "share": _number(share),
        }
        for name, exposure, marginal, component, share in zip(
            told.names, *told.columns().values(), strict=True
        )
    ]


def _factors(portfolio: Held, notes: list[str]) -> dict[str, Any]:
    try:
        told = RiskFactorModel().analyze(portfolio.weights, portfolio.market)
    except (DataError, InputError) as error:
        notes.append(f"factors were not analysed: {error}")
        return {"exposures": [], "contributions": [], "sessions": 0}
    notes += told.notes
    if abs(told.specific_share) < DUST:
        notes.append("the factors are the portfolio over again, so what it follows is not shown")
        return {"exposures": [], "contributions": [], "sessions": 0}
    exposures = [
        {"factor": name, "exposure": exposure, "error": error, "share": share}
        for name, exposure, error, share in zip(
            told.names, told.exposure.tolist(), told.exposure_error.tolist(), told.share.tolist(),
            strict=True,
        )
    ]  # fmt: skip
    specific = {"factor": "specific", "exposure": None, "error": None}
    years = float(np.sqrt(portfolio.market.periods_per_year))
    return {
        "exposures": [*exposures, {**specific, "share": told.specific_share}],
        "contributions": _parts(told.contributions, years),
        "sessions": told.sessions,
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
