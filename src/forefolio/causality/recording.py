"""Which series a component reads: a market that records the reads of its series."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from typing import Any

from forefolio.market import BARS, Market


@dataclass(frozen=True, slots=True, kw_only=True)
class CausalityReport:
    """The result of a passed look-ahead check."""

    component: str
    sessions: int  # of the market that it was checked on
    cuts: tuple[int, ...]  # numbers of rows after which it had an output
    series: tuple[str, ...]  # that it read; all of them if it iterated over all
    missing: tuple[str, ...]  # that it asked for and the market does not have


@dataclass(slots=True)
class Log:
    """The names of series that were read, and of those that are not there."""

    read: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


_LOG: ContextVar[Log | None] = ContextVar("_LOG", default=None)


@contextmanager
def recording() -> Iterator[Log]:
    """Record the series that are read of markets made by `recorded`."""
    token = _LOG.set(log := Log())
    try:
        yield log
    finally:
        _LOG.reset(token)


def recorded(market: Market) -> Market:
    """The same market, which records the series that are read by name."""
    return _RecordedMarket(
        **{each.name: getattr(market, each.name) for each in fields(market) if each.init}
    )


class _RecordedMarket(Market):
    __slots__ = ()

    def __post_init__(self) -> None:
        Market.__post_init__(self)
        object.__setattr__(self, "series", _RecordedSeries(self.series))


class _RecordedSeries(dict[str, Any]):
    def __getitem__(self, name: str) -> Any:
        self._record(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._record(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Like that of a dict, but recorded."""
        self._record(name)
        return super().get(name, default)

    def _record(self, name: object) -> None:
        log = _LOG.get()
        if log is not None and isinstance(name, str) and name not in BARS:
            (log.read if super().__contains__(name) else log.missing).add(name)
