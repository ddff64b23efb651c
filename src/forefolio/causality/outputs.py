"""The output of each kind of component at a cut, in a form that can be compared.

An output is a table of sessions and columns: a feature's values by session and asset, a
forecaster's means, deviations and quantiles, a strategy's weights.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from forefolio.causality.memory import fresh
from forefolio.core.errors import DataError, InputError, LookAhead
from forefolio.core.events import finish
from forefolio.core.units import Array, Dates, Flags
from forefolio.features import RSI, Feature, PriceMomentum, Reversal, Volatility, compute
from forefolio.forecast import Dataset, Forecaster, ForecastPanel
from forefolio.forecast.base import JointForecaster, Predictor
from forefolio.forecast.targets import ForwardReturn, Target, build_dataset
from forefolio.market import Market
from forefolio.market.calendar import Rows
from forefolio.risk import AnyCovariance, RiskModel
from forefolio.signals import SignalEngine, Sizing
from forefolio.strategy import Strategy

FITTED_BEFORE = 4  # a forecaster is fitted this many rows before the cut
HORIZONS = (5, 21)
RECENT = 21  # sessions: what traded in them still trades
DECIDES_EVERY = 21
LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
NORMAL = np.array([-1.645, -0.674, 0.0, 0.674, 1.645])  # the same, of a normal distribution
# A forecaster predicts more rows where sessions follow, and matrix products round differently with
# the number of rows. Every other kind has the same rows in both cases.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Output:
    """The output of a component for R sessions and C columns."""

    sessions: Dates  # (R,)
    columns: tuple[str, ...]  # (C,)
    values: Array  # (R, C)


Evaluator: TypeAlias = Callable[[Any, Market, int], Output]
"""Computes the output after `cut` rows, given a market that may go on after them."""

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


# -- one evaluator for each kind of component ------------------------------------------------------


def evaluator_of(component: Any, market: Market) -> tuple[Evaluator, float]:
    """The evaluator of such a component, and the rounding error of its output.

    Raises:
        InputError: it is none of the kinds that can be checked.
    """
    if isinstance(component, type):
        raise InputError(f"{component.__name__} is a class; give one: {component.__name__}(...)")
    if isinstance(component, Strategy):
        return _decisions, 0.0
    if isinstance(component, Forecaster):
        return _forecasts, ROUNDING
    if isinstance(component, SignalEngine):
        return _signals, 0.0
    if isinstance(component, Sizing):
        return _sizes, 0.0
    if is_target(component, market):
        return _labels, 0.0
    if isinstance(component, Feature):
        return _feature_values, 0.0
    if not callable(component):
        raise InputError(
            f"{name_of(component)} is no feature, target, forecaster, risk model or strategy: it "
            "cannot be called with a market, has no `fit` and no `size`, and not both `name` and "
            "`prepare`"
        )
    return (_covariances if _is_risk_model(component, market) else _feature_values), 0.0


def is_target(component: Any, market: Market) -> TypeGuard[Target]:
    """Whether it gives labels; a risk model may have a horizon as well."""
    others = Strategy | Forecaster | SignalEngine | Sizing
    if not isinstance(component, Target) or isinstance(component, others):
        return False
    return not _is_risk_model(component, market)


def _is_risk_model(component: Any, market: Market) -> bool:
    try:
        return isinstance(fresh(component)(_trading(market)), AnyCovariance)
    except Exception:  # noqa: BLE001 - it fails again in the check, which reports it
        return False


def _feature_values(feature: Callable[[Market], Array], market: Market, cut: int) -> Output:
    missing = set(getattr(feature, "needs", ())) - market.columns
    if missing:
        raise DataError(
            f"{name_of(feature)} needs {', '.join(sorted(missing))}; give such a market"
        )
    values = feature(market)
    if not isinstance(values, np.ndarray):
        raise DataError(
            f"{name_of(feature)} gives a {type(values).__name__}, must give a numpy array "
            "(sessions, assets); a frame's `.to_numpy()` is one"
        )
    if values.shape != market.close.shape:
        raise DataError(
            f"{name_of(feature)} has shape {values.shape}, must be {market.close.shape}: "
            "sessions, assets"
        )
    return Output(sessions=market.sessions[:cut], columns=market.assets, values=values[:cut])


def _labels(target: Target, market: Market, cut: int) -> Output:
    """Labels that had ended by the cut; when the market ends there the others must be unknown."""
    values = target(market)[:cut].copy()
    if len(market) > cut:
        values[max(cut - 1 - target.horizon, 0) :] = np.nan
    return Output(sessions=market.sessions[:cut], columns=market.assets, values=values)


def _covariances(model: RiskModel, market: Market, cut: int) -> Output:
    output = model(_trading(market[:cut]))
    at = np.repeat(market.sessions[cut - 1], len(output.assets))
    return Output(sessions=at, columns=output.assets, values=output.matrix)


def _forecasts(model: Forecaster, market: Market, cut: int) -> Output:
    """Fitted a few rows before the cut, what is forecast at each row from there to the cut.

    A model that fits several horizons jointly is checked both ways, as the walk fits it jointly.
    """
    data = [_dataset(market, horizon) for horizon in HORIZONS]
    fitted = max(cut - FITTED_BEFORE, 1)
    available = [each.as_of(fitted) for each in data]
    cases = [("", model.fit(available[0]), data[0])]
    if isinstance(model, JointForecaster):
        jointly = model.fit_jointly(available)
        cases += [
            (f", {each.horizon} sessions jointly", predictor, each)
            for predictor, each in zip(jointly, data, strict=True)
        ]
    rows = cut - fitted + 1
    output = [_forecast(name_of(model), *each, fitted) for each in cases]
    return Output(
        sessions=market.sessions[fitted - 1 : cut],
        columns=tuple(column for columns, _ in output for column in columns),
        values=np.hstack([values[:rows] for _, values in output]),
    )


def _forecast(
    model: str, how: str, predictor: Predictor, data: Dataset, fitted: int
) -> tuple[list[str], Array]:
    """The columns of a forecast since row `fitted` - 1, and their values."""
    cases = len(data) - fitted + 1
    panel = predictor.predict(data, rows=cases)
    if panel.mean.shape != (cases, len(data.assets)):
        raise DataError(
            f"{model} was asked for the last {cases} rows of {len(data.assets)} assets, and "
            f"forecast {panel.mean.shape}; `predict(data, rows)` must give every one of them"
        )
    _dated(model, panel.sessions, data.sessions[-cases:])
    parts = {"mean": panel.mean, "std": panel.std}
    parts |= {
        f"quantile {level:g}": each
        for level, each in zip(panel.levels, panel.quantiles, strict=True)
    }
    columns = [f"{asset} ({part}{how})" for part in parts for asset in data.assets]
    return columns, np.hstack(list(parts.values()))


def _dated(model: str, output: Dates, cases: Dates) -> None:
    """Whether forecasts are dated by the session at whose close they were made."""
    for got, expected in zip(output, cases, strict=True):
        if got < expected:
            raise LookAhead(
                model,
                at=(str(got), "its sessions"),
                cut=str(expected),
                how="dates",
                change=(np.nan, np.nan),
                message=f"its forecast from the close of {expected} is dated {got}",
            )
        if got > expected:
            raise DataError(
                f"{model} was asked at {expected} and dates its forecast {got}; a panel's sessions "
                "are those of its data"
            )


def _dataset(market: Market, horizon: int) -> Dataset:
    features = (Reversal(), PriceMomentum(), Volatility(window=21), RSI())
    return build_dataset(market, compute(features, market), ForwardReturn(horizon=horizon))


def _decisions(strategy: Strategy, market: Market, cut: int) -> Output:
    """The weights of a few decisions up to the cut, each holding those of the one before.

    A decision that fails is NaN, and as in a backtest the weights stay.
    """
    sessions = market.sessions[_decision_rows(cut)]
    with _Inline() as executor:
        policy = finish(strategy.prepare(market, sessions, executor))
    weights, decisions = np.zeros(len(market.assets)), []
    for session in sessions:
        try:
            weights = policy(market.as_of(session), weights).weights
            decisions.append(weights)
        except DataError:
            decisions.append(np.full(len(weights), np.nan))
    return Output(sessions=sessions, columns=market.assets, values=np.array(decisions))


def _sizes(sizing: Sizing, market: Market, cut: int) -> Output:
    return _signals(SignalEngine(sizing=sizing), market, cut)


def _signals(engine: SignalEngine, market: Market, cut: int) -> Output:
    """The signals at a few closes up to the cut, from forecasts that go on after it."""
    forecasts, sessions = _simple_forecasts(market), market.sessions[_decision_rows(cut)]
    output = [engine.signal(forecasts, market.as_of(session)) for session in sessions]
    parts = ("confidence", "direction", "size")
    return Output(
        sessions=sessions,
        columns=tuple(f"{asset} ({part})" for part in parts for asset in market.assets),
        values=np.array([np.concatenate([getattr(s, part) for part in parts]) for s in output]),
    )


def _simple_forecasts(market: Market) -> ForecastPanel:
    """Forecasts by a tenth of momentum, each from what was known then."""
    available = compute((PriceMomentum(window=63, skip=0), Volatility(window=21)), market)
    data = build_dataset(market, available, ForwardReturn(horizon=5))
    mean, std = 0.1 * data.x[..., 0], data.x[..., 1] * np.sqrt(data.horizon)
    panel = ForecastPanel.of(data, mean, std)
    quantiles = panel.mean + NORMAL[:, None, None] * panel.std
    return replace(panel, levels=LEVELS, quantiles=quantiles)


def _decision_rows(cut: int) -> Rows:
    """The rows of a few closes, the last of them just before the cut."""
    first = max((cut - 1) % DECIDES_EVERY, cut - 1 - 2 * DECIDES_EVERY)
    return np.arange(first, cut, DECIDES_EVERY)


def _trading(market: Market) -> Market:
    alive: Flags = np.asarray(np.isfinite(market.close[-RECENT:]).any(axis=0))
    if alive.all():
        return market
    return market.select([asset for asset, on in zip(market.assets, alive, strict=True) if on])


def name_of(component: Any) -> str:
    """What messages call a component."""
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
