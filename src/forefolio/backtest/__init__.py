"""What would have happened."""

from forefolio.backtest.engine import allocate, backtest
from forefolio.backtest.ledger import Ledger
from forefolio.backtest.result import BacktestResult, Remark
from forefolio.backtest.trading import Trading

__all__ = ["BacktestResult", "Ledger", "Remark", "Trading", "allocate", "backtest"]
