"""Nets find what is there, outputs the mean where nothing is, and never speak differently."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox
import numpy as np
import pytest

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array
from forefolio.forecast import LSTM, MLP, TCN, Dataset, JointForecaster
from forefolio.forecast.scaling import horizon_volatility
from forefolio.market import Market, simulated_market
from forefolio.store.values import pack, unpack

Labelled = Callable[[Market, int], Dataset]

SMALL: dict[str, Any] = {"dropout": 0.0, "learning_rate": 0.01, "decay": 0.0, "batch": 8}
NETS: tuple[Any, ...] = (
    LSTM(units=8, burn_in=32, epochs=8, **SMALL),
    TCN(dilations=(1, 2), channels=8, epochs=8, **SMALL),
    MLP(layers=(8,), epochs=8, **SMALL),
)
every_net = pytest.mark.parametrize("model", NETS, ids=lambda net: net.kind)


def _driven(data: Dataset, signal: Array, share: float) -> Dataset:
    """The second feature is `signal`; a `share` of the labels' variance is what `drift` says."""
    x = data.x.copy()
    x[..., 1] = signal
    drift = np.tanh(signal)
    risk = horizon_volatility(data, len(data))
    return replace(data, x=x, y=data.y + share * drift * risk)


def _explained(said: Array, data: Dataset, rows: int) -> float:
    actual, known = data.y[-rows:], np.isfinite(data.y[-rows:] * said)
    errors = ((actual - said)[known] ** 2).sum()
    return float(1 - errors / (actual[known] ** 2).sum())


@pytest.mark.slow
@every_net
def test_finds_what_drives_returns(model: Any, labelled: Labelled, market: Market) -> None:
    data = labelled(market, 1)
    data = _driven(data, np.random.default_rng(3).standard_normal(data.y.shape), 1.0)
    said = model.fit(data.as_of(900)).predict(data, rows=250)
    assert _explained(said.mean, data, 250) > 0.15  # of the 0.28 that can be


@pytest.mark.slow
@pytest.mark.parametrize("model", NETS[:2], ids=lambda net: net.kind)
def test_finds_what_drove_returns_three_sessions_ago(
    model: Any, labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 1)
    signal = np.random.default_rng(4).standard_normal(data.y.shape)
    late = np.roll(signal, 3, axis=0)
    x = _driven(data, signal, 0.0).x
    data = replace(_driven(data, late, 1.5), x=x)
    model = model.model_copy(update={"epochs": 25})
    said = model.fit(data.as_of(900)).predict(data, rows=250)
    assert _explained(said.mean, data, 250) > 0.15


@pytest.mark.slow
@every_net
def test_says_about_the_mean_where_there_is_nothing_to_find(model: Any, labelled: Labelled) -> None:
    data = labelled(simulated_market(seed=8, sessions=1000), 5)
    fitted = model.fit(data.as_of(800))
    said = fitted.predict(data, rows=200)
    departs = said.mean / horizon_volatility(data, 200) - fitted.level
    assert np.nanstd(departs) < 0.12
    if fitted.epochs == 0:
        assert np.nanmax(np.abs(departs)) < 1e-12


@every_net
def test_several_horizons_are_learnt_at_once(
    model: Any, labelled: Labelled, market: Market
) -> None:
    data = [labelled(market, horizon) for horizon in (1, 21)]
    assert isinstance(model, JointForecaster)
    fitted: Any = model.fit_jointly(data)
    assert [len(one.parameters) for one in fitted] == [len(fitted[0].parameters)] * 2
    for one, each in zip(fitted, data, strict=True):
        assert one.predict(each, rows=3).horizon == each.horizon
    assert fitted[0].residual != fitted[1].residual


@every_net
def test_is_the_same_after_being_written_down(
    model: Any, labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 5)
    data = _driven(data, np.random.default_rng(3).standard_normal(data.y.shape), 1.0)
    fitted = model.fit(data)
    assert fitted.epochs > 0
    again = unpack(pack(fitted))
    assert type(again.model) is type(model) and again.model == model
    for rows in (1, 200):
        one, other = fitted.predict(data, rows), again.predict(data, rows)
        np.testing.assert_array_equal(one.mean, other.mean)
        np.testing.assert_array_equal(one.std, other.std)


@every_net
def test_says_exactly_the_same_whatever_comes_after(
    model: Any, labelled: Labelled, holed_market: Market
) -> None:
    data = labelled(holed_market, 1)
    data = _driven(data, np.random.default_rng(3).standard_normal(data.y.shape), 1.0)
    fitted = model.fit(data.as_of(800))
    assert fitted.epochs > 0
    whole = fitted.predict(data, rows=len(data)).mean
    for cut, rows in ((100, 1), (128, 1), (129, 129), (800, 7), (1001, 250)):
        part = fitted.predict(data.as_of(cut), rows=rows).mean
        np.testing.assert_array_equal(part, whole[cut - rows : cut])


@every_net
def test_what_is_missing_does_not_poison_what_follows(
    model: Any, labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 1)
    data = _driven(data, np.random.default_rng(3).standard_normal(data.y.shape), 1.0)
    x = data.x.copy()
    x[600:640, 2, 0] = np.nan
    holed = replace(data, x=x)
    said = model.fit(holed.as_of(900)).predict(holed, rows=700).mean
    silent = np.isnan(said)
    assert silent[100:140, 2].all() and silent.sum() == 40
    fitted = model.fit(data.as_of(900))
    whole, part = (fitted.predict(each, rows=700).mean for each in (data, holed))
    np.testing.assert_array_equal(np.delete(whole, 2, axis=1), np.delete(part, 2, axis=1))


@every_net
def test_the_seed_decides(model: Any, labelled: Labelled, market: Market) -> None:
    data = labelled(market, 5)
    data = _driven(data, np.random.default_rng(3).standard_normal(data.y.shape), 1.0)
    other = model.model_copy(update={"seed": 1, "epochs": 2})
    model = model.model_copy(update={"epochs": 2})
    first, again, changed = (m.fit(data).predict(data).mean for m in (model, model, other))
    np.testing.assert_array_equal(first, again)
    assert (first != changed).any()


def test_training_labels_end_before_the_validation_begins(
    labelled: Labelled, market: Market
) -> None:
    data = labelled(market, 21)
    model = NETS[2].model_copy(update={"epochs": 1})
    held = 20 + int(0.8 * (1250 - 20 - 22))
    y = data.y.copy()
    y[held - 20 : held] = 5.0  # labels that end after the validation began
    one, other = (model.fit(d) for d in (data, replace(data, y=y)))
    for a, b in zip(one.parameters, other.parameters, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_a_convolution_over_a_long_sequence_is_that_over_its_receptive_field() -> None:
    model = TCN(dilations=(1, 2, 4), channels=6, kernel=3)
    assert model.receptive_field == 15
    rng = np.random.default_rng(1)
    head = rng.standard_normal((6, 2), np.float32)
    net = equinox.tree_at(lambda net: net.head, model.net(4, 2), head)
    x, seen = rng.standard_normal((100, 4), np.float32), np.arange(100) != 90
    x[90] = 0
    window = slice(100 - model.receptive_field, 100)
    np.testing.assert_allclose(
        net(x, seen)[-1], net(x[window], seen[window])[-1], rtol=0, atol=1e-6
    )
    sooner = slice(window.start + 1, 100)
    assert np.abs(net(x, seen)[-1] - net(x[sooner], seen[sooner])[-1]).max() > 1e-6


@every_net
def test_says_how_much_history_is_missing(model: Any, labelled: Labelled, market: Market) -> None:
    with pytest.raises(NotEnoughHistory, match=f"{model.name} over 63 sessions needs 237 sessions"):
        model.fit(labelled(market, 63).as_of(300))


def test_jax_is_loaded_only_by_who_uses_it() -> None:
    code = "import sys, forefolio.forecast; print({'jax', 'equinox', 'optax'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


THREADS = """
import numpy as np
from forefolio.forecast import LSTM
from forefolio.forecast.models.neural import training
best = training.minimise_loss(
    (model := LSTM(epochs=2)).net(2, 1),
    training.TrainingBlocks(
        x=(x := np.random.default_rng(0).standard_normal((32, 192, 2), np.float32)),
        y=x[:, 64:, :1],
    ),
    training.TrainingBlocks(x=x, y=x[:, 64:, :1]),
    model,
)
print(best[0].epoch, best[0].error.hex())
"""


@pytest.mark.slow
def test_how_many_cores_there_are_makes_no_difference() -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("there is one core")
    said = {
        subprocess.run(
            [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {use})\n{THREADS}"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for use in (cores[:1], cores[:2])
    }
    assert len(said) == 1 and "0x" in said.pop()
