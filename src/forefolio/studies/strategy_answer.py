"""From what the main job computed to its typed result: every number, none of it rendered."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from forefolio.backtest import BacktestResult, Caveat, beside_each, caveats, summary
from forefolio.backtest.capacity import market_impacts
from forefolio.backtest.caveats import caveat_clauses
from forefolio.backtest.episodes import calendar_years, trailing_betas, trailing_years, worst_falls
from forefolio.core.units import Array, Dates, Flags
from forefolio.core.wording import listed, sessions
from forefolio.forecast import Evidence
from forefolio.market import Market
from forefolio.market.calendar import Rows
from forefolio.optimize import Allocation, Basis
from forefolio.risk import LedoitWolf, RiskModel
from forefolio.strategy import Strategy
from forefolio.strategy.baselines import kind_of
from forefolio.studies.attribution_rows import return_attribution
from forefolio.studies.data import repairs
from forefolio.studies.forecast import forecast_fields
from forefolio.studies.forecast_record import ForecastRecord, forecast_record
from forefolio.studies.forecast_rows import left_out
from forefolio.studies.result import Remark
from forefolio.studies.strategy_claims import strategy_claims
from forefolio.studies.strategy_job import Followed, evidence_followed
from forefolio.studies.strategy_result import (
    INDEX,
    CalendarYear,
    Curves,
    DrawdownPeriod,
    EquityCurve,
    ExpectedBy,
    Record,
    ShadowPrice,
    SharpeComparison,
    StrategyResult,
    WeightHistory,
)

HELD = 1e-4  # weights below are not worth a trade
MARKED = 400  # trades that a picture can mark one by one


def answer(done: Followed) -> StrategyResult:
    """Everything the main job computed, as one document."""
    study, loaded = done.study, done.material.loaded
    beside_index = any(result.name == INDEX for result in done.results)
    reservations = caveats(loaded, done.results[0].lived, beside_index=beside_index)
    records = tuple(_records(done, reservations))
    forecast, year = forecast_fields(done.gathered), done.results[0].periods_per_year
    return StrategyResult(
        as_of=loaded.market.sessions[-1].astype(object),
        data=study.data.facts(loaded),
        strategy=study.followed.name,
        machine_learning=study.machine_learning,
        **_portfolio(done),
        **forecast,
        backtest=records,
        claims=strategy_claims(records, forecast["leaderboard"], year),
        periods_per_year=year,
        years=tuple(_years(done.results)),
        drawdowns=tuple(_drawdowns(done.results[0])),
        attribution=return_attribution(done.results, loaded.market),
        risk_on_target=done.risk_on_target,
        offsets=done.offsets,
        tilt=done.tilt,
        layers=done.layers,
        curves=_curves(done.results, evidence_followed(study, done.forecasts)),
        forecast_record=_forecast_record(done),
        remarks=tuple(_remarks(done, reservations)),
        study=done.asked.model_dump(mode="json"),
    )


# -- the portfolio ---------------------------------------------------------------------------------


def _portfolio(done: Followed) -> dict[str, Any]:
    market, allocation, evidence = (
        done.material.loaded.market,
        done.decided,
        evidence_followed(done.study, done.forecasts),
    )
    held: Flags = np.abs(allocation.weights) >= HELD
    weights = np.where(held, allocation.weights, 0.0)
    years = market.periods_per_year
    forecast = evidence.expected(market.sessions[-1])
    mean, mean_by = _expected(allocation, forecast, held, evidence.horizon)
    mean = np.where(held, mean, 0.0) * years
    cash_return = float(done.study.trading.cash_returns(market)[-1]) * years
    cash = 1.0 - float(weights.sum())
    expected = float(weights @ mean) + cash * cash_return
    variance, risk_by = _variance(allocation.basis, done.study.followed, market, weights)
    volatility = float(np.sqrt(variance * years))
    ranked = [k for k in np.argsort(-np.abs(weights), kind="stable") if held[k]]
    return {
        "weights": {market.assets[k]: float(weights[k]) for k in ranked},
        "cash": cash,
        "expected_return": expected,
        "volatility": volatility,
        "expected_sharpe": (expected - cash_return) / volatility if volatility > 0 else None,
        "expected_by": ExpectedBy(returns=mean_by, risk=risk_by),
        "expected_returns": {market.assets[k]: float(mean[k]) for k in ranked},
        "cash_return": cash_return,
        "method": allocation.method,
        "parts": dict(allocation.parts),
        "limits": tuple(ShadowPrice(name=name, price=price) for name, price in allocation.binding),
    }


def _expected(
    allocation: Allocation, forecast: Array, held: Flags, horizon: int
) -> tuple[Array, str]:
    """Means (N,) per session that the decision rests on, and what they are.

    Of a rule that asks for none, or for none of something that is `held`, they are those of the
    `forecast`.
    """
    basis = allocation.basis
    if basis is None or basis.mean is None:
        by = f"the forecasts over {sessions(horizon)}, which the strategy does not follow"
        return forecast, by
    mean = basis.mean_of(allocation.assets)
    lacking = held & ~np.isfinite(mean)
    if not lacking.any():
        return mean, basis.mean_by
    names = [asset for asset, on in zip(allocation.assets, lacking, strict=True) if on]
    by = f"{basis.mean_by}, of {listed(names)} by the forecasts over {sessions(horizon)}"
    return np.where(lacking, forecast, mean), by


def _variance(
    basis: Basis | None, strategy: Strategy, market: Market, weights: Array
) -> tuple[float, str]:
    """Variance per session by the covariance that the decision rests on, and what that is.

    Of a rule that has none it is the one of its own risk model, or else Ledoit and Wolf's.
    """
    held = dict(zip(market.assets, weights.tolist(), strict=True))
    if basis is not None and basis.covariance is not None:
        own = np.array([held[asset] for asset in basis.assets])
        return max(basis.covariance.variance(own), 0.0), basis.risk_by
    risk: RiskModel | None = getattr(strategy, "risk", None)
    asked = "as its parts share none" if basis else "which the strategy does not ask for"
    by = kind_of(risk) if risk else f"ledoit wolf, {asked}"
    names = [asset for asset, weight in held.items() if weight]
    if not names:
        return 0.0, by
    covariance = (risk or LedoitWolf())(market.select(names))
    return max(covariance.variance(np.array([held[name] for name in names])), 0.0), by


# -- the record ------------------------------------------------------------------------------------


def _records(done: Followed, reservations: tuple[Caveat, ...]) -> Iterator[Record]:
    results, seed = done.results, done.study.seed
    index = next((r for r in results if r.name == INDEX), None)
    tests = beside_each(results[0], results[1:], seed)
    against = {test.reference: SharpeComparison(**asdict(test)) for test in tests}
    impacts = market_impacts(results, done.material.loaded.market)
    for result in results:
        versus = against.get(result.name)
        if versus and result is index:
            flattered = versus.verdict + caveat_clauses(reservations, ("assets", "index"))
            versus = versus.model_copy(update={"verdict": flattered})
        yield Record(
            name=result.name,
            first=result.sessions[0].astype(object),
            last=result.sessions[-1].astype(object),
            impact=impacts[result.name].drag,
            participation=impacts[result.name].participation,
            strategy_versus_this=versus,
            **asdict(summary(result, benchmark=index)),
        )


def _years(results: Sequence[BacktestResult]) -> Iterator[CalendarYear]:
    """Each calendar year; after a ruin there is none any more."""
    each = {
        one.name: calendar_years(one.sessions[: one.lived], np.maximum(one.measured_equity, 0.0))
        for one in results
    }
    for year in sorted({year for own in each.values() for year in own}):
        yield CalendarYear(
            year=year, returns={name: own[year] for name, own in each.items() if year in own}
        )


def _drawdowns(followed: BacktestResult) -> Iterator[DrawdownPeriod]:
    days = _dates(followed.sessions)
    for fall in worst_falls(followed.measured_equity):
        ended = fall.recovered
        yield DrawdownPeriod(
            peak=days[fall.peak],
            bottom=days[fall.bottom],
            recovered=None if ended is None else days[ended],
            depth=fall.depth,
            sessions=(followed.lived - 1 if ended is None else ended) - fall.peak,
        )


def _curves(results: Sequence[BacktestResult], evidence: Evidence) -> Curves:
    followed = results[0]
    rows, forecast_rows = _month_ends(followed.sessions), _month_ends(evidence.panel.sessions)
    held = zip(followed.assets, followed.weights[rows].T.tolist(), strict=True)
    sharpe, volatility = trailing_years(
        followed.returns, followed.excess, rows, followed.periods_per_year
    )
    return Curves(
        sessions=_dates(followed.sessions),
        equity=tuple(
            EquityCurve(name=r.name, equity=tuple((r.equity / r.equity[0]).tolist()))
            for r in results
        ),
        cash=EquityCurve(
            name="cash", equity=(1.0, *np.cumprod(1.0 + followed.cash_returns[1:]).tolist())
        ),
        month_ends=_dates(followed.sessions[rows]),
        weights=tuple(WeightHistory(ticker=name, weights=tuple(own)) for name, own in held),
        trailing_sharpe=tuple(sharpe),
        trailing_volatility=tuple(volatility),
        trailing_beta=tuple(_betas(results, rows)),
        traded=_traded(followed),
        slope_sessions=_dates(evidence.panel.sessions[forecast_rows]),
        slopes=tuple(evidence.combination.slopes[forecast_rows].tolist()),
    )


def _betas(results: Sequence[BacktestResult], rows: Rows) -> list[float | None]:
    """The followed strategy's to the index, while both lived; nothing without one."""
    followed, index = results[0], next((one for one in results if one.name == INDEX), None)
    if index is None or index is followed:
        return []
    lived = min(len(followed.excess), len(index.excess))
    pair = followed.excess[:lived], index.excess[:lived]
    return trailing_betas(*pair, rows, followed.periods_per_year)


def _traded(followed: BacktestResult) -> tuple[Any, ...]:
    """The sessions after decisions that bought or sold something."""
    moved = np.flatnonzero(np.nansum(np.abs(followed.trades), axis=1) > 0.0)
    rows = followed.decisions[moved] + 1
    days = _dates(followed.sessions[rows[rows < len(followed.sessions)]])
    return days if len(days) <= MARKED else ()


def _forecast_record(done: Followed) -> ForecastRecord:
    """That of the fewest sessions ahead: what is soonest known is the quickest witness."""
    horizons = done.forecasts.horizons
    return forecast_record(horizons[min(horizons)], done.study.recipe.names.volatility[0])


def _month_ends(days: Dates) -> Rows:
    """The rows of the last session of each month; the last session ends one, whole or not."""
    months = days.astype("datetime64[M]").astype(int)
    return np.flatnonzero(np.diff(months, append=months[-1] + 1))


def _dates(days: Dates) -> tuple[Any, ...]:
    return tuple(days.astype("datetime64[D]").astype(object).tolist())


# -- remarks ---------------------------------------------------------------------------------------


def _remarks(done: Followed, reservations: Sequence[Caveat]) -> Iterator[Remark]:
    yield from repairs(done.material.loaded.report)
    yield from left_out(done.forecasts)
    for result in done.results:
        yield from _of_backtest(result)
    if all(result.name != INDEX for result in done.results):
        reason = "the data have no benchmark that is known throughout"
        yield Remark(reason="left_out", stage="backtest", about=INDEX, message=reason)
    for note in done.decided.notes:
        yield Remark(reason="fell_back", stage="weights", about="today", message=note)
    for one in reservations:
        yield Remark(
            reason="caveat",
            stage="backtest",
            about=one.about,
            message=one.sentence,
            code=one.code,
            clause=one.clause,
        )


def _of_backtest(result: BacktestResult) -> Iterator[Remark]:
    """What failed or fell back in a backtest, the most frequent first."""
    counts = Counter(remark.message for remark in (*result.failures, *result.notes))
    codes = {remark.message: remark.code for remark in (*result.failures, *result.notes)}
    for message, times in counts.most_common():
        yield Remark(
            reason="fell_back",
            stage="backtest",
            about=result.name,
            message=message,
            times=times,
            code=codes[message],
        )
