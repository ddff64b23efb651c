"""What a forecaster is given, what it is, and what it says.

1. A `Dataset` is features and labels as they were known at one close. A label that has not
   happened yet is NaN, so a purge needs no parameter and cannot be forgotten.
2. A `Forecaster` is settings; `fit` learns from the known labels and returns a `Predictor`.
3. A `Predictor` speaks about each of the last `rows` sessions, from what was known at each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, runtime_checkable

import numpy as np

from forefolio.core.market_argument import insist_on_market, takes_market
from forefolio.core.units import Array, Dates, Flags, read_only
from forefolio.market import Market
from forefolio.market.own_sessions import CLOSED, silent_rows

NAMED = 5  # assets that one line names


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Features (T, N, F) and labels (T, N) known at the close of the market's last session.

    `y` is the target over the `horizon` sessions from the trade after the close of row t;
    NaN where it is not known yet.
    """

    market: Market
    x: Array  # (T, N, F)
    names: tuple[str, ...]  # (F,)
    y: Array  # (T, N)
    horizon: int

    def __post_init__(self) -> None:
        insist_on_market(self.market)
        read_only(self.x, self.y)

    def __len__(self) -> int:
        return len(self.market)

    @property
    def sessions(self) -> Dates:
        """The (T,) sessions."""
        return self.market.sessions

    @property
    def assets(self) -> tuple[str, ...]:
        """The (N,) assets."""
        return self.market.assets

    @property
    def own_horizon(self) -> Array:
        """Own sessions (N,) of each asset within the horizon, on average.

        Fewer than the horizon, which is of the market, where others trade when it is closed: what
        is measured per own session is brought to the horizon by this.
        """
        own: Array = self.horizon * self.market.share_of_sessions
        return own

    @property
    def known(self) -> Flags:
        """Rows and assets (T, N) that can be learnt from: label and every feature are known."""
        known: Flags = np.isfinite(self.y) & np.isfinite(self.x).all(axis=-1)
        return known

    def as_of(self, rows: int) -> Self:
        """The dataset as it was known after the close of row `rows - 1`.

        Features are causal, so slicing equals computing afresh (a contract test holds it);
        labels that had not ended by then become NaN.
        """
        y = self.y[:rows].copy()
        y[max(rows - 1 - self.horizon, 0) :] = np.nan
        return replace(self, market=self.market[:rows], x=self.x[:rows], y=y)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """Simple returns expected over `horizon` sessions from the trade after the close of `made`."""

    made: np.datetime64
    horizon: int
    assets: tuple[str, ...]
    mean: Array  # (N,) fraction over the horizon
    std: Array  # (N,)
    levels: Array = field(default_factory=lambda: np.empty(0))  # (Q,) probabilities
    quantiles: Array = field(default_factory=lambda: np.empty((0, 0)))  # (Q, N)

    def __post_init__(self) -> None:
        read_only(self.mean, self.std, self.levels, self.quantiles)

    def select(self, among: Flags) -> Self:
        """The forecast of some of the assets: those where `among` (N,) is True."""
        return replace(
            self,
            assets=tuple(a for a, on in zip(self.assets, among, strict=True) if on),
            mean=self.mean[among],
            std=self.std[among],
            quantiles=self.quantiles[:, among] if len(self.levels) else self.quantiles,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForecastPanel:
    """The forecasts made at each of R sessions, each from what was known then."""

    sessions: Dates  # (R,)
    horizon: int
    assets: tuple[str, ...]
    mean: Array  # (R, N) fraction over the horizon
    std: Array  # (R, N)
    levels: Array = field(default_factory=lambda: np.empty(0))  # (Q,)
    quantiles: Array = field(default_factory=lambda: np.empty((0, 0, 0)))  # (Q, R, N)
    notes: tuple[tuple[str, str], ...] = ()  # asset, what fell back for it, in words

    def __post_init__(self) -> None:
        read_only(self.sessions, self.mean, self.std, self.levels, self.quantiles)

    @classmethod
    def of(cls, data: Dataset, mean: Array, std: Array) -> Self:
        """What is said, (R, N), of the last R sessions of `data`.

        An asset that did not trade at a session, or of which not both numbers are known, has none.
        """
        said = np.isfinite(data.market.close[-len(mean) :]) & np.isfinite(mean) & np.isfinite(std)
        return cls(
            sessions=data.sessions[-len(mean) :],
            horizon=data.horizon,
            assets=data.assets,
            mean=np.where(said, mean, np.nan),
            std=np.where(said, std, np.nan),
        )

    def __len__(self) -> int:
        return len(self.sessions)

    def noted(self, about: Flags, reason: str) -> Self:
        """The same forecasts, and that `reason` holds for the assets where `about` (N,) is True."""
        named = [a for a, on in zip(self.assets, about, strict=True) if on]
        return replace(self, notes=(*self.notes, *((asset, reason) for asset in named)))

    @takes_market
    def carried(self, market: Market) -> Self:
        """The same, and at sessions on which an asset is closed what was said at its last one.

        The panel's sessions are the last of `market`. An asset that is silent has nothing said.
        """
        rows = np.arange(len(self))[:, None]
        said = np.isfinite(self.mean)
        if said.all() or not len(self):
            return self
        last = np.maximum.accumulate(np.where(said, rows, -1), axis=0)
        closed = ~market.traded[-len(self) :] & (last >= 0)
        closed &= (rows - last) * market.share_of_sessions <= CLOSED
        source = np.where(closed, last, rows)

        def of(values: Array) -> Array:
            return np.take_along_axis(values, source, axis=0)

        quantiles = np.array([of(q) for q in self.quantiles]).reshape(self.quantiles.shape)
        return replace(self, mean=of(self.mean), std=of(self.std), quantiles=quantiles)

    def at(self, session: np.datetime64) -> Forecast:
        """The forecast made after the close of `session`."""
        row = int(np.searchsorted(self.sessions, session))
        if row == len(self) or self.sessions[row] != session:
            raise KeyError(f"no forecast was made at {session}")
        return Forecast(
            made=self.sessions[row],
            horizon=self.horizon,
            assets=self.assets,
            mean=self.mean[row],
            std=self.std[row],
            levels=self.levels,
            quantiles=self.quantiles[:, row] if len(self.levels) else np.empty((0, 0)),
        )


def told(notes: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """One line for each reason of `notes` (asset, reason), with the assets that it holds for."""
    about: dict[str, dict[str, None]] = {}
    for asset, reason in notes:
        about.setdefault(reason, {})[asset] = None
    return tuple(f"{_listed(tuple(assets))}: {reason}" for reason, assets in about.items())


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


@runtime_checkable
class Predictor(Protocol):
    """A fitted model."""

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Forecast at each of the last `rows` sessions of `data`, from what was known at each.

        Mean and std have shape (rows, N); NaN where the model has nothing to say of an asset.
        """
        ...


def latest(predictor: Predictor, data: Dataset) -> ForecastPanel:
    """The forecast after the last session; of an asset closed then, that of its own last one."""
    market = data.market
    since = silent_rows(market.close)[~market.silent]
    panel = predictor.predict(data, 1 + int(np.max(since, initial=0.0))).carried(market)
    return replace(
        panel,
        sessions=panel.sessions[-1:],
        mean=panel.mean[-1:],
        std=panel.std[-1:],
        quantiles=panel.quantiles[:, -1:],
    )


@runtime_checkable
class Forecaster(Protocol):
    """A model's settings; fitting returns a new object and changes nothing."""

    def fit(self, data: Dataset) -> Predictor:
        """Learn from every label known in `data`."""
        ...


@runtime_checkable
class JointForecaster(Forecaster, Protocol):
    """A forecaster that learns what several horizons share only once."""

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """One predictor for each of `data`: the same market and features, other horizons."""
        ...


def fit_each(model: Forecaster, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
    """One predictor for each of `data`, learnt jointly if the model can and one by one if not."""
    if isinstance(model, JointForecaster):
        return model.fit_jointly(data)
    return tuple(model.fit(each) for each in data)
