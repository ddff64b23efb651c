"""The checker, checked: whatever leaks on purpose is caught, whatever does not is let pass."""

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forefolio.causality import check_no_lookahead
from forefolio.core.errors import DataError, InputError, LookAhead, NotEnoughHistory
from forefolio.core.events import Job
from forefolio.core.units import Array, Dates
from forefolio.features import Feature, MacroLevel, PriceMomentum, Volatility
from forefolio.forecast import (
    EWMA,
    BayesianRidge,
    Dataset,
    ForecastPanel,
    ForwardReturn,
    Recipe,
    WalkForward,
)
from forefolio.market import Market, simulated_market
from forefolio.optimize import Allocation, MinimumVariance
from forefolio.risk import Covariance
from forefolio.signals import Signal, SignalEngine
from forefolio.strategy import ForecastDriven, Policy


def full_sample_zscore(market: Market) -> Array:
    close = pd.DataFrame(market.close)
    return np.asarray((close - close.mean()) / close.std())


def centred_window(market: Market) -> Array:
    return np.asarray(pd.DataFrame(market.close).rolling(5, center=True).mean())


def back_filled_before_listing(market: Market) -> Array:
    return np.asarray(pd.DataFrame(market.close).bfill().pct_change(fill_method=None))


def back_filled_holes_only(market: Market) -> Array:
    close = pd.DataFrame(market.close)
    return np.asarray(close.bfill().where(close.ffill().notna()).pct_change(fill_method=None))


def negative_shift(market: Market) -> Array:
    return np.asarray(pd.DataFrame(market.close).pct_change(fill_method=None).shift(-1))


def rank_over_all_time(market: Market) -> Array:
    return np.asarray(pd.DataFrame(market.close).rank(pct=True))


def last_price_known(market: Market) -> Array:
    return np.asarray(market.close / pd.DataFrame(market.close).ffill().to_numpy()[-1])


def tomorrows_vix(market: Market) -> Array:
    vix = market.series["vix"]
    return np.broadcast_to(np.append(vix[1:], np.nan)[:, None], market.close.shape)


def volume_of_the_year(market: Market) -> Array:
    assert market.volume is not None
    years = market.sessions.astype("datetime64[Y]")
    return np.asarray(pd.DataFrame(market.volume).groupby(years).transform("mean"))


@pytest.mark.parametrize(
    "leak",
    [
        full_sample_zscore,
        centred_window,
        back_filled_before_listing,
        back_filled_holes_only,
        negative_shift,
        rank_over_all_time,
        last_price_known,
        tomorrows_vix,
        volume_of_the_year,
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_a_leaking_feature_is_caught(leak: Callable[[Market], Array], seed: int) -> None:
    with pytest.raises(LookAhead, match=f"{leak.__name__} looks ahead"):
        check_no_lookahead(leak, seed=seed)


def test_a_causal_function_passes() -> None:
    check_no_lookahead(lambda market: np.asarray(pd.DataFrame(market.close).expanding().mean()))


def test_the_error_says_what_changed_where_and_when() -> None:
    market = simulated_market(sessions=50, assets=3)
    with pytest.raises(LookAhead) as caught:
        check_no_lookahead(negative_shift, market, cuts=[30])
    error = caught.value
    assert str(error) == (
        f"negative_shift looks ahead: its output for A0 at {market.sessions[29]} changes from nan "
        f"to {market.returns[30, 0]:.6g} when the sessions after {market.sessions[29]} "
        "are the realised ones; 3 of 90 numbers change"
    )
    assert error.code == "look_ahead" and error.about == "A0" and np.isnan(error.change[0])
    assert error.session == error.cut == str(market.sessions[29])


class HalfDoneLabel:
    """Gives a label before its end, from the sessions there are."""

    horizon = 10

    def __call__(self, market: Market) -> Array:
        price = market.trade_price
        end = np.minimum(np.arange(len(price)) + 11, len(price) - 1)
        start = np.minimum(np.arange(len(price)) + 1, len(price) - 1)
        return np.asarray(price[end] / price[start] - 1)


class TooLateALabel(HalfDoneLabel):
    """Covers a session more than its horizon says."""

    def __call__(self, market: Market) -> Array:
        return ForwardReturn(horizon=self.horizon + 1)(market)


@pytest.mark.parametrize("target", [HalfDoneLabel(), TooLateALabel()])
def test_a_label_known_too_early_is_caught(target: HalfDoneLabel) -> None:
    with pytest.raises(LookAhead):
        check_no_lookahead(target)


@dataclass(frozen=True)
class Reads:
    """A forecaster whose mean is whatever `signal` makes of the data it predicts from."""

    signal: Callable[[Dataset], Array]

    def fit(self, data: Dataset) -> "Reads":
        if not np.isfinite(data.y).any():
            raise NotEnoughHistory(10, len(data), "reading")
        return self

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        mean = self.signal(data)[-rows:]
        return ForecastPanel.of(data, mean, np.ones_like(mean))


def _standardised_with_all_rows(data: Dataset) -> Array:
    x = data.x[..., 0]
    return np.asarray((x - np.nanmean(x)) / np.nanstd(x))


def _standardised_with_past_rows(data: Dataset) -> Array:
    x = pd.DataFrame(data.x[..., 0])
    return np.asarray((x - x.expanding().mean()) / x.expanding().std())


def _label(data: Dataset) -> Array:
    return data.y


def _latest_feature(data: Dataset) -> Array:
    return np.broadcast_to(data.x[-1, :, 0], data.y.shape)


def _next_return(data: Dataset) -> Array:
    returns = data.market.returns
    return np.vstack([returns[1:], np.full((1, returns.shape[1]), np.nan)])


@pytest.mark.parametrize(
    "signal", [_standardised_with_all_rows, _label, _latest_feature, _next_return]
)
def test_a_leaking_forecaster_is_caught(signal: Callable[[Dataset], Array]) -> None:
    with pytest.raises(LookAhead, match=r"A\d \(mean\)"):
        check_no_lookahead(Reads(signal))


def test_a_causal_forecaster_passes() -> None:
    check_no_lookahead(Reads(_standardised_with_past_rows))


def _behind(view: Array) -> Array:
    """The array that a view was cut from."""
    base: Any = view
    while isinstance(base.base, np.ndarray):
        base = base.base
    return np.asarray(base)


def _peeking_risk(market: Market) -> Covariance:
    future = _behind(market.close)
    return Covariance(assets=market.assets, matrix=np.cov(np.log(future[1:] / future[:-1]).T))


def test_a_risk_model_that_reads_memory_behind_its_market_is_caught() -> None:
    with pytest.raises(LookAhead):
        check_no_lookahead(_peeking_risk, simulated_market(sessions=300))


@dataclass(frozen=True)
class Buys:
    """A strategy that buys the asset `pick` finds best."""

    pick: Callable[[Market, Market], Array]
    name: str = "buys"

    def prepare(self, market: Market, sessions: Dates, executor: Executor) -> Job[Policy]:
        yield from ()
        assert len(sessions) and executor.submit(len, market).result() == len(market)

        def policy(known: Market, current: Array) -> Allocation:
            score = np.nan_to_num(self.pick(market, known), nan=-1.0)
            weights = 0.5 * current
            weights[np.argmax(score)] += 0.5
            return Allocation(assets=known.assets, weights=weights)

        return policy


def _next_winner(market: Market, known: Market) -> Array:
    return np.asarray(market.returns[min(len(known), len(market) - 1)])


def _all_time_winner(market: Market, known: Market) -> Array:
    return np.asarray(np.nansum(market.returns, axis=0)) + 0 * len(known)


def _past_winner(market: Market, known: Market) -> Array:
    assert len(known) <= len(market)
    return np.asarray(np.nansum(known.returns, axis=0))


@pytest.mark.parametrize("pick", [_next_winner, _all_time_winner])
def test_a_strategy_that_peeks_is_caught(pick: Callable[[Market, Market], Array]) -> None:
    with pytest.raises(LookAhead, match="buys looks ahead"):
        check_no_lookahead(Buys(pick))


def test_a_strategy_that_looks_back_passes() -> None:
    check_no_lookahead(Buys(_past_winner))


@dataclass(frozen=True)
class NextReturn:
    """A feature that leaks, for a strategy to be built on."""

    name: str = "next return"
    needs: tuple[str, ...] = ("close",)

    def __call__(self, market: Market) -> Array:
        return negative_shift(market)


@pytest.mark.slow
@pytest.mark.parametrize(("feature", "leaks"), [(NextReturn(), True), (PriceMomentum(), False)])
def test_a_leak_in_one_feature_is_caught_through_a_whole_strategy(
    feature: Feature, leaks: bool
) -> None:
    recipe = Recipe(
        features=(feature,),
        models=(BayesianRidge(),),
        volatility=(EWMA(),),
        walk=WalkForward(first=252, refit=126),
    )
    strategy = ForecastDriven(recipe=recipe, horizon=5)
    market = simulated_market(sessions=500, assets=4)
    with pytest.raises(LookAhead) if leaks else nullcontext():
        check_no_lookahead(strategy, market, cuts=[430])


def test_a_component_that_never_speaks_is_not_passed_off_as_checked() -> None:
    with pytest.raises(DataError, match="has no output at any cut"):
        check_no_lookahead(PriceMomentum(window=5000))


def test_a_component_that_never_has_enough_history_says_so() -> None:
    def nothing(data: Dataset) -> Array:
        raise NotEnoughHistory(9999, len(data))

    with pytest.raises(NotEnoughHistory, match="9999"):
        check_no_lookahead(Reads(nothing))


def test_missing_data_and_wrong_shapes_are_named() -> None:
    with pytest.raises(DataError, match="oil level 250 needs oil"):
        check_no_lookahead(MacroLevel(series="oil"))
    with pytest.raises(DataError, match="must be"):
        check_no_lookahead(lambda market: market.close[:, 0])


def test_what_is_not_an_array_is_named() -> None:
    with pytest.raises(DataError, match=r"gives a DataFrame, must give a numpy array.*to_numpy"):
        check_no_lookahead(lambda market: pd.DataFrame(market.close).shift(-1))  # type: ignore[arg-type,return-value]


def test_forecasts_of_other_rows_than_asked_for_are_named() -> None:
    class Last(Reads):
        def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
            return super().predict(data, min(rows, 1))

        def fit(self, data: Dataset) -> "Last":
            assert len(data)
            return self

    with pytest.raises(DataError, match=r"Last was asked for the last \d+ rows of 6 assets"):
        check_no_lookahead(Last(_standardised_with_past_rows))


def test_a_class_is_not_what_is_made_of_it() -> None:
    with pytest.raises(InputError, match=r"is a class; give one: PriceMomentum\(...\)"):
        check_no_lookahead(PriceMomentum)  # type: ignore[arg-type]


def test_something_else_is_refused() -> None:
    with pytest.raises(InputError, match=r"is no feature.*not both `name` and `prepare`"):
        check_no_lookahead(MinimumVariance())  # type: ignore[arg-type]


@pytest.mark.parametrize("cut", [-1, 0, 90])
def test_a_cut_outside_the_market_is_refused(cut: int) -> None:
    with pytest.raises(InputError, match=f"a cut after {cut} of 90 rows"):
        check_no_lookahead(PriceMomentum(), simulated_market(sessions=90), cuts=[cut])


def test_the_users_own_market_and_cuts_are_used() -> None:
    asked = SimpleNamespace(rows=())  # a list would be taken for a memo, and be put back

    def feature(market: Market) -> Array:
        asked.rows = (*asked.rows, len(market))
        return Volatility(window=21)(market)

    heard = check_no_lookahead(feature, simulated_market(sessions=90), cuts=[40, 60])
    assert set(asked.rows) == {40, 60, 90}
    assert (heard.component, heard.sessions, heard.cuts) == ("feature", 90, (40, 60))


class TomorrowsMind(SignalEngine):
    """Reads the forecasts of the sessions after the one it speaks at."""

    def signal(self, panel: ForecastPanel, known: Market) -> Signal:
        signal = super().signal(panel, known)
        later = np.nan_to_num(panel.mean[-1], nan=0.0)
        return replace(signal, size=np.where(later > 0, 0.1, 0.0))


class Remembers:
    """A sizing that bets on what it was shown before, the last time it was asked."""

    def __init__(self) -> None:
        self.before = 0.0

    def size(self, excess: Array, covariance: Array, direction: Array) -> Array:
        sizes = direction * (0.1 + 1e-3 * np.sqrt(np.diag(covariance)) + self.before)
        self.before = float(excess.sum())
        return sizes


@pytest.mark.parametrize("leak", [TomorrowsMind(), Remembers()])
def test_signals_from_the_future_are_caught(leak: Any) -> None:
    with pytest.raises(LookAhead):
        check_no_lookahead(leak, cuts=[400])
