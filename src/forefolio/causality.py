"""Look-ahead, tested: what was said at a close must not change when the future does.

1. Cut a market at some rows: inside the warm-up, right after a session that some asset missed,
   and anywhere else. Late cuts alone would let a back-fill pass.
2. At each cut hear what the component says when the market ends there.
3. Hear it again with a future: the one that came, one without prices, another one, and one a
   thousand times as large. Whatever it says of the rows before the cut must be the same.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from forefolio.errors import DataError, InputError, LookAhead, NotEnoughHistory
from forefolio.events import finish
from forefolio.features import RSI, Feature, Momentum, Reversal, Volatility, compute
from forefolio.forecast import Dataset, Forecaster, ForecastPanel
from forefolio.forecast.targets import ForwardReturn, Target, build_dataset
from forefolio.market import BARS, Market, simulated_market
from forefolio.market.calendar import Rows
from forefolio.risk import AnyCovariance, RiskModel
from forefolio.signals import SignalEngine, Sizing
from forefolio.strategy import Strategy
from forefolio.units import Array, Dates

Change: TypeAlias = Callable[[Array, np.random.Generator], Array]

FUTURES: dict[str, Change] = {
    "are as they came": lambda bars, _: bars,
    "are without prices": lambda bars, _: np.full(bars.shape, np.nan) if bars.ndim == 2 else bars,
    "are other ones": lambda bars, rng: bars * np.exp(rng.normal(0, 0.3, bars.shape)),
    "are a thousand times as large": lambda bars, _: bars * 1000,
}
FITTED_BEFORE = 4  # a forecaster is fitted this many rows before the cut, and speaks since
DECIDES_EVERY = 21
LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
NORMAL = np.array([-1.645, -0.674, 0.0, 0.674, 1.645])  # the same, of a normal distribution
# Where linear algebra is involved the number of rows may change how a sum is rounded.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Said:
    """What a component says of R sessions and C columns."""

    sessions: Dates  # (R,)
    columns: tuple[str, ...]  # (C,)
    values: Array  # (R, C)


Speaker: TypeAlias = Callable[[Market, int], _Said]
"""Says what is known after `cut` rows, given a market that may go on after them."""

Checked: TypeAlias = (
    Feature
    | Target
    | Forecaster
    | RiskModel
    | Strategy
    | SignalEngine
    | Sizing
    | Callable[[Market], Array]
)
"""What can be checked."""


def check_no_lookahead(
    component: Checked,
    market: Market | None = None,
    cuts: Sequence[int] | None = None,
    seed: int = 0,
) -> None:
    """Check that what `component` says does not depend on what comes later.

    Works on features (any function from a market to (T, N) will do), targets, forecasters, risk
    models, strategies and sizings, by their protocols, and on a `SignalEngine`; the last two are
    given simple forecasts. Without a `market` one is simulated, with holes and a late listing;
    `cuts` are numbers of rows, drawn from `seed` unless given.

    Raises:
        LookAhead: what the component says of some session changes with the sessions after a cut.
        DataError: at none of the cuts does the component say anything, so nothing was checked.
        InputError: `component` is none of these kinds, or a cut is not inside the market.
    """
    market = market or simulated_market(seed, sessions=600, assets=5, holes=0.02)
    speak, tolerance = _speaker(component, market)
    silence: DataError | None = None
    spoke = False
    for cut in cuts or _draw_cuts(market, np.random.default_rng(seed)):
        if not 0 < cut < len(market):
            raise InputError(f"a cut after {cut} of {len(market)} rows leaves nothing to compare")
        try:
            said = speak(_alone(market, cut), cut)
        except NotEnoughHistory as error:
            silence = error
            continue
        spoke |= bool(np.isfinite(said.values).any())
        for how, change in FUTURES.items():
            other = speak(_with_future(market, cut, change, seed), cut)
            _compare(_name(component), said, other, how, tolerance)
    if not spoke:
        raise silence or DataError(
            f"{_name(component)} says nothing at any cut, so nothing was checked; "
            "give a longer market, or other cuts"
        )


# -- cuts and futures ------------------------------------------------------------------------------


def _draw_cuts(market: Market, rng: np.random.Generator) -> list[int]:
    rows = len(market)
    early = rng.integers(2, max(rows // 4, 3), 2)
    late = rng.integers(rows // 2, rows, 2)
    missed = np.flatnonzero(~np.isfinite(market.close[rows // 2 : -1]).all(axis=1)) + rows // 2 + 1
    after_a_hole = rng.choice(missed, min(2, len(missed)), replace=False)
    return sorted({int(cut) for cut in (*early, *late, *after_a_hole)})


def _alone(market: Market, cut: int) -> Market:
    """The first rows in memory of their own, without a future behind them."""
    return _rebuilt(market[:cut], lambda values: values.copy())


def _with_future(market: Market, cut: int, change: Change, seed: int) -> Market:
    rng = np.random.default_rng((seed, cut))
    return _rebuilt(
        market, lambda values: np.concatenate([values[:cut], change(values[cut:], rng)])
    )


def _rebuilt(market: Market, values: Callable[[Array], Array]) -> Market:
    bars = {name: getattr(market, name) for name in BARS}
    changed: dict[str, Any] = {n: values(b) for n, b in bars.items() if b is not None}
    changed["series"] = {name: values(series) for name, series in market.series.items()}
    return replace(market, sessions=market.sessions.copy(), home=None, **changed)


def _compare(component: str, said: _Said, other: _Said, how: str, tolerance: float) -> None:
    before, after = said.values, other.values
    known = np.abs(before[np.isfinite(before)])
    room = tolerance * known.max(initial=0.0)
    with np.errstate(invalid="ignore"):  # inf - inf
        same = (before == after) | (np.abs(before - after) <= room)
    changed = np.argwhere(~(same | (np.isnan(before) & np.isnan(after))))
    if len(changed):
        row, column = changed[0]
        raise LookAhead(
            component,
            at=(str(said.sessions[row]), said.columns[column]),
            cut=str(said.sessions[-1]),
            how=how,
            change=(float(before[row, column]), float(after[row, column])),
        )


# -- how each kind of component speaks -------------------------------------------------------------


def _speaker(component: Any, market: Market) -> tuple[Speaker, float]:
    if isinstance(component, type):
        raise InputError(f"{component.__name__} is a class; give one: {component.__name__}(...)")
    if isinstance(component, Strategy):
        return lambda known, cut: _decides(component, known, cut), ROUNDING
    if isinstance(component, Forecaster):
        return lambda known, cut: _forecasts(component, known, cut), ROUNDING
    if isinstance(component, SignalEngine):
        return lambda known, cut: _signals(component, known, cut), ROUNDING
    if isinstance(component, Sizing):
        engine = SignalEngine(sizing=component)
        return lambda known, cut: _signals(engine, known, cut), ROUNDING
    if isinstance(component, Target):
        return lambda known, cut: _labels(component, known, cut), 0.0
    if isinstance(component, Feature):
        return lambda known, cut: _measures(component, known, cut), 0.0
    if not callable(component):
        raise InputError(
            f"{_name(component)} is no feature, target, forecaster, risk model or strategy: it "
            "cannot be called with a market, has no `fit` and no `size`, and not both `name` and "
            "`prepare`"
        )
    if isinstance(component(_trading(market)), AnyCovariance):
        return lambda known, cut: _fears(component, known, cut), ROUNDING
    return lambda known, cut: _measures(component, known, cut), 0.0


def _measures(feature: Callable[[Market], Array], market: Market, cut: int) -> _Said:
    missing = set(getattr(feature, "needs", ())) - market.columns
    if missing:
        raise DataError(f"{_name(feature)} needs {', '.join(sorted(missing))}; give such a market")
    values = feature(market)
    if not isinstance(values, np.ndarray):
        raise DataError(
            f"{_name(feature)} gives a {type(values).__name__}, must give a numpy array "
            "(sessions, assets); a frame's `.to_numpy()` is one"
        )
    if values.shape != market.close.shape:
        raise DataError(
            f"{_name(feature)} has shape {values.shape}, must be {market.close.shape}: "
            "sessions, assets"
        )
    return _Said(sessions=market.sessions[:cut], columns=market.assets, values=values[:cut])


def _labels(target: Target, market: Market, cut: int) -> _Said:
    """Labels that had ended by the cut; when the market ends there the others must be unknown."""
    values = target(market)[:cut].copy()
    if len(market) > cut:
        values[max(cut - 1 - target.horizon, 0) :] = np.nan
    return _Said(sessions=market.sessions[:cut], columns=market.assets, values=values)


def _fears(model: RiskModel, market: Market, cut: int) -> _Said:
    said = model(_trading(market[:cut]))
    at = np.repeat(market.sessions[cut - 1], len(said.assets))
    return _Said(sessions=at, columns=said.assets, values=said.matrix)


def _forecasts(model: Forecaster, market: Market, cut: int) -> _Said:
    """Fitted a few rows before the cut, what is forecast at each row from there to the cut."""
    data = _dataset(market)
    fitted = max(cut - FITTED_BEFORE, 1)
    predictor = model.fit(data.as_of(fitted))
    asked = len(market) - fitted + 1
    panel = predictor.predict(data, rows=asked)
    if panel.mean.shape != (asked, len(data.assets)):
        raise DataError(
            f"{_name(model)} was asked for the last {asked} rows of {len(data.assets)} assets, and "
            f"forecast {panel.mean.shape}; `predict(data, rows)` must give every one of them"
        )
    rows = cut - fitted + 1
    return _Said(
        sessions=panel.sessions[:rows],
        columns=tuple(f"{asset} ({what})" for what in ("mean", "std") for asset in panel.assets),
        values=np.hstack([panel.mean[:rows], panel.std[:rows]]),
    )


def _dataset(market: Market) -> Dataset:
    features = (Reversal(), Momentum(), Volatility(window=21), RSI())
    return build_dataset(market, compute(features, market), ForwardReturn(horizon=5))


def _decides(strategy: Strategy, market: Market, cut: int) -> _Said:
    """The weights of a few decisions up to the cut, each holding those of the one before."""
    sessions = market.sessions[_asked(cut)]
    with _Inline() as executor:
        policy = finish(strategy.prepare(market, sessions, executor))
    weights = [np.zeros(len(market.assets))]
    for session in sessions:
        weights.append(policy(market.as_of(session), weights[-1]).weights)
    return _Said(sessions=sessions, columns=market.assets, values=np.array(weights[1:]))


def _signals(engine: SignalEngine, market: Market, cut: int) -> _Said:
    """The signals at a few closes up to the cut, from forecasts that go on after it."""
    forecasts, sessions = _simple_forecasts(market), market.sessions[_asked(cut)]
    said = [engine.signal(forecasts, market.as_of(session)) for session in sessions]
    parts = ("confidence", "direction", "size")
    return _Said(
        sessions=sessions,
        columns=tuple(f"{asset} ({part})" for part in parts for asset in market.assets),
        values=np.array([np.concatenate([getattr(s, part) for part in parts]) for s in said]),
    )


def _simple_forecasts(market: Market) -> ForecastPanel:
    """Momentum goes on, a little; each session's from what was known then."""
    known = compute((Momentum(window=63, skip=0), Volatility(window=21)), market)
    data = build_dataset(market, known, ForwardReturn(horizon=5))
    mean, std = 0.1 * data.x[..., 0], data.x[..., 1] * np.sqrt(data.horizon)
    panel = ForecastPanel.of(data, mean, std)
    quantiles = panel.mean + NORMAL[:, None, None] * panel.std
    return replace(panel, levels=LEVELS, quantiles=quantiles)


def _asked(cut: int) -> Rows:
    """The rows of a few closes, the last of them just before the cut."""
    first = max((cut - 1) % DECIDES_EVERY, cut - 1 - 2 * DECIDES_EVERY)
    return np.arange(first, cut, DECIDES_EVERY)


def _trading(market: Market) -> Market:
    alive = np.isfinite(market.close[-1])
    if alive.all():
        return market
    return market.select([asset for asset, on in zip(market.assets, alive, strict=True) if on])


def _name(component: Any) -> str:
    named = getattr(component, "name", None) or getattr(component, "__name__", None)
    return str(named or getattr(component, "kind", type(component).__name__))


class _Inline(Executor):
    """Runs what is submitted at once, in this thread."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - an executor hands every failure to its future
            future.set_exception(error)
        return future
