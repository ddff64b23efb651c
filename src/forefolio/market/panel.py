"""`Market`: prices and series as of the close of its last session."""

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from forefolio.core.component import content_digest
from forefolio.core.errors import DataError, UnknownTicker
from forefolio.core.lazy import lazy
from forefolio.core.shown import Shown
from forefolio.core.units import Array, Dates, Flags, read_only
from forefolio.market.calendar import rows_per_year
from forefolio.market.causal import KeptPanels, causal_by_asset
from forefolio.market.own_sessions import CLOSED, own_growth, silent_rows
from forefolio.store.arrays import keep_arrays, map_arrays

pandas: Any = lazy("pandas")

BARS = ("open", "high", "low", "close", "volume", "traded_close")
WHOLE = 0.99  # of an asset's sessions: on so many it is measured by its own record
RATES = ("cash", "risk_free")  # series that are earned session by session: they compound


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Market(Shown):
    """Adjusted prices of N assets over T sessions, and series of the market as a whole.

    Row t is available after the close of session t; NaN means the asset did not trade. A column the
    source does not have is None. Returns are made from adjusted prices; their level at t depends on
    dividends paid later, so it is no money: `price` is. `series` holds (T,) arrays such as the
    benchmark's level, rates or the VIX, each with its publication lag.

    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=1, sessions=500, assets=3)
    >>> past = market.as_of(market.sessions[99])
    >>> past.close.shape, past.returns.shape
    ((100, 3), (100, 3))

    A session of the market is one on which any of its assets trades; an asset's own sessions are
    those on which it does. `periods_per_year` counts the first, `sessions_per_year` the second: a
    fact of each asset's exchange, the same at every row, and the market's where it is not given.
    """

    sessions: Dates  # (T,) days
    assets: tuple[str, ...]
    close: Array  # (T, N) adjusted price
    open: Array | None = None
    high: Array | None = None
    low: Array | None = None
    volume: Array | None = None  # (T, N) shares, in units of the last session
    traded_close: Array | None = None  # (T, N) what was paid for such a share, where it is known
    series: Mapping[str, Array] = field(default_factory=dict)  # name: (T,)
    sectors: tuple[str, ...] = ()  # (N,), "" where unknown
    periods_per_year: float
    sessions_per_year: tuple[float, ...] = ()  # (N,) own ones
    home: Path | None = None  # where the arrays are mapped from, if saved
    panels: KeptPanels = field(default_factory=KeptPanels, init=False)  # of one in memory
    _longer: "Market | None" = field(default=None, init=False)  # what it was cut from
    _as_saved: bool = field(default=False, init=False)  # it is all that lies at home, and no more
    chosen_from: "ChosenAssets | None" = field(default=None, init=False)  # if of another

    def __post_init__(self) -> None:
        shape = (len(self.sessions), len(self.assets))
        for name in BARS:
            bars = getattr(self, name)
            if bars is not None and bars.shape != shape:
                raise DataError(f"{name} has shape {bars.shape}, must be {shape}: sessions, assets")
        for name, values in self.series.items():
            if values.shape != shape[:1]:
                raise DataError(f"series {name} has shape {values.shape}, must be {shape[:1]}")
        if not self.sectors:
            object.__setattr__(self, "sectors", ("",) * len(self.assets))
        if not self.sessions_per_year:
            every = (float(self.periods_per_year),) * len(self.assets)
            object.__setattr__(self, "sessions_per_year", every)
        if len(self.sessions_per_year) != shape[1]:
            raise DataError(f"{len(self.sessions_per_year)} sessions a year for {shape[1]} assets")
        read_only(self.sessions, *(getattr(self, n) for n in BARS), *self.series.values())

    def __len__(self) -> int:
        return len(self.sessions)

    def to_frame(self) -> Any:
        """Adjusted closes as a pandas frame: a row per session, a column per asset."""
        index = pandas.DatetimeIndex(self.sessions, name="date")
        return pandas.DataFrame(np.array(self.close), index=index, columns=list(self.assets))

    # -- the past ------------------------------------------------------------------------------

    def as_of(self, session: np.datetime64 | str) -> Self:
        """The market up to the close of `session` and nothing later: a view, not a copy."""
        day = np.asarray(session, dtype="datetime64[D]")
        return self[: int(np.searchsorted(self.sessions, day, side="right"))]

    def __getitem__(self, rows: slice) -> Self:
        if rows.start or rows.step not in (None, 1):
            raise DataError("a market is cut at its end only; load it from a later start instead")
        past = self._with(lambda bars: bars[rows], sessions=self.sessions[rows])
        object.__setattr__(past, "_longer", self._longer or self)
        return past

    def whole(self) -> Self:
        """The market that this is a past of, for what is made of all its rows at once.

        Only what is `causal` may ask for it: row t of that depends on no later row.
        """
        whole: Self = self._longer or self  # type: ignore[assignment]
        return whole

    def select(self, assets: Sequence[str]) -> Self:
        """The same sessions for some of the assets.

        Raises:
            UnknownTicker: if one of `assets` is not in this market.
        """
        place = {asset: column for column, asset in enumerate(self.assets)}
        unknown = [a for a in assets if a not in place]
        if unknown:
            raise UnknownTicker(unknown, self.assets, "this market")
        columns = [place[a] for a in assets]
        chosen = self._with(
            lambda bars: bars[:, columns] if bars.ndim == 2 else bars,
            assets=tuple(assets),
            sectors=tuple(self.sectors[c] for c in columns),
            sessions_per_year=tuple(self.sessions_per_year[c] for c in columns),
            home=None,
        )
        here = ChosenAssets(self, np.array(columns, dtype=np.intp))
        object.__setattr__(chosen, "chosen_from", here)
        return chosen

    def on(self, rows: Flags) -> Self:
        """The same assets on some of the sessions: those where `rows` (T,) is True.

        Returns run from one of these closes to the next; cash rates are compounded in between.
        A bar is that of its own session.
        """
        if rows.all():
            return self
        periods, own = self._pace(rows)
        return self._with(
            lambda bars: bars[rows],
            sessions=self.sessions[rows],
            series={name: _earned(name, values, rows) for name, values in self.series.items()},
            periods_per_year=periods,
            sessions_per_year=tuple(own.tolist()),
            home=None,
        )

    def _pace(self, rows: Flags) -> tuple[float, Array]:
        """Sessions a year of some of the sessions, and own ones (N,) among them."""
        span = slice(int(rows.argmax()), None)
        traded, among = np.isfinite(self.close[span]), rows[span]
        count, kept = traded.sum(axis=0), traded[among].sum(axis=0)
        share = np.divide(kept, count, out=np.ones(len(count)), where=count > 0)
        whole = (share > WHOLE) & (kept > 0)  # such an asset is measured by its own record
        own = np.array(self.sessions_per_year) * np.where(share > WHOLE, 1.0, share)
        if whole.any():
            return rows_per_year(traded[among][:, whole], own[whole]), own
        return self.periods_per_year * float(among.mean()), own

    def while_open(self, among: Flags) -> Self:
        """The same assets on the sessions on which one of `among` (N,) trades."""
        return self.on(np.asarray(self.traded[:, among].any(axis=1))) if among.any() else self

    def with_series(self, **series: Array) -> Self:
        """The same market with more series (T,), each available at the close of its row."""
        return self._with(lambda bars: bars, series={**self.series, **series}, home=None)

    def _with(self, cut: Any, **changed: Any) -> Self:
        bars = {n: getattr(self, n) for n in BARS}
        values = {n: None if b is None else cut(b) for n, b in bars.items()}
        rest = {
            "sessions": self.sessions,
            "assets": self.assets,
            "series": {n: cut(s) for n, s in self.series.items()},
            "sectors": self.sectors,
            "periods_per_year": self.periods_per_year,
            "sessions_per_year": self.sessions_per_year,
            "home": self.home,
        }
        return type(self)(**{**values, **rest, **changed})

    # -- what follows from the prices ------------------------------------------------------------

    @property
    def columns(self) -> frozenset[str]:
        """Names of the bar columns and series this market has, and "sectors" if any is known."""
        sectors = {"sectors"} if any(self.sectors) else set()
        return frozenset(n for n in BARS if getattr(self, n) is not None) | {*self.series, *sectors}

    @property
    def returns(self) -> Array:
        """Simple returns (T, N): an asset's close over its own close before, however long ago.

        NaN where it did not trade; the move of a halt or a holiday is booked where it trades again,
        so that returns compounded over any stretch are the ratio of its prices.
        """
        return _own_returns(self)

    @property
    def held_returns(self) -> Array:
        """Returns (T, N) of holding an asset: zero while it is closed or halted.

        NaN until it has a return, and after its last close once it is `silent`.
        """
        returns = self.returns
        finite = np.isfinite(returns)
        if finite[1:].all():
            return returns
        begun = np.logical_or.accumulate(finite, axis=0)
        rows = np.arange(len(returns))[:, None]
        since, silent = self.silence
        gone = (rows > len(returns) - 1 - since) & silent
        return np.where(finite, returns, np.where(begun & ~gone, 0.0, np.nan))

    @property
    def traded(self) -> Flags:
        """Sessions on which an asset traded (T, N)."""
        return np.isfinite(self.close)

    @property
    def silent(self) -> Flags:
        """Assets (N,) without a close for longer than their exchange is ever closed.

        More than ten of their own sessions: halted, or gone for good, which only later sessions
        tell. What is not silent is closed for a holiday, a weekend or a short stop: it is alive.
        """
        return self.silence[1]

    @property
    def silence(self) -> tuple[Array, Flags]:
        """How many rows (N,) before the last each asset has its last close; is it `silent` (N,)."""
        since = silent_rows(self.close)
        return since, np.asarray(since * self.share_of_sessions > CLOSED)

    @property
    def share_of_sessions(self) -> Array:
        """Own sessions (N,) of each asset for every session of the market.

        It brings what is measured per own session to the market's unit: a mean or a variance times
        this, times `periods_per_year`, is that of a year.
        """
        own = np.array(self.sessions_per_year, dtype=np.float64)
        return np.minimum(own / self.periods_per_year, 1.0)

    @property
    def trade_price(self) -> Array:
        """The price (T, N) an order placed after the previous close gets: the open.

        Where a source has closes only it is the close of that session, a day later than the
        decision: never the close that the decision was made from.
        """
        if self.open is None:
            return self.close
        return np.where(np.isfinite(self.open), self.open, self.close)

    @property
    def price(self) -> Array:
        """Money per share (T, N) at the close: unadjusted where available, else adjusted."""
        return self._price(slice(None))

    def dollar_volume(self, rows: slice = slice(None)) -> Array:
        """Money (T, N) traded in the sessions `rows`; NaN where the volume is unknown."""
        price = self._price(rows)
        return np.full(price.shape, np.nan) if self.volume is None else self.volume[rows] * price

    def _price(self, rows: slice) -> Array:
        if self.traded_close is None:
            return self.close[rows]
        paid = self.traded_close[rows]
        return np.where(np.isfinite(paid), paid, self.close[rows])

    # -- by name -----------------------------------------------------------------------------------

    @property
    def digest(self) -> str:
        """Name this market by its content, wherever that lies."""
        if self.home is not None and self._as_saved:
            return self.home.name
        parts: list[Any] = [self.sessions, json.dumps(self._meta())]
        for name in BARS:
            bars = getattr(self, name)
            parts.append(b"" if bars is None else bars)
        parts += self.series.values()
        return content_digest(*parts)

    @property
    def is_mapped(self) -> bool:
        """Whether every one of its bars is mapped from a file, by which it may be named."""
        bars = (getattr(self, name) for name in BARS)
        return self.home is not None and all(b is None or isinstance(b, np.memmap) for b in bars)

    @property
    def origin(self) -> tuple[Hashable, ...]:
        """What names the bars of a mapped market, whatever series it has beside them."""
        bars = (getattr(self, name) for name in BARS)
        files = (None if one is None else one.filename for one in bars)
        return (*files, self.periods_per_year, self.sessions_per_year)

    def _meta(self) -> dict[str, Any]:
        return {
            "assets": self.assets,
            "sectors": self.sectors,
            "series": list(self.series),
            "periods_per_year": self.periods_per_year,
            "sessions_per_year": self.sessions_per_year,
        }

    def save(self, parent: Path) -> Self:
        """Write the arrays under `parent`, named by content, and return the market mapped there."""
        home = parent / self.digest
        bars = {name: getattr(self, name) for name in BARS}
        series = {f"series{i}": values for i, values in enumerate(self.series.values())}
        present = {name: values for name, values in bars.items() if values is not None}
        keep_arrays(home, {"sessions": self.sessions, **present, **series}, self._meta())
        mapped: dict[str, Any] = {n: b for n, b in present.items() if isinstance(b, np.memmap)}
        return replace(type(self).load(home), **mapped)._named()  # none of them is mapped twice

    @classmethod
    def load(cls, home: Path) -> Self:
        """Map a saved market.

        Raises:
            StoreError: something in the folder is missing or damaged.
        """
        arrays, meta = map_arrays(home)
        return cls(
            sessions=arrays["sessions"],
            assets=tuple(meta["assets"]),
            sectors=tuple(meta["sectors"]),
            series={name: arrays[f"series{i}"] for i, name in enumerate(meta["series"])},
            periods_per_year=meta["periods_per_year"],
            sessions_per_year=tuple(meta["sessions_per_year"]),
            home=home,
            **dict[str, Any]({name: arrays.get(name) for name in BARS}),
        )._named()

    def _named(self) -> Self:
        """The same, which is known by the name of its home."""
        object.__setattr__(self, "_as_saved", True)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """A saved market travels to other processes by name, not by value."""
        if self.home is not None:
            return _reopen, (type(self), self.home, len(self))
        names = ("sessions", "assets", *BARS, "sectors", "periods_per_year", "sessions_per_year")
        values = {name: getattr(self, name) for name in names}
        return _rebuild, (type(self), {**values, "series": dict(self.series)})


@dataclass(frozen=True, slots=True)
class ChosenAssets:
    """Where some assets were chosen from: the market, and their places (M,) in it."""

    market: Market
    columns: NDArray[np.intp]

    def columns_of(self, panel: Any) -> Array:
        """The columns (T, M) of a panel of that market."""
        return np.asarray(np.take(panel, self.columns, axis=1))


@causal_by_asset
def _own_returns(market: Market) -> Array:
    return own_growth(market.close)


def _rebuild(cls: type[Market], values: dict[str, Any]) -> Market:
    return cls(**values)


def _reopen(cls: type[Market], home: Path, rows: int) -> Market:
    return cls.load(home)[:rows]


def _earned(name: str, values: Array, rows: Flags) -> Array:
    """A series (T,) on some of the sessions; a rate is compounded over those left out."""
    if name not in RATES:
        return values[rows]
    grown = np.cumprod(1.0 + np.nan_to_num(values))[rows]
    earned = grown / np.concatenate([[1.0], grown[:-1]]) - 1.0
    return np.where(np.isfinite(values[rows]), earned, np.nan)
