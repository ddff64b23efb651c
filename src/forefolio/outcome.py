"""What a run found, as one document that the command line, the API and the report all read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from forefolio.backtest import BacktestResult, Caveat, caveats, compare, summary
from forefolio.backtest.caveats import caveat_clauses
from forefolio.core.units import Array, Dates, Flags, read_only
from forefolio.core.wording import listed, sessions
from forefolio.forecast import Evidence, Forecasts, Importance
from forefolio.market import Finding, Loaded, Market, QualityReport
from forefolio.optimize import Allocation, Basis
from forefolio.risk import LedoitWolf, RiskModel
from forefolio.strategy import Strategy
from forefolio.strategy.baselines import kind_of
from forefolio.studies.forecast_rows import asset_forecasts, combination_of, model_scores
from forefolio.studies.recipe import RecipeStudy
from forefolio.studies.strategy import StrategyStudy

INDEX = "index"  # what the benchmark's row is called


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """The series behind the pictures."""

    sessions: Dates  # (T,)
    names: tuple[str, ...]  # (S,) strategies, the followed one first
    equity: Array  # (S, T) from one
    assets: tuple[str, ...]
    weights: Array  # (T, N) of the followed strategy
    slope_sessions: Dates  # (R,)
    slopes: Array  # (R,) how far the models were believed

    def __post_init__(self) -> None:
        read_only(self.sessions, self.equity, self.weights, self.slope_sessions, self.slopes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """A run's document, the series behind its pictures, and the finished files."""

    document: Mapping[str, Any]
    curves: Curves
    files: Mapping[str, bytes] = field(default_factory=dict)  # by file name


def describe(
    study: StrategyStudy,
    loaded: Loaded,
    forecasts: Forecasts,
    results: Sequence[BacktestResult],
    allocation: Allocation,
) -> Outcome:
    """Put everything a run found into one document."""
    known = describe_forecasts(study.forecasting, loaded, forecasts)
    horizon = getattr(study.followed, "horizon", 21)
    followed = forecasts.horizons.get(horizon) or next(iter(forecasts.horizons.values()))
    beside_index = any(result.name == INDEX for result in results)
    found = caveats(loaded, results[0].lived, beside_index=beside_index)
    document = {
        "as_of": known["as_of"],
        "strategy": study.followed.name,
        "machine_learning": study.machine_learning,
        **_portfolio(study, loaded.market, followed, allocation),
        **{name: known[name] for name in ("forecasts", "leaderboard", "combination")},
        "backtest": _backtests(results, study.seed, found),
        "caveats": [asdict(one) for one in found],
        "fallbacks": [*known["fallbacks"], *_fallbacks(results, allocation)],
        "data": known["data"],
        "quality": known["quality"],
        "study": study.model_dump(mode="json"),
    }
    return Outcome(document=document, curves=_curves(results, followed))


def describe_forecasts(study: RecipeStudy, loaded: Loaded, forecasts: Forecasts) -> dict[str, Any]:
    """What is expected of each asset, and how good such forecasts were."""
    everything = forecasts.horizons.values()
    return {
        "as_of": str(loaded.market.sessions[-1]),
        "forecasts": [
            row.model_dump()
            for each in everything
            for row in asset_forecasts(each, loaded.market, learnt=bool(study.recipe.models))
        ],
        "leaderboard": [row.model_dump() for each in everything for row in model_scores(each)],
        "combination": [combination_of(each).model_dump() for each in everything],
        "fallbacks": [*_repairs(loaded.report), *_left_out(forecasts)],
        "data": _data(study, loaded, forecasts),
        "quality": loaded.report.to_dict(),
        "study": study.model_dump(mode="json"),
    }


def describe_importance(importance: Importance) -> dict[str, Any]:
    """What each feature was worth, the most useful first, and over time."""
    rows = importance.to_frame().reset_index(names="label").to_dict("records")
    return {
        "model": importance.model,
        "horizon": importance.horizon,
        "features": [{name: _json(value) for name, value in row.items()} for row in rows],
        "groups": [list(group) for group in importance.groups],
        "over_time": [
            {
                "session": str(session),
                "r2_loss": dict(zip(importance.features, map(_number, lost), strict=True)),
            }
            for session, lost in zip(importance.sessions, importance.r2_loss, strict=True)
        ],
    }


def _portfolio(
    study: StrategyStudy, market: Market, evidence: Evidence, allocation: Allocation
) -> dict[str, Any]:
    held: Flags = np.abs(allocation.weights) >= 1e-4
    weights = np.where(held, allocation.weights, 0.0)
    years = market.periods_per_year
    forecast = evidence.panel.at(market.sessions[-1])
    prior = evidence.prior.at(market.sessions[-1])
    said = np.where(np.isfinite(forecast.mean), forecast.mean, prior.mean)
    mean, mean_by = _expected(allocation, said / evidence.horizon, held, evidence.horizon)
    mean = np.where(held, mean, 0.0) * years
    cash_return = float(study.trading.cash_returns(market)[-1]) * years
    cash = 1.0 - float(weights.sum())
    expected = float(weights @ mean) + cash * cash_return
    variance, risk_by = _variance(allocation.basis, study.followed, market, weights)
    volatility = float(np.sqrt(variance * years))
    return {
        "weights": {a: float(w) for a, w in zip(market.assets, weights, strict=True) if w},
        "cash": cash,
        "expected_return": _number(expected),
        "volatility": volatility,
        "sharpe": _number((expected - cash_return) / volatility) if volatility > 0 else None,
        "expected_by": {"return": mean_by, "risk": risk_by},
        "expected_returns": {
            a: _number(m) for a, m, on in zip(market.assets, mean, held, strict=True) if on
        },
        "cash_return": cash_return,
        "allocation": {
            "method": allocation.method,
            "notes": list(allocation.notes),
            "parts": dict(allocation.parts),
        },
        "binding": [{"constraint": name, "price": price} for name, price in allocation.binding],
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
    own = dict(zip(basis.assets, basis.mean.tolist(), strict=True))
    mean = np.array([own.get(asset, np.nan) for asset in allocation.assets])
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


def _backtests(
    results: Sequence[BacktestResult], seed: int, found: tuple[Caveat, ...]
) -> list[dict[str, Any]]:
    index = next((r for r in results if r.name == INDEX), None)
    rows = []
    for result in results:
        metrics = {n: _json(v) for n, v in asdict(summary(result, benchmark=index)).items()}
        versus = None if result is results[0] else asdict(compare(results[0], result, seed=seed))
        if versus and result is index:
            versus["verdict"] += caveat_clauses(found, ("assets", "index"))
        rows.append(
            {
                "name": result.name,
                **metrics,
                "first": str(result.sessions[0]),
                "last": str(result.sessions[-1]),
                "strategy_versus_this": versus,
            }
        )
    return rows


def _repairs(report: QualityReport) -> list[dict[str, Any]]:
    """What was done about the data, the same thing said once for all tickers it was done to."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for found in report.findings:
        alike.setdefault((found.message, found.action), []).append(found)
    told = []
    for (message, action), several in alike.items():
        names = list(dict.fromkeys(found.ticker for found in several))
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        rows = sum(found.count for found in several)
        reason = f"{f'{rows} x ' if rows > 1 else ''}{message}: {action}"
        told.append({"stage": "data", "about": ", ".join(names[:5]) + more, "reason": reason})
    return told


def _left_out(forecasts: Forecasts) -> list[dict[str, Any]]:
    told = [{"stage": "forecast", "about": n.about, "reason": n.message} for n in forecasts.notes]
    told += [
        {"stage": "features", "about": name, "reason": f"switched off: {reason}"}
        for name, reason in forecasts.skipped
    ]
    return told


def _fallbacks(results: Sequence[BacktestResult], allocation: Allocation) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for result in results:
        told += [
            {"stage": "backtest", "about": result.name, "reason": reason, "times": times}
            for reason, times in _counted(result)
        ]
    if all(result.name != INDEX for result in results):
        reason = "the data have no benchmark that is known throughout"
        told.append({"stage": "backtest", "about": "index", "reason": reason})
    told += [{"stage": "weights", "about": "today", "reason": note} for note in allocation.notes]
    return told


def _counted(result: BacktestResult) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for remark in (*result.failures, *result.notes):
        counts[remark.message] = counts.get(remark.message, 0) + 1
    return sorted(counts.items(), key=lambda item: -item[1])


def _data(study: RecipeStudy, loaded: Loaded, forecasts: Forecasts) -> dict[str, Any]:
    market = loaded.market
    return {
        "source": study.data.model_dump(mode="json")["source"],
        "version": study.version(),
        "tickers": list(market.assets),
        "sectors": dict(zip(market.assets, market.sectors, strict=True)),
        "sessions": len(market),
        "first": str(market.sessions[0]),
        "last": str(market.sessions[-1]),
        "columns": sorted(market.columns),
        "quality": list(loaded.report.lines()),
        "refused": dict(loaded.report.refused),
        "features_off": [{"name": n, "reason": r} for n, r in forecasts.skipped],
    }


def _curves(results: Sequence[BacktestResult], evidence: Evidence) -> Curves:
    followed = results[0]
    return Curves(
        sessions=followed.sessions,
        names=tuple(r.name for r in results),
        equity=np.stack([r.equity / r.equity[0] for r in results]),
        assets=followed.assets,
        weights=followed.weights,
        slope_sessions=evidence.panel.sessions,
        slopes=evidence.combination.slopes,
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _json(value: Any) -> Any:
    return _number(value) if isinstance(value, float) else value
