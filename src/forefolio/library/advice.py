"""What to hold, what the signals say, and what came of them, as single calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.backtest import allocate
from forefolio.core.errors import InputError, UnknownTicker
from forefolio.core.events import finish
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.library.holdings import by_ticker
from forefolio.library.saved import saved
from forefolio.market import Market, Prices, as_market
from forefolio.optimize import Allocation
from forefolio.runs.asking import ask
from forefolio.runs.executors import executor
from forefolio.strategy import Strategy, strategy_named
from forefolio.studies.holding import Holding
from forefolio.studies.orders import OrdersStudy, PortfolioOrders
from forefolio.studies.signal_history import NoSignals, SignalHistoryStudy
from forefolio.studies.signals import SignalStudy
from forefolio.studies.strategy import StrategyStudy

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")


@dataclass(frozen=True, slots=True)
class AllocationStrategy:
    """One interface to every strategy: what to hold after the last session of a market.

    `strategy` is one, or its name such as "equal_weight", "barbell" or "forecast_driven".

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=300, assets=4)
    >>> ff.AllocationStrategy("equal_weight").allocate(market).weights.round(3).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    strategy: Strategy | str

    def allocate(
        self,
        market: Market | Prices,
        holding: Mapping[str, float] | None = None,
        settings: Settings | None = None,
    ) -> Allocation:
        """Decide once, as a backtest would at its last close; what weights leave is cash.

        Args:
            market: as known, or prices in memory as `Frame` takes them; all of it is the past.
            holding: weights held now by ticker, what turnover counts from; nothing, if None.
            settings: how many processes work; the environment's.

        Raises:
            InputError: there is no strategy of that name.
            UnknownTicker: something held is not in the market.
        """
        chosen, market = self.strategy, as_market(market)
        named = strategy_named(chosen) if isinstance(chosen, str) else chosen
        held = holding or {}
        if unknown := [ticker for ticker in held if ticker not in market.assets]:
            raise UnknownTicker(unknown, market.assets, "this market")
        current = np.array([held.get(asset, 0.0) for asset in market.assets], dtype=np.float64)
        given = settings or Settings.read()
        with executor(given.executor, given.task_timeout_s) as workers:
            return finish(allocate(named, market, workers, current))


def daily_signals(
    study: Any = None, settings: Settings | None = None, **options: Any
) -> pd.DataFrame:
    """What to do after the last close, a row for each ticker; a stored run, part of the history.

    Direction, what is held back, size, confidence, score, and the forecast with its interval.
    `attrs` has the date `as_of`, the `horizon` in sessions and the probabilities of the `regime`.

    Args:
        study: prices (a frame of pandas, Polars or Arrow, a source, the path of a file), which are
            kept under FOREFOLIO_HOME, for the run names them; or a `SignalStudy` or a
            `StrategyStudy`; None for the sample.
        settings: where runs are kept and how many processes work; the environment's.
        options: settings of `SignalStudy` beside prices, such as horizon=5 (sessions) or
            models="bayesian_ridge".

    Raises:
        BadSettings: there is no such setting, or it has a value that it may not have.
        InputError: `study` is no prices; or options stand beside a study, which has its own.
        RunFailed: the prices cannot be used; its text says why.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> from forefolio.studies.signals import SignalStudy
    >>> study = SignalStudy(data=data, horizon=5, recipe=recipe)
    >>> ff.daily_signals(study).index.tolist()
    ['A0', 'A1', 'A2']
    """
    asked = _signals_asked(study, settings, options)
    result = ask(asked, settings)
    rows = [one.model_dump() for one in result.signals]
    frame: pd.DataFrame = pandas.DataFrame(rows).set_index("ticker")
    facts = {"as_of": str(result.as_of), "horizon": result.horizon, "regime": result.regime}
    frame.attrs.update(facts)
    return frame


def _signals_asked(
    given: Any, settings: Settings | None, options: Mapping[str, Any]
) -> SignalStudy:
    if isinstance(given, SignalStudy | StrategyStudy):
        if options:
            raise InputError(
                f"{', '.join(options)} stands beside a study; say it in the study, or give prices"
            )
        return given if isinstance(given, SignalStudy) else signal_study(given)
    data = {} if given is None else {"source": saved(given, settings)}
    return SignalStudy(**data, **options)


def signal_study(study: StrategyStudy, horizon: int | None = None) -> SignalStudy:
    """The signals of a study: at the horizon of its strategy, by its engine if it follows signals.

    `horizon` overrides the strategy's.
    """
    part = SignalStudy.part_of(study)
    return SignalStudy(**(part if horizon is None else {**part, "horizon": horizon}))


def signal_history(settings: Settings | None = None) -> pd.DataFrame:
    """What was said on which date for which ticker, and what came of it; the latest date first.

    >>> import forefolio as ff
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> from forefolio.studies.signals import SignalStudy
    >>> _ = ff.daily_signals(SignalStudy(data=data, horizon=5, recipe=recipe))
    >>> "direction" in ff.signal_history()
    True
    """
    try:
        past = ask(SignalHistoryStudy(), settings).signals
    except NoSignals:
        past = ()
    frame: pd.DataFrame = pandas.DataFrame([one.model_dump() for one in past])
    if frame.empty:
        return frame
    frame["made"] = frame["made"].astype(str)
    return frame.set_index(["made", "ticker"])


def orders(
    capital: float,
    *,
    weights: Any = None,
    run: str = "last",
    holdings: Mapping[str, float] | None = None,
    prices: Any = None,
    cost_bps: float = 10.0,
    smallest_trade: float = 0.0,
    band: float = 0.0,
    lots: Sequence[Any] = (),
    sell_first: Any = "highest_cost",
    study: StrategyStudy | None = None,
    settings: Settings | None = None,
) -> PortfolioOrders:
    """Whole shares to buy and sell, so that a portfolio comes nearest to its weights.

    Args:
        capital: money: the value of what is held, and cash.
        weights: targets by ticker, fractions of the capital: a mapping, a Series, text such as
            "KO=60%, JNJ=40%", or a result that has weights, such as that of `optimize`; None:
            those of a run.
        run: the id of that run, or its beginning; "last" is the latest that has weights.
        holdings: shares held now; what has no weight is sold.
        prices: money per share by ticker; or a table of prices (a frame of pandas, Polars or
            Arrow, a source, the path of a file), whose last closes they are. What is not given is
            the last close of the study's source, as it was paid where the source has that beside
            adjusted ones.
        cost_bps: what trading costs, basis points of the money traded.
        smallest_trade: money; what would trade less is left as it is held.
        band: fraction of the capital; what is held, and no further than this from its weight, is
            left as it is held.
        lots: what was bought when and for how much a share, such as "KO 10 at 48 on 2020-05-04";
            sales then say which of it they take, and what they gain.
        sell_first: which lots: "highest_cost", "oldest", or "long_term" ones.
        study: whose source has the prices; the run's, or else the bundled sample, if None.
        settings: where runs are kept; the environment's.

    Raises:
        BadSettings: weights, prices or capital are not what they must be.
        InputError: a table of prices and a study are given, which has its own.
        RunFailed: there is no such price, or they make no sense together; its text says why.

    >>> import forefolio as ff
    >>> prices = {"KO": 60, "JNJ": 150}
    >>> bought = ff.orders(1000, weights={"KO": 0.6, "JNJ": 0.4}, prices=prices)
    >>> [(one.ticker, one.trade) for one in bought.orders]
    [('KO', 9.0), ('JNJ', 3.0)]
    >>> held = {"KO": 10, "JNJ": 2}
    >>> later = ff.orders(
    ...     1000, weights={"KO": 0.6, "JNJ": 0.4}, prices=prices, holdings=held, band=0.05
    ... )
    >>> [(one.ticker, one.trade, one.reason) for one in later.orders if one.ticker == "KO"]
    [('KO', 0.0, 'kept: 60.0 % is within 5.0 % of 60.0 %')]
    """
    given = by_ticker(weights)
    holding = Holding(run=run) if given is None else Holding(weights=given)
    asked = OrdersStudy(
        capital=capital,
        holding=holding,
        holdings=holdings or {},
        cost_bps=cost_bps,
        smallest_trade=smallest_trade,
        band=band,
        lots=tuple(lots),
        sell_first=sell_first,
        **_priced(prices, study, settings),
    )
    return ask(asked, settings)


def _priced(prices: Any, study: StrategyStudy | None, settings: Settings | None) -> dict[str, Any]:
    """Where the prices come from: per share, from a table in memory, or from a study's source."""
    of_study = {} if study is None else {"data": study.data}
    if prices is None or _per_share(prices):
        return {"prices": dict(prices.items()) if prices is not None else {}, **of_study}
    if study is not None:
        raise InputError("a table of prices and a study are given; leave one of the two out")
    return {"data": {"source": saved(prices, settings)}}


def _per_share(prices: Any) -> bool:
    """Whether it has one number for each ticker: a mapping, or a Series that is no history."""
    if isinstance(prices, Mapping):
        return all(isinstance(one, float | int | np.number) for one in prices.values())
    named: Any = getattr(prices, "index", ())
    return getattr(prices, "ndim", 0) == 1 and all(isinstance(one, str) for one in named)
