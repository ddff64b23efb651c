"""A run's outcome made by hand: plausible numbers, curves from a random walk."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from forefolio.core.units import Array
from forefolio.outcome import Curves, Outcome

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
HORIZONS = (1, 5, 21, 63)
WEIGHTS = {"JNJ": 0.15, "PG": 0.15, "LLY": 0.142, "WMT": 0.121, "MRK": 0.098, "KO": 0.09,
           "UNH": 0.081, "MSFT": 0.062, "AAPL": 0.041, "XOM": 0.033, "RRC": 0.012}  # fmt: skip


@pytest.fixture
def outcome() -> Outcome:
    return example()


@pytest.fixture
def unknown() -> Outcome:
    """The same run with nothing measurable in it."""
    return replace(example(), document=_without_numbers(example().document))


def example(sessions: int = 2520, tickers: tuple[str, ...] = TICKERS) -> Outcome:
    curves = _curves(sessions, tickers)
    first, last = str(curves.sessions[0]), str(curves.sessions[-1])
    held = dict(zip(tickers, WEIGHTS.values(), strict=False)) if tickers != TICKERS else WEIGHTS
    document = {
        "as_of": last,
        "strategy": STRATEGIES[0],
        "machine_learning": True,
        "weights": held,
        "cash": 1.0 - sum(held.values()),
        "expected_return": 0.1132,
        "volatility": 0.1417,
        "sharpe": 0.658,
        "cash_return": 0.02,
        "expected_by": {
            "return": "the forecasts over 21 sessions",
            "risk": "volatility times correlation at the forecast volatilities",
        },
        "expected_returns": {ticker: 0.1 + 0.01 * k for k, ticker in enumerate(held)},
        "allocation": {"method": "maximum_sharpe", "notes": []},
        "binding": [
            {"constraint": f"weight of {name} <= 0.15", "price": 0.021} for name in tickers[:2]
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
        "caveats": [
            {"code": "survivors", "about": "assets", "clause": "all 20 assets survived to the end",
             "sentence": "All 20 assets still trade at the end."},
            {"code": "index_without_dividends", "about": "index",
             "clause": "the index is without dividends",
             "sentence": "The index is without dividends."},
        ],
        "fallbacks": [
            {"stage": "features", "about": "ATR", "reason": "switched off: no high and low"},
            {"stage": "forecast", "about": "ARIMA RRC", "reason": "no likelihood, mean forecast"},
            {"stage": "backtest", "about": "forefolio", "times": 37,
             "reason": "the models had shown no skill by then: expected returns are the pooled "
                       "mean"},
        ],
        "data": {
            "source": {"kind": "sample"},
            "version": "3f2c",
            "tickers": list(tickers),
            "sectors": dict.fromkeys(tickers, "Health Care"),
            "sessions": sessions + 504,
            "first": "1990-01-02",
            "last": last,
            "columns": ["close"],
            "quality": ["RRC: 3 x unchanged close (2001-09-11 to 2001-09-14): kept", "9 rows read"],
            "refused": {"ZZZ": "30 sessions, 504 are needed"},
            "features_off": [{"name": "ATR", "reason": "no high and low"}],
        },
        "study": {
            "source": {"kind": "sample"},
            "horizons": list(HORIZONS),
            "trading": {"costs": [{"kind": "proportional", "cost_bps": 10.0}], "warmup": 504},
            "seed": 0,
        },
    }  # fmt: skip
    return Outcome(document=document, curves=curves)


def _curves(sessions: int, tickers: tuple[str, ...]) -> Curves:
    rng = np.random.default_rng(11)
    end = np.datetime64("2022-12-28")
    days = np.busday_offset(end, np.arange(1 - sessions, 1), roll="backward")
    common = rng.normal(0.0006, 0.009, sessions)
    moves = common * 0.9 + rng.normal(0.0001, 0.0028, (len(STRATEGIES), sessions))
    moves[:, 0] = 0.0
    slopes = np.clip(np.cumsum(rng.normal(0.0004, 0.012, sessions)), 0.0, 1.0)
    return Curves(
        sessions=days,
        names=STRATEGIES,
        equity=np.asarray(np.cumprod(1.0 + moves, axis=1), dtype=np.float64),
        assets=tickers,
        weights=_weights(rng, sessions, len(tickers)),
        slope_sessions=days,
        slopes=slopes,
    )


def _weights(rng: np.random.Generator, sessions: int, assets: int) -> Array:
    taste = rng.normal(0.0, 0.9, assets)
    drift = np.cumsum(rng.normal(0.0, 0.35, (sessions // 21 + 1, assets)), axis=0)
    scores = np.exp(2.0 * taste + 0.5 * drift)
    weights = np.repeat(scores / (1.05 * scores.sum(axis=1, keepdims=True)), 21, axis=0)
    return weights[:sessions]


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
        "verdict": "not shown; underpowered: about 31 years needed, 9.0 scored",
    }  # fmt: skip


def _backtest(rank: int, name: str, first: str, last: str) -> dict[str, Any]:
    versus = {
        "name": STRATEGIES[0], "reference": name, "annual_return": -0.002 * rank,
        "sharpe": -0.02, "low": -0.31, "high": 0.24, "level": 0.9, "p_value": 0.6,
        "verdict": f"no significant difference from {name} (p = 0.60)",
    }  # fmt: skip
    return {
        "name": name, "ruined": None,
        "sessions": 2520, "total_return": 1.9, "annual_return": 0.112 - 0.004 * rank,
        "annual_volatility": 0.142 + 0.006 * rank, "sharpe": 0.66 - 0.05 * rank,
        "sharpe_error": 0.19, "sortino": 0.95, "calmar": 0.34, "max_drawdown": 0.31 + 0.02 * rank,
        "longest_drawdown": 412, "hit_rate": 0.543, "profit_factor": 1.12,
        "value_at_risk": 0.0138, "expected_shortfall": 0.0211, "tail_ratio": 0.97,
        "skew": -0.32, "kurtosis": 9.1, "turnover": 1.32 / (rank + 1), "cost": 0.0026 / (rank + 1),
        "beta": 0.81, "alpha": 0.031, "alpha_t": 1.62, "tracking_error": 0.081,
        "information_ratio": 0.21, "first": first, "last": last,
        "strategy_versus_this": versus if rank else None,
    }  # fmt: skip


def _without_numbers(document: Mapping[str, Any]) -> dict[str, Any]:
    """None for every float that the schema lets be None."""
    keep = {"cash", "cash_return", "level", "slope", "price"}
    return {name: value if name in {"weights", "study"} | keep else _blank(value, keep)
            for name, value in document.items()}  # fmt: skip


def _blank(value: Any, keep: set[str]) -> Any:
    if isinstance(value, dict):
        return {k: v if k in keep or k == "weights" else _blank(v, keep) for k, v in value.items()}
    if isinstance(value, list):
        return [_blank(item, keep) for item in value]
    return None if isinstance(value, float) else value
