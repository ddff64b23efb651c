"""What signals said before, and what came of them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component, content_digest
from forefolio.core.errors import DataError, InputError
from forefolio.core.events import Job, Progress, Started
from forefolio.core.units import DaysAhead, Words
from forefolio.forecast import ForwardReturn
from forefolio.market import Market
from forefolio.signals import WORDS
from forefolio.studies.base import StudyDocument
from forefolio.studies.data import Data
from forefolio.studies.place import Place
from forefolio.studies.result import Number, Result
from forefolio.studies.signals import AssetSignal, Direction, Signals

SIGNS = {word: sign for sign, word in WORDS.items()}
OF_DATA = ("source", "tickers", "start", "minimum_sessions")  # where the prices are from
COPIED = ("ticker", "direction", "held_back", "size", "confidence", "score", "mean", "low", "high")


class PastSignal(Component):
    """A signal, and what came of it."""

    made: date = Field(description="The session after which it was given.")
    horizon: int = Field(description="Sessions ahead.")
    ticker: str = Field(description="The asset.")
    direction: Direction = Field(description="The position that was worth taking.")
    held_back: Direction | None = Field(description="A direction that had not lasted long enough.")
    size: Number = Field(description="Of the position, fraction of the portfolio.")
    confidence: Number = Field(description="Probability that the direction is right.")
    score: Number = Field(description="Expected return over cash by its standard deviation.")
    mean: Number = Field(description="Forecast return over the horizon.")
    low: Number = Field(description="Lower end of its interval.")
    high: Number = Field(description="Upper end of its interval.")
    ended: date | None = Field(description="The session its horizon ended at; none: not yet.")
    realised: Number = Field(description="Return from the next trade over the horizon.")
    right: bool | None = Field(description="Whether a position of that direction beat cash.")


class NoSignals(InputError):
    """The history was asked for before there was any."""

    code = "no_signals"

    def __init__(self) -> None:
        super().__init__("no signals yet; `forefolio signals` makes them")


class SignalHistory(Result):
    """The signals of all earlier answers, the latest first."""

    kind: Literal["signal_history"] = "signal_history"
    signals: tuple[PastSignal, ...] = Field(description="One for each date, question and asset.")


class SignalHistoryStudy(StudyDocument):
    """List the signals that were given before, and what came of them.

    Of a question that was asked twice about a date the last answer counts. What came of a signal is
    read from the data as they are now, whatever `end` its question had.

    >>> import forefolio as ff
    >>> ff.SignalHistoryStudy(tickers="AAPL, KO").tickers  # ff.ask(...) lists what was given before
    ('AAPL', 'KO')
    """

    path: ClassVar[str] = "signals/history"
    command: ClassVar[str] = "signals --history"
    result: ClassVar[type[SignalHistory]] = SignalHistory
    stages: ClassVar[Mapping[str, float]] = {"history": 100}
    stored: ClassVar[bool] = False

    kind: Literal["signal_history"] = "signal_history"
    tickers: Words = Field((), description="Only these; none: all.")
    horizon: DaysAhead | None = Field(None, description="Only this many sessions ahead.")

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:  # noqa: ARG003
        """Nothing: a history is of all answers there are."""
        return {}

    def job(self, place: Place) -> Job[SignalHistory]:
        """Read every earlier answer, and the prices since.

        Raises:
            NoSignals: there are none.
        """
        yield Started(stage="history", total=1)
        answers = [one for one in place.earlier("signals") if isinstance(one, Signals)]
        if not answers:
            raise NoSignals
        rows = sorted(_rows(answers), key=lambda row: row.made, reverse=True)
        yield Progress(stage="history", done=1, total=1)
        newest = max(answers, key=lambda one: one.as_of)
        wanted = {ticker.upper() for ticker in self.tickers}
        return SignalHistory(
            as_of=newest.as_of,
            data=newest.data,
            signals=tuple(
                row
                for row in rows
                if row.ticker in (wanted or {row.ticker}) and self.horizon in (None, row.horizon)
            ),
        )


def _rows(answers: Iterable[Signals]) -> Iterator[PastSignal]:
    """The signals of the last answer to each question about each date; `answers`: newest first."""
    latest: dict[tuple[date, str], Signals] = {}
    for one in answers:
        latest.setdefault((one.as_of, _question(one.study)), one)
    markets: dict[str, Market | None] = {}
    for one in latest.values():
        data = Data.model_validate({name: one.study["data"][name] for name in OF_DATA})
        if data.digest not in markets:
            markets[data.digest] = _now(data)
        yield from (_outcome(one, each, markets[data.digest]) for each in one.signals)


def _question(study: Mapping[str, Any]) -> str:
    """A question whatever its last session was."""
    return content_digest(repr({**study, "data": {**study["data"], "end": None}}))


def _now(data: Data) -> Market | None:
    """The prices as they are now; none if they have gone, and what came of a signal with them."""
    job = data.read()
    try:
        while True:
            next(job)
    except StopIteration as stop:
        market: Market = stop.value.market
        return market
    except DataError:
        return None


def _outcome(answer: Signals, signal: AssetSignal, market: Market | None) -> PastSignal:
    realised, ended = _return(market, signal.ticker, answer.as_of, answer.horizon)
    sign = SIGNS[signal.direction]
    right = None if realised is None or not sign else sign * (realised - answer.cash_return) > 0
    return PastSignal(
        made=answer.as_of,
        horizon=answer.horizon,
        **{name: getattr(signal, name) for name in COPIED},
        ended=ended,
        realised=realised,
        right=right,
    )


def _return(
    market: Market | None, ticker: str, made: date, horizon: int
) -> tuple[float | None, date | None]:
    """The return from the next trade over the horizon, and its last session; none: not ended."""
    if market is None or ticker not in market.assets:
        return None, None
    session = np.datetime64(made)
    row = int(np.searchsorted(market.sessions, session))
    last = row + 1 + horizon
    if last >= len(market) or market.sessions[row] != session:
        return None, None
    realised = ForwardReturn(horizon=horizon)(market.select([ticker]))[row, 0]
    ended: date = market.sessions[last].astype(object)
    return (float(realised) if np.isfinite(realised) else None), ended
