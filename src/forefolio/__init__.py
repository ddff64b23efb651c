"""Forefolio: from market prices to tomorrow's portfolio weights, with the evidence for them.

Names are imported when they are first used, so `import forefolio` costs next to nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "ARIMA": "forecast",
    "AllocationStrategy": "advice",
    "Barbell": "strategy",
    "EWMA": "forecast",
    "GARCH": "forecast",
    "GJR": "forecast",
    "HAR": "forecast",
    "LSTM": "forecast",
    "MLP": "forecast",
    "SVR": "forecast",
    "TCN": "forecast",
    "BacktestResult": "backtest",
    "BayesianRidge": "forecast",
    "Bounds": "optimize",
    "Budget": "optimize",
    "Classical": "strategy",
    "Dataset": "forecast",
    "EfficientFrontier": "optimize",
    "EqualWeight": "strategy",
    "Episode": "risk",
    "Every": "market",
    "Explainer": "forecast",
    "Files": "market",
    "Forecast": "forecast",
    "ForecastDriven": "strategy",
    "ForecastPanel": "forecast",
    "ForecastStudy": "studies.forecast",
    "ForefolioError": "core.errors",
    "Group": "optimize",
    "InverseVolatility": "strategy",
    "KernelRidge": "forecast",
    "LedoitWolf": "risk",
    "LongOnly": "optimize",
    "Market": "market",
    "MaximumSharpe": "optimize",
    "MinimumVariance": "optimize",
    "ModelSelector": "forecast",
    "MonteCarlo": "risk",
    "StrategyResult": "studies.strategy_result",
    "RandomForest": "forecast",
    "PortfolioOptimizer": "optimize",
    "Recipe": "forecast",
    "RegimeAware": "strategy",
    "Regimes": "regimes",
    "RidgeRanks": "forecast",
    "RiskFactorModel": "risk",
    "Sample": "market",
    "Settings": "core.settings",
    "Shock": "risk",
    "SignalDriven": "strategy",
    "SignalEngine": "signals",
    "StrategyStudy": "studies.strategy",
    "Synthetic": "market",
    "TargetReturn": "optimize",
    "Trading": "backtest",
    "Tuned": "forecast",
    "Turnover": "optimize",
    "Utility": "optimize",
    "VolatilityTarget": "strategy",
    "VaRModel": "risk",
    "VolatilityModel": "risk",
    "VolatilityTimesCorrelation": "risk",
    "XGBoost": "forecast",
    "XGBoostRanks": "forecast",
    "analyze_factors": "risk",
    "attribute_risk": "risk",
    "check_no_lookahead": "causality",
    "check_value_at_risk": "risk",
    "compare_forecasts": "answers",
    "compare_models": "forecast",
    "daily_signals": "advice",
    "fallback_forecast_returns": "library",
    "feature_importance": "answers",
    "finish": "core.events",
    "forecasts": "answers",
    "get_stock_data": "market",
    "leaderboard": "answers",
    "load_market": "market",
    "load_predictor": "answers",
    "load_stresses": "risk",
    "load_study": "studies.reading",
    "market_factors": "risk",
    "measure": "backtest",
    "ml_forecast_returns": "library",
    "optimize_portfolio": "optimize.portfolio",
    "orders": "ordering",
    "run": "library",
    "sanitize_tickers": "market",
    "signal_history": "advice",
    "simulated_market": "market",
    "stress_test": "risk",
    "tail_risk": "risk",
    "train": "answers",
    "whole_shares": "optimize.shares",
}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'forefolio' has no attribute {name!r}")
    return getattr(import_module(f"forefolio.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
