"""A strategy's result made by hand: plausible numbers, curves from a random walk."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.report import page

TICKERS = (
    "AAPL", "AMD", "BAC", "BBY", "CVX", "GE", "HD", "JNJ", "JPM", "KO",
    "LLY", "MRK", "MSFT", "PEP", "PFE", "PG", "RRC", "UNH", "WMT", "XOM",
)  # fmt: skip
STRATEGIES = ("forefolio", "equal weight", "inverse volatility", "classical", "index")
MODELS = {
    "combined": "combined", "ARIMA": "model", "BayesianRidge": "model", "XGBoost": "model",
    "pooled mean": "baseline", "zero": "baseline", "historical mean": "baseline",
    "shrunk mean": "baseline", "always up": "baseline", "EWMA": "volatility",
    "GARCH(1,1)": "volatility", "HAR": "volatility", "volatility average": "volatility",
}  # fmt: skip
UNSCORED = (
    "r2_log_variance", "r2_log_variance_se", "r2_log_own", "r2_log_own_se", "crps", "crps_gain",
    "crps_gain_se", "coverage_se", "coverage_crisis", "coverage_crisis_se", "coverage_worst_year",
    "coverage_windows", "coverage_windows_se", "winkler", "winkler_gain", "winkler_gain_se",
)  # fmt: skip
HORIZONS = (1, 5, 21, 63)
WEIGHTS = {"JNJ": 0.15, "PG": 0.15, "LLY": 0.142, "WMT": 0.121, "MRK": 0.098, "KO": 0.09,
           "UNH": 0.081, "MSFT": 0.062, "AAPL": 0.041, "XOM": 0.033, "RRC": 0.012}  # fmt: skip


@pytest.fixture(autouse=True)
def moving(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Pictures are still, whether the page is built or not; a test may name another script."""
    script = str(getattr(request, "param", ""))
    for name in ("moving_script", "answer_script"):
        monkeypatch.setattr(page, name, lambda: script)
    return script


@pytest.fixture
def result() -> StrategyResult:
    return example()


@pytest.fixture
def unknown() -> StrategyResult:
    """The same result with nothing measurable in it."""
    return StrategyResult.model_validate(_without_numbers(example().model_dump()))


def example(sessions: int = 2520, tickers: tuple[str, ...] = TICKERS) -> StrategyResult:
    days = business_days(sessions)
    first, last = str(days[0]), str(days[-1])
    held = dict(zip(tickers, WEIGHTS.values(), strict=False)) if tickers != TICKERS else WEIGHTS
    document = {
        "as_of": last,
        "strategy": STRATEGIES[0],
        "machine_learning": True,
        "weights": held,
        "cash": 1.0 - sum(held.values()),
        "expected_return": 0.1132,
        "volatility": 0.1417,
        "expected_sharpe": 0.658,
        "cash_return": 0.02,
        "expected_by": {
            "returns": "the forecasts over 21 sessions",
            "risk": "volatility times correlation at the forecast volatilities",
        },
        "expected_returns": {ticker: 0.1 + 0.01 * k for k, ticker in enumerate(held)},
        "method": "maximum_sharpe",
        "limits": [
            {"name": f"weight of {name} <= 0.15", "price": 0.021} for name in tickers[:2]
        ],
        "forecasts": [row for h in HORIZONS for row in _forecasts(h, tickers)],
        "leaderboard": [_score(m, kind, h) for h in HORIZONS for m, kind in MODELS.items()],
        "combination": [
            {
                "horizon": h,
                "slope": 0.31 if h == 21 else 0.0,
                "weights": {"ARIMA": 0.38, "BayesianRidge": 0.29, "XGBoost": 0.33},
            }
            for h in HORIZONS
        ],
        "backtest": [_backtest(k, name, first, last) for k, name in enumerate(STRATEGIES)],
        "remarks": [
            {"reason": "caveat", "stage": "backtest", "about": "assets", "code": "survivors",
             "clause": "all 20 assets survived to the end",
             "message": "All 20 assets still trade at the end."},
            {"reason": "caveat", "stage": "backtest", "about": "index",
             "code": "index_without_dividends", "clause": "the index is without dividends",
             "message": "The index is without dividends."},
            {"reason": "left_out", "stage": "features", "about": "ATR",
             "message": "switched off: no high and low"},
            {"reason": "fell_back", "stage": "forecast", "about": "ARIMA RRC",
             "message": "no likelihood, mean forecast"},
            {"reason": "fell_back", "stage": "backtest", "about": "forefolio", "times": 37,
             "message": "the models had shown no skill by then: expected returns are the pooled "
                        "mean"},
            {"reason": "repaired", "stage": "data", "detail": True,
             "message": "RRC: 3 x unchanged close (2001-09-11 to 2001-09-14): kept"},
            {"reason": "repaired", "stage": "data", "detail": True, "message": "9 rows read"},
        ],
        "data": {
            "name": "sample data",
            "source": {"kind": "sample"},
            "version": "3f2c",
            "tickers": list(tickers),
            "sectors": dict.fromkeys(tickers, "Health Care"),
            "sessions": sessions + 504,
            "first": "1990-01-02",
            "last": last,
            "columns": ["close"],
            "refused": {"ZZZ": "30 sessions, 504 are needed"},
        },
        "study": {
            "source": {"kind": "sample"},
            "horizons": list(HORIZONS),
            "trading": {"costs": [{"kind": "proportional", "cost_bps": 10.0}], "warmup": 504},
            "seed": 0,
        },
        "curves": _curves(days, tickers),
        "periods_per_year": 252.0,
        "forecast_record": _record(days),
    }  # fmt: skip
    return StrategyResult.model_validate(document)


def business_days(count: int) -> Any:
    return np.busday_offset("2022-12-28", np.arange(1 - count, 1), roll="backward")


def month_ends(days: Any) -> Any:
    months = days.astype("datetime64[M]")
    return np.flatnonzero(np.append(months[1:] != months[:-1], True))


def _curves(days: Any, tickers: tuple[str, ...]) -> dict[str, Any]:
    rng, sessions = np.random.default_rng(11), len(days)
    common = rng.normal(0.0006, 0.009, sessions)
    moves = common * 0.9 + rng.normal(0.0001, 0.0028, (len(STRATEGIES), sessions))
    moves[:, 0] = 0.0
    slopes = np.clip(np.cumsum(rng.normal(0.0004, 0.012, sessions)), 0.0, 1.0)
    equity, ends = np.cumprod(1.0 + moves, axis=1), month_ends(days)
    weights = _weights(rng, len(ends), len(tickers))
    return {
        "sessions": days.tolist(),
        "equity": [
            {"name": name, "equity": path.tolist()}
            for name, path in zip(STRATEGIES, equity, strict=True)
        ],
        "month_ends": days[ends].tolist(),
        "weights": [
            {"ticker": ticker, "weights": own.tolist()}
            for ticker, own in zip(tickers, weights.T, strict=True)
        ],
        "slope_sessions": days[ends].tolist(),
        "slopes": slopes[ends].tolist(),
    }


def _record(days: Any) -> dict[str, Any]:
    """Forecasts of one session whose intervals hold what they promise, but for luck."""
    inside = np.random.default_rng(3).binomial(20, 0.9, len(days)) / 20
    other = {name: [0.5] * len(days) for name in ("right", "volatility_loss", "kept")}
    return {
        "horizon": 1, "level": 0.9, "reference": "EWMA", "sessions": days.tolist(),
        "inside": inside.tolist(), **other,
    }  # fmt: skip


def _weights(rng: np.random.Generator, months: int, assets: int) -> Array:
    taste = rng.normal(0.0, 0.9, assets)
    drift = np.cumsum(rng.normal(0.0, 0.35, (months, assets)), axis=0)
    scores = np.exp(2.0 * taste + 0.5 * drift)
    shares: Array = scores / (1.05 * scores.sum(axis=1, keepdims=True))
    return shares


def _forecasts(horizon: int, tickers: tuple[str, ...]) -> list[dict[str, Any]]:
    rng = np.random.default_rng(horizon)
    prior = 0.00042 * horizon
    rows = []
    for ticker in tickers:
        std = float(rng.uniform(0.009, 0.026)) * np.sqrt(horizon)
        mean = prior + float(rng.normal(0.0, 0.04)) * std
        rows.append({
            "ticker": ticker, "horizon": horizon, "mean": mean, "std": std,
            "low": mean - 1.7 * std, "high": mean + 1.6 * std, "level": 0.9,
            "annual_mean": mean * 252 / horizon, "prior": prior, "from_models": horizon == 21,
        })  # fmt: skip
    return rows


def _score(model: str, kind: str, horizon: int) -> dict[str, Any]:
    rng = np.random.default_rng([horizon, *model.encode()])
    error = 0.0004 * horizon
    gain = 0.0 if model == "pooled mean" else float(rng.normal(-0.3, 1.2)) * error
    known = model != "zero"
    return {
        "kind": kind, "level": 0.9, "model": model, "horizon": horizon, "sessions": 2400,
        "independent": 2400 // horizon, "rmse": 0.018 * np.sqrt(horizon),
        "r2_zero": gain + 0.003 * horizon / 21, "r2_mean": gain, "r2_across": gain,
        "r2_mean_se": 0.0 if model == "pooled mean" else error,
        "r2_across_se": 0.0 if model == "pooled mean" else error,
        "direction": 0.531 if known else None, "always_up": 0.534,
        "direction_minus_always_up": -0.003 if known else None,
        "direction_minus_always_up_se": 0.006 if known else None,
        "years": 9.0, "years_needed": 31.0,
        "rank_ic": float(rng.normal(0.005, 0.01)) if kind == "model" else None,
        "rank_ic_se": 0.0093 if kind == "model" else None,
        "rank_ic_neutral": 0.004 if kind == "model" else None,
        "rank_ic_neutral_se": 0.0081 if kind == "model" else None,
        "qlike": float(rng.normal(-0.01, 0.02)), "qlike_se": 0.008,
        "coverage": 0.896 if kind in {"combined", "volatility"} else None,
        **dict.fromkeys(UNSCORED),
        "verdict": "not shown; underpowered: about 31 years needed, 9.0 scored",
    }  # fmt: skip


def _backtest(rank: int, name: str, first: str, last: str) -> dict[str, Any]:
    versus = {
        "name": STRATEGIES[0], "reference": name, "annual_return": -0.002 * rank,
        "sharpe": -0.02, "low": -0.31, "high": 0.24, "level": 0.9, "p_value": 0.6,
        "verdict": f"no difference from {name} is shown (p = 0.60)",
    }  # fmt: skip
    return {
        "name": name, "ruined": None,
        "sessions": 2520, "total_return": 1.9, "annual_return": 0.112 - 0.004 * rank,
        "annual_volatility": 0.142 + 0.006 * rank, "sharpe": 0.66 - 0.05 * rank,
        "sharpe_error": 0.19, "sortino": 0.95, "calmar": 0.34, "max_drawdown": -0.31 - 0.02 * rank,
        "longest_drawdown": 412, "hit_rate": 0.543, "profit_factor": 1.12,
        "value_at_risk": 0.0138, "expected_shortfall": 0.0211, "tail_ratio": 0.97,
        "skew": -0.32, "kurtosis": 9.1, "turnover": 1.32 / (rank + 1), "cost": 0.0026 / (rank + 1),
        "beta": 0.81, "alpha": 0.031, "alpha_t": 1.62, "tracking_error": 0.081,
        "information_ratio": 0.21, "first": first, "last": last,
        "strategy_versus_this": versus if rank else None,
    }  # fmt: skip


def _without_numbers(document: Mapping[str, Any]) -> dict[str, Any]:
    """None for every float that the schema lets be None."""
    keep = {
        "periods_per_year",
        "cash",
        "cash_return",
        "volatility",
        "level",
        "slope",
        "price",
        "years",
    }
    whole = {"weights", "study", "curves"} | keep
    return {
        name: value if name in whole else _blank(value, keep) for name, value in document.items()
    }


def _blank(value: Any, keep: set[str]) -> Any:
    if isinstance(value, dict):
        return {k: v if k in keep or k == "weights" else _blank(v, keep) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_blank(item, keep) for item in value]
    return None if isinstance(value, float) else value
