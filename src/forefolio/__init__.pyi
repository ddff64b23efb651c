# For checkers and editors: a package that can be called is what is called.

from typing import Any

from forefolio.library.backtests import backtest as backtest
from forefolio.library.backtests import compare as compare
from forefolio.library.forecasts import forecast as forecast
from forefolio.library.forecasts import leaderboard as leaderboard
from forefolio.library.holdings import risk as risk
from forefolio.library.holdings import simulate as simulate
from forefolio.library.holdings import stress as stress
from forefolio.library.portfolios import frontier as frontier
from forefolio.library.portfolios import optimize as optimize

__version__: str
__all__: list[str]

def __getattr__(name: str) -> Any: ...
