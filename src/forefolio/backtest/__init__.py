"""Backtests: what a strategy would have earned, with costs, measures and their errors."""

from forefolio.backtest.account import follow_days
from forefolio.backtest.account_state import AccountDay, AccountState
from forefolio.backtest.caveats import Caveat, caveats
from forefolio.backtest.compare import StrategyComparison, beside_each, compare, side_by_side
from forefolio.backtest.comparisons import StrategyComparisons
from forefolio.backtest.engine import allocate, backtest
from forefolio.backtest.ledger import Ledger
from forefolio.backtest.measures import Measure, Measures, measure
from forefolio.backtest.metrics import simple_returns
from forefolio.backtest.reference import benchmark_result
from forefolio.backtest.result import BacktestRemark, BacktestResult
from forefolio.backtest.summary import Confidence, Metrics, between, by_year, confidence, summary
from forefolio.backtest.target_weights import Path, follow_weights
from forefolio.backtest.trading import Trading
from forefolio.core.callable_package import make_callable

__all__ = [
    "AccountDay",
    "AccountState",
    "BacktestRemark",
    "BacktestResult",
    "Caveat",
    "Confidence",
    "Ledger",
    "Measure",
    "Measures",
    "Metrics",
    "Path",
    "StrategyComparison",
    "StrategyComparisons",
    "Trading",
    "allocate",
    "backtest",
    "benchmark_result",
    "beside_each",
    "between",
    "by_year",
    "caveats",
    "compare",
    "confidence",
    "follow_days",
    "follow_weights",
    "measure",
    "side_by_side",
    "simple_returns",
    "summary",
]

make_callable(__name__, "forefolio.library.backtests", "backtest")
