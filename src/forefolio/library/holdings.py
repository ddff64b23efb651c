"""What a portfolio may lose, where it may be, and what would hurt it, in one call each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from forefolio.core.errors import InputError
from forefolio.library.saved import saved
from forefolio.runs.asking import ask
from forefolio.studies.risk import PortfolioRisk, RiskStudy
from forefolio.studies.simulation import PortfolioSimulation, SimulationStudy
from forefolio.studies.stress import PortfolioStress, StressStudy

if TYPE_CHECKING:
    from forefolio.core.settings import Settings
    from forefolio.studies.portfolio_history import AboutPortfolio

S = TypeVar("S", bound="AboutPortfolio")


def risk(
    prices: Any, weights: Any = None, *, settings: Settings | None = None, **options: Any
) -> PortfolioRisk:
    """Measure a portfolio: each number with its interval, where risk comes from, what it follows.

    It is a stored run, computed once. The prices are kept under FOREFOLIO_HOME, for the run names
    them.

    Args:
        prices: a frame with a row per session and a column per ticker (pandas, polars, Arrow), a
            source, or the path of a file.
        weights: fractions of the portfolio by ticker: a mapping, a Series, text such as
            "AAPL=60%, KO=40%", or a result that has weights, such as that of `optimize`. What they
            leave of 1 is cash. None: equal weights of all assets.
        settings: where runs are kept; the environment's.
        options: settings of `RiskStudy`, such as cash_rate=0.03 (a year) or start="2015-01-01".

    Returns:
        `measures` by name, `attribution`, `factors`; returns per session, losses positive.

    Raises:
        BadSettings: a weight is no number, or there is no such setting.
        InputError: the prices are none, or a `Market`, which names no source; or weights name no
            tickers.
        RunFailed: something held has no prices, or too few.

    >>> import forefolio as ff
    >>> import pandas as pd
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=3)
    >>> prices = pd.DataFrame(market.close, pd.DatetimeIndex(market.sessions), ["A", "B", "C"])
    >>> measured = ff.risk(prices, {"A": 0.6, "B": 0.4})
    >>> measured.portfolio.weights
    {'A': 0.6, 'B': 0.4}
    """
    return ask(_about(RiskStudy, prices, weights, options, settings), settings)


def simulate(
    prices: Any, weights: Any = None, *, settings: Settings | None = None, **options: Any
) -> PortfolioSimulation:
    """Simulate where a portfolio may be: how likely a loss, a goal and a drawdown are.

    Args:
        prices: as for `risk`.
        weights: as for `risk`.
        settings: as for `risk`.
        options: settings of `SimulationStudy`, such as horizon=63 (sessions), goal=1.2 (a multiple
            of the beginning), paths=20_000 or drift="prior".

    Returns:
        Probabilities with their Monte Carlo errors, and the `fan` of values, multiples of the
        beginning.

    Raises:
        BadSettings: as for `risk`.
        InputError: as for `risk`.
        RunFailed: as for `risk`.

    >>> import forefolio as ff
    >>> import pandas as pd
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=3)
    >>> prices = pd.DataFrame(market.close, pd.DatetimeIndex(market.sessions), ["A", "B", "C"])
    >>> fan = ff.simulate(prices, "A=60%, B=40%", horizon=21, paths=200)
    >>> fan.horizon, fan.paths
    (21, 200)
    """
    return ask(_about(SimulationStudy, prices, weights, options, settings), settings)


def stress(
    prices: Any, weights: Any = None, *, settings: Settings | None = None, **options: Any
) -> PortfolioStress:
    """Stress a portfolio: crises of the past over again, shocks, and scenarios of one's own.

    Args:
        prices: as for `risk`.
        weights: as for `risk`.
        settings: as for `risk`.
        options: settings of `StressStudy`, such as market=-0.3 (a fraction) or stresses=(...).

    Returns:
        `stresses` with the loss of each, a positive fraction of the portfolio.

    Raises:
        BadSettings: as for `risk`.
        InputError: as for `risk`.
        RunFailed: as for `risk`.

    >>> import forefolio as ff
    >>> import pandas as pd
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=3)
    >>> prices = pd.DataFrame(market.close, pd.DatetimeIndex(market.sessions), ["A", "B", "C"])
    >>> worst = ff.stress(prices, "A=60%, B=40%", market=-0.3).stresses[0]
    >>> worst.loss > 0
    True
    """
    return ask(_about(StressStudy, prices, weights, options, settings), settings)


def _about(
    study: type[S], prices: Any, weights: Any, options: dict[str, Any], settings: Settings | None
) -> S:
    given = {"source": saved(prices, settings), "weights": by_ticker(weights)}
    return study(**given, **options)


def by_ticker(given: Any) -> Any:
    """Weights of a result, or of a Series, as a mapping; text and None as they are."""
    weights = getattr(given, "weights", given)
    if hasattr(weights, "items"):
        return dict(weights.items())
    if isinstance(weights, str | None):
        return weights
    raise InputError(
        f"weights are a {type(weights).__name__}, without tickers; give a mapping or a Series, "
        'such as {"AAPL": 0.6, "KO": 0.4}'
    )
