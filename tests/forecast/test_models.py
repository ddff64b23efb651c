"""What every model in the catalogue promises."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.forecast import LSTM, MLP, TCN, Dataset, Forecaster, KernelRidge, Recipe, Tuned
from forefolio.forecast.catalog import MODELS, AnyForecaster
from forefolio.market import Market, simulated_market

Labelled = Callable[[Market, int], Dataset]
QUICK: dict[type[Component], Forecaster] = {  # what would take long
    Tuned: Tuned(model=KernelRidge(landmarks=10), trials=2, blocks=1),
    LSTM: LSTM(units=4, epochs=2),
    TCN: TCN(dilations=(1, 2), channels=4, epochs=2),
    MLP: MLP(layers=(4,), epochs=2),
}
every_model = pytest.mark.parametrize(
    "model", [QUICK.get(m) or m() for m in MODELS], ids=lambda m: m.kind
)


@every_model
@pytest.mark.parametrize("horizon", [1, 21])
def test_a_forecast_does_not_change_when_the_future_is_cut_off(
    model: Any, horizon: int, labelled: Labelled, holed_market: Market
) -> None:
    data = labelled(holed_market, horizon)
    fitted = model.fit(data.as_of(900))
    whole = fitted.predict(data, rows=len(data))
    for cut in (12, 33, 70, 300, 900, 901, 1111):
        for rows in (1, 7):
            part = fitted.predict(data.as_of(cut), rows=rows)
            window = slice(cut - rows, cut)
            np.testing.assert_array_equal(part.sessions, whole.sessions[window])
            # Sums in another place of memory may differ in their last bit; the future would not.
            np.testing.assert_allclose(part.mean, whole.mean[window], rtol=1e-13)
            np.testing.assert_allclose(part.std, whole.std[window], rtol=1e-13)


@every_model
def test_fitting_uses_nothing_after_the_last_session(
    model: Any, labelled: Labelled, holed_market: Market
) -> None:
    data = labelled(holed_market, 5)
    known = model.fit(data.as_of(800)).predict(data, rows=50)
    afresh = model.fit(labelled(holed_market[:800], 5)).predict(data, rows=50)
    np.testing.assert_array_equal(known.mean, afresh.mean)
    np.testing.assert_array_equal(known.std, afresh.std)


@every_model
def test_says_mean_and_std_of_what_trades_and_nothing_of_what_does_not(
    model: Any, labelled: Labelled, holed_market: Market
) -> None:
    data = labelled(holed_market, 5)
    said = model.fit(data.as_of(1000)).predict(data, rows=200)
    trading = np.isfinite(holed_market.close[-200:])
    usable = trading & np.isfinite(data.x[-200:]).all(axis=-1)
    assert said.mean.shape == said.std.shape == (200, 6)
    assert np.isnan(said.mean[~trading]).all() and np.isnan(said.std[~trading]).all()
    assert np.isfinite(said.mean[usable]).all()
    assert (said.std[usable] > 0.005).all() and (said.std[usable] < 0.2).all()


@every_model
def test_one_flat_asset_harms_nobody(model: Any, labelled: Labelled, market: Market) -> None:
    flat = {name: getattr(market, name).copy() for name in ("open", "high", "low", "close")}
    for bars in flat.values():
        bars[:, 2] = 10.0
    data = labelled(replace(market, **flat), 5)
    said = model.fit(data).predict(data)
    others = [0, 1, 3, 4, 5]
    assert np.isfinite(said.mean[:, others]).all() and (said.std[:, others] > 0).all()


@every_model
def test_says_that_history_is_too_short(model: Any, labelled: Labelled) -> None:
    data = labelled(simulated_market(sessions=8), 5)
    if model.kind == "zero":
        assert np.isnan(model.fit(data).predict(data).std).all()
    else:
        with pytest.raises(NotEnoughHistory, match="needs"):
            model.fit(data)


@every_model
def test_a_fitted_model_travels_to_another_process(
    model: Any, labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 5)
    fitted = model.fit(data)
    there = pickle.loads(pickle.dumps(fitted)).predict(data, rows=3)
    again = model.fit(data).predict(data, rows=3)
    np.testing.assert_array_equal(there.mean, again.mean)
    np.testing.assert_array_equal(there.std, again.std)


@every_model
def test_a_model_is_its_own_document(model: Any) -> None:
    adapter: TypeAdapter[Forecaster] = TypeAdapter(AnyForecaster)
    assert model.name and type(model).__doc__
    assert isinstance(model, Forecaster) and isinstance(model, Component)
    assert adapter.validate_json(model.model_dump_json()) == model


def test_the_catalogue_has_one_schema_that_names_every_kind() -> None:
    schema = TypeAdapter(AnyForecaster).json_schema()
    assert set(schema["anyOf"][0]["discriminator"]["mapping"]) == {
        m.model_fields["kind"].default for m in MODELS
    }


def test_the_defaults_are_in_the_catalogue() -> None:
    kinds = {model.model_fields["kind"].default for model in MODELS}
    assert len(kinds) == len(MODELS)
    assert {type(model) for model in Recipe().everything} <= set(MODELS)
