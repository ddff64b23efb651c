"""What to hold, what the signals say, and what came of them, as single calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.backtest import allocate
from forefolio.core.component import content_digest
from forefolio.core.errors import DataError, UnknownTicker
from forefolio.core.events import finish
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.market import Market, Prices, as_market, load_market
from forefolio.optimize import Allocation
from forefolio.runs.executors import executor
from forefolio.runs.history import remembered
from forefolio.runs.local import run_here
from forefolio.runs.opening import opening
from forefolio.signalling import SignalStudy, signal_study, what_came
from forefolio.strategy import Strategy, strategy_named
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.strategy import StrategyStudy

if TYPE_CHECKING:
    import pandas as pd

pandas: Any = lazy("pandas")

DATA = ("source", "tickers", "start", "minimum_sessions")  # of a study: where its prices are from


@dataclass(frozen=True, slots=True)
class AllocationStrategy:
    """One interface to every strategy: what to hold after the last session of a market.

    `strategy` is one, or its name such as "equal_weight", "barbell" or "forecast_driven".
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
        known = strategy_named(chosen) if isinstance(chosen, str) else chosen
        held = holding or {}
        if unknown := [ticker for ticker in held if ticker not in market.assets]:
            raise UnknownTicker(unknown, market.assets, "this market")
        current = np.array([held.get(asset, 0.0) for asset in market.assets], dtype=np.float64)
        given = settings or Settings.read()
        with executor(given.executor, given.task_timeout_s) as workers:
            return finish(allocate(known, market, workers, current))


def daily_signals(
    study: SignalStudy | StrategyStudy | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """What to do after the last close, a row for each ticker; a stored run, part of the history.

    Direction, what is held back, size, confidence, score, and the forecast with its interval.
    `attrs` has the date `as_of`, the `horizon` in sessions and the probabilities of the `regime`.
    Without a study they are those of the bundled sample.
    """
    asked = study if isinstance(study, SignalStudy) else signal_study(study or StrategyStudy())
    chosen = (settings or Settings.read()).prepare()
    document = finish(run_here(opening(chosen), "signals", asked))
    frame: pd.DataFrame = pandas.DataFrame(document["signals"]).set_index("ticker")
    frame.attrs.update({name: document[name] for name in ("as_of", "horizon", "regime")})
    return frame


def signal_history(settings: Settings | None = None) -> pd.DataFrame:
    """What was said on which date for which ticker, and what came of it; the latest date first."""
    frame: pd.DataFrame = pandas.DataFrame(history_rows((settings or Settings.read()).prepare()))
    return frame.set_index(["made", "ticker"]) if len(frame) else frame


def history_rows(settings: Settings) -> list[dict[str, Any]]:
    """The rows of `signal_history`: of each study and date the last answer, by date.

    What came of a signal is read from the data as they are now, whatever `end` its study had.
    """
    latest: dict[tuple[str, str], Mapping[str, Any]] = {}
    for _, document in remembered("signals", settings):  # newest first
        latest.setdefault(_about(document), document)
    markets: dict[str, Market | None] = {}
    rows: list[dict[str, Any]] = []
    for document in latest.values():
        asked = document["study"]["forecasting"]["data"]
        study = ForecastStudy.model_validate({name: asked[name] for name in DATA})
        if study.digest not in markets:
            markets[study.digest] = _now(study)
        rows += what_came(document, markets[study.digest])
    return sorted(rows, key=lambda row: row["made"], reverse=True)


def _about(document: Mapping[str, Any]) -> tuple[str, str]:
    study = {**document["study"]}
    data = {**study["forecasting"]["data"], "end": None}
    study["forecasting"] = {**study["forecasting"], "data": data}
    return document["as_of"], content_digest(repr(study))


def _now(study: ForecastStudy) -> Market | None:
    try:
        return load_market(
            study.data.source,
            study.data.tickers or None,
            study.data.start,
            minimum_sessions=study.data.minimum_sessions,
        ).market
    except DataError:  # moved or deleted since: what was said stays, what came of it is not known
        return None
