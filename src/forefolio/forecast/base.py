"""The types every forecast is made of: data, model, fitted model, forecasts.

1. A `Dataset` holds features and labels as they were known at one close. A label that has not
   happened yet is NaN, so that no purge parameter is needed (de Prado 2018, chapter 7).
2. A `Forecaster` is the settings of a model; `fit` learns from the known labels and returns a
   `Predictor`.
3. A `Predictor` forecasts at each of the last `rows` sessions, from what was known at each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from forefolio.core.lazy import lazy
from forefolio.core.market_argument import insist_on_market, takes_market
from forefolio.core.shown import Shown
from forefolio.core.units import Array, Dates, Flags, read_only
from forefolio.market import Market
from forefolio.market.own_sessions import CLOSED

pandas: Any = lazy("pandas")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Features (T, N, F) and labels (T, N) known at the close of the market's last session.

    `y` is the target over the `horizon` sessions from the trade after the close of row t;
    NaN where it is not known yet.

    >>> import numpy as np
    >>> from forefolio.forecast import Dataset
    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=0, sessions=40, assets=2)
    >>> y = np.ones((40, 2))
    >>> data = Dataset(market=market, x=np.zeros((40, 2, 1)), names=("flat",), y=y, horizon=5)
    >>> np.isnan(data.as_of(30).y[-6:]).all()  # 5 + 1 labels are not known at the 30th close
    np.True_
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

    @classmethod
    def of_prices(cls, market: Market, horizon: int) -> Self:
        """The dataset of a model that needs prices alone: no features, and no label known."""
        shape = market.close.shape
        unknown = np.broadcast_to(np.nan, shape)
        return cls(market=market, x=np.empty((*shape, 0)), names=(), y=unknown, horizon=horizon)

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
        """The number of sessions (N,) on which each asset trades within the horizon, on average.

        The horizon counts the market's sessions; an asset that is closed on some of them has
        fewer. It scales what is measured per session of the asset to the horizon.
        """
        expected_sessions: Array = self.horizon * self.market.share_of_sessions
        return expected_sessions

    @property
    def usable(self) -> Flags:
        """Rows and assets (T, N) to learn from: the label and every feature are finite."""
        usable: Flags = np.isfinite(self.y) & np.isfinite(self.x).all(axis=-1)
        return usable

    def as_of(self, rows: int) -> Self:
        """The dataset as it was known after the close of row `rows - 1`.

        Features are causal, so slicing equals computing afresh (a contract test holds it);
        labels that had not ended by then become NaN.
        """
        y = self.y[:rows]
        if any(y.strides):  # else it is one number, of `of_prices`: nothing is known anyway
            y = y.copy()
            y[max(rows - 1 - self.horizon, 0) :] = np.nan
        return replace(self, market=self.market[:rows], x=self.x[:rows], y=y)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Forecast(Shown):
    """Forecast of simple returns over `horizon` sessions, for N assets, made at one close.

    The horizon starts with the trade after the close of `made`. `mean`, `std` and `quantiles` are
    fractions over the horizon (0.01 is 1 %), not annual.

    >>> import numpy as np
    >>> forecast = Forecast(made=np.datetime64("2020-01-02"), horizon=21, assets=("A", "B"),
    ...                     mean=np.array([0.01, 0.02]), std=np.array([0.05, 0.08]))
    >>> forecast.select(np.array([False, True])).assets
    ('B',)
    """

    made: np.datetime64
    horizon: int
    assets: tuple[str, ...]
    mean: Array  # (N,) fraction over the horizon
    std: Array  # (N,)
    levels: Array = field(default_factory=lambda: np.empty(0))  # (Q,) probabilities
    quantiles: Array = field(default_factory=lambda: np.empty((0, 0)))  # (Q, N)

    def __post_init__(self) -> None:
        read_only(self.mean, self.std, self.levels, self.quantiles)

    def to_frame(self) -> Any:
        """A row per asset: mean, std and, where there are some, the quantiles, as fractions."""
        columns = {"mean": self.mean, "std": self.std}
        columns |= {f"{q:.0%}": self.quantiles[k] for k, q in enumerate(self.levels)}
        return pandas.DataFrame(columns, index=list(self.assets)).rename_axis("ticker")

    def select(self, among: Flags) -> Self:
        """The forecast of some of the assets: those where `among` (N,) is True."""
        return replace(
            self,
            assets=tuple(a for a, on in zip(self.assets, among, strict=True) if on),
            mean=self.mean[among],
            std=self.std[among],
            quantiles=self.quantiles[:, among] if len(self.levels) else self.quantiles,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ForecastPanel(Shown):
    """Forecasts of N assets at each of R sessions, each from what was known at that close.

    `mean`, `std` and `quantiles` are fractions over `horizon` sessions; NaN where there is none.

    >>> import forefolio as ff
    >>> import numpy as np
    >>> days = np.array(["2024-01-02", "2024-01-03"], dtype="datetime64[D]")
    >>> panel = ff.ForecastPanel(
    ...     sessions=days, horizon=5, assets=("A", "B", "C"),
    ...     mean=np.zeros((2, 3)), std=np.ones((2, 3)),
    ... )
    >>> panel.mean.shape
    (2, 3)
    """

    sessions: Dates  # (R,)
    horizon: int
    assets: tuple[str, ...]
    mean: Array  # (R, N) fraction over the horizon
    std: Array  # (R, N)
    levels: Array = field(default_factory=lambda: np.empty(0))  # (Q,)
    quantiles: Array = field(default_factory=lambda: np.empty((0, 0, 0)))  # (Q, R, N)
    notes: tuple[tuple[str, str], ...] = ()  # asset, which simpler rule was used for it and why

    def __post_init__(self) -> None:
        read_only(self.sessions, self.mean, self.std, self.levels, self.quantiles)

    @classmethod
    def of(cls, data: Dataset, mean: Array, std: Array) -> Self:
        """Forecasts (R, N) of the last R sessions of `data`.

        NaN for an asset that did not trade at a session, or whose mean or std is not finite.
        """
        available = (
            np.isfinite(data.market.close[-len(mean) :]) & np.isfinite(mean) & np.isfinite(std)
        )
        return cls(
            sessions=data.sessions[-len(mean) :],
            horizon=data.horizon,
            assets=data.assets,
            mean=np.where(available, mean, np.nan),
            std=np.where(available, std, np.nan),
        )

    def __len__(self) -> int:
        return len(self.sessions)

    def to_frame(self) -> Any:
        """Forecasts of the mean: a row per session, a column per asset."""
        index = pandas.DatetimeIndex(self.sessions, name="session")
        return pandas.DataFrame(self.mean, index=index, columns=list(self.assets))

    def noted(self, about: Flags, reason: str) -> Self:
        """The same forecasts with a note: `reason`, for the assets where `about` (N,) is True."""
        named = [a for a, on in zip(self.assets, about, strict=True) if on]
        return replace(self, notes=(*self.notes, *((asset, reason) for asset in named)))

    @takes_market
    def carried(self, market: Market) -> Self:
        """The same; a session on which an asset is closed repeats its last forecast.

        The panel's sessions are the last of `market`. An asset that no longer trades
        (`Market.silent`) keeps NaN.

        Raises:
            InputError: `market` is not a market.
        """
        rows = np.arange(len(self))[:, None]
        available = np.isfinite(self.mean)
        if available.all() or not len(self):
            return self
        last = np.maximum.accumulate(np.where(available, rows, -1), axis=0)
        closed = ~market.traded[-len(self) :] & (last >= 0)
        closed &= (rows - last) * market.share_of_sessions <= CLOSED
        source = np.where(closed, last, rows)

        def of(values: Array) -> Array:
            return np.take_along_axis(values, source, axis=0)

        quantiles = np.array([of(q) for q in self.quantiles]).reshape(self.quantiles.shape)
        return replace(self, mean=of(self.mean), std=of(self.std), quantiles=quantiles)

    @property
    def last(self) -> Self:
        """The forecasts of the last session alone, in arrays of their own."""
        return replace(
            self,
            sessions=self.sessions[-1:],
            mean=self.mean[-1:].copy(),
            std=self.std[-1:].copy(),
            quantiles=self.quantiles[:, -1:].copy(),
        )

    def at(self, session: np.datetime64) -> Forecast:
        """The forecast made after the close of `session`.

        Raises:
            KeyError: no forecast was made then.
        """
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


@runtime_checkable
class Predictor(Protocol):
    """A fitted model."""

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Forecast at each of the last `rows` sessions of `data`, from what was known at each.

        Mean and std have shape (rows, N); NaN where the model has no forecast of an asset.
        """
        ...


@runtime_checkable
class LearntByEpochs(Predictor, Protocol):
    """A fitted model that was trained in epochs."""

    @property
    def losses(self) -> tuple[tuple[float, float], ...]:
        """Of each epoch the mean squared errors on the training and on the validation sessions.

        In squared units of volatility. That of training is of all horizons together.
        """
        ...


def latest(predictor: Predictor, data: Dataset) -> ForecastPanel:
    """The forecast after the last session; for an asset closed then, that of its last session."""
    market = data.market
    since, silent = market.silence
    panel = predictor.predict(data, 1 + int(np.max(since[~silent], initial=0.0))).carried(market)
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
class VolatilityForecaster(Forecaster, Protocol):
    """A forecaster of the standard deviation; its mean is the pooled one."""

    @property
    def forecasts_volatility(self) -> bool:
        """True: the standard deviation is what it forecasts."""
        ...


@runtime_checkable
class JointForecaster(Forecaster, Protocol):
    """A forecaster that fits several horizons at once."""

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """One predictor for each of `data`: the same market and features, other horizons."""
        ...


class OneForAllHorizons:
    """A forecaster whose fit does not depend on the horizon: there is one for all of them."""

    def fit_jointly(self: Forecaster, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """The same at every horizon."""
        return (self.fit(data[0]),) * len(data)


class QuickForecaster(OneForAllHorizons):
    """A forecaster whose forecasts are made in less time than it takes to store many of them."""


def learns_from_features(model: Forecaster) -> bool:
    """Whether a model needs features; one that does not say so by that name may."""
    return bool(getattr(model, "learns_from_features", True))


def fit_each(model: Forecaster, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
    """One predictor for each of `data`, learnt jointly if the model can and one by one if not."""
    if isinstance(model, JointForecaster):
        return model.fit_jointly(data)
    return tuple(model.fit(each) for each in data)
