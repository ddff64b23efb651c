"""Every model, four horizons, one refit of 500 assets x 2,500 sessions; two workers share it.

`python benchmarks/zoo.py`; beside the usual way: an automatic ARIMA and a boosted model for each
asset, and an LSTM on overlapping windows, each on a part of the work and multiplied.
"""

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pmdarima
import xgboost
from _report import Line, Times, report

from forefolio import forecast
from forefolio.core.events import finish
from forefolio.core.units import Array
from forefolio.features import DEFAULT_FEATURES, FeaturePanel, compute
from forefolio.forecast import Forecaster, WalkForward, walk_forward
from forefolio.market import Market, simulated_market
from forefolio.runs.executors import executor

SESSIONS, ASSETS = 2500, 500
HORIZONS = (1, 5, 21, 63)
ONE_REFIT = WalkForward(first=SESSIONS - 1, refit=250)
BAR, SPEED_UP = 300.0, 1.8
APART = (
    forecast.VolatilityAverage,
    forecast.Tuned,
    forecast.RegimeAdaptive,
    forecast.ArchModel,
)
SERIES, EPOCHS, WINDOW, BATCH, UNITS = 5, 10, 60, 512, 32


def main() -> None:
    """Print both tables."""
    market = simulated_market(0, SESSIONS, ASSETS)
    with TemporaryDirectory() as home:
        market = market.save(Path(home) / "markets")
        started = time.process_time()
        features = compute(DEFAULT_FEATURES, market).save(Path(home) / "features")
        known = (market, features)
        seconds = {"features": time.process_time() - started} | _by_model(known)
        theirs = usual_way(market, features)
        lines = [Line(work=name, ours=Times(seconds=[s])) for name, s in seconds.items()]
        total = Line(
            work="everything",
            ours=Times(seconds=[sum(seconds.values())]),
            bar=BAR,
            peer="the usual way",
            theirs=Times(seconds=[sum(theirs.values())]),
            accuracy=", ".join(f"{name} {s:,.0f} s" for name, s in theirs.items()),
        )
        title = f"The zoo, {ASSETS} x {SESSIONS}, horizons {HORIZONS}, one refit, CPU time"
        report(title, [*lines, total], ["jax", "xgboost-cpu", "pmdarima"])
        one, two = (_shared(known, workers) for workers in (1, 2))
        met = "met" if one / two >= SPEED_UP else "MISSED"
        two_workers = Line(
            work="everything, 2 workers",
            ours=Times(seconds=[two]),
            peer="1 worker",
            theirs=Times(seconds=[one]),
            accuracy=f"{SPEED_UP} times {met}",
        )
        report("The same work shared, wall time", [two_workers])


def zoo() -> list[Forecaster]:
    """One of every kind; those that fit others many times, or per asset, are left out."""
    models: list[Any] = [one() for one in forecast.MODELS if one not in APART]
    return sorted(models, key=lambda model: _weight(type(model).__name__))


def _weight(name: str) -> int:
    return {"TCN": 9, "LSTM": 8, "MLP": 7, "XGBoostRanks": 6, "XGBoost": 6}.get(name, 0)


def _by_model(known: tuple[Market, FeaturePanel]) -> dict[str, float]:
    seconds = {}
    with executor("inline:") as here:
        for model in zoo():
            started = time.process_time()
            done = finish(walk_forward([model], HORIZONS, ONE_REFIT, known, here))
            seconds[type(model).__name__] = time.process_time() - started
            for note in done.failures:
                sys.stderr.write(f"{note.message}\n")
    return seconds


def _shared(known: tuple[Market, FeaturePanel], workers: int) -> float:
    with executor(f"processes:{workers}") as pool:
        for ready in [pool.submit(os.getpid) for _ in range(workers)]:
            ready.result()
        started = time.monotonic()
        finish(walk_forward(zoo(), HORIZONS, ONE_REFIT, known, pool))
        return time.monotonic() - started


def usual_way(market: Market, features: FeaturePanel) -> dict[str, float]:
    """CPU seconds of everything, multiplied from a part."""
    returns, times = market.returns[1:], ASSETS / SERIES
    x = features.x[:, :SERIES].astype(np.float32)
    labels = {h: _label(market, h)[:, :SERIES] for h in HORIZONS}
    return {
        "auto_arima": _timed(lambda: [_arima(returns[:, i]) for i in range(SERIES)]) * times,
        "windowed LSTM": _windows(x, labels[5]) * times * EPOCHS * len(HORIZONS),
        "XGBoost per asset": _timed(
            lambda: [_boost(x[:, i], y[:, i]) for y in labels.values() for i in range(SERIES)]
        )
        * times,
    }


def _timed(work: Any) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _label(market: Market, horizon: int) -> Array:
    return forecast.ForwardReturn(horizon=horizon)(market)


def _arima(returns: Array) -> None:
    pmdarima.auto_arima(returns, d=0, max_p=2, max_q=2, seasonal=False, suppress_warnings=True)


def _boost(x: Any, y: Array) -> None:
    known = np.isfinite(y) & np.isfinite(x).all(axis=1)
    settings = {"max_depth": 4, "learning_rate": 0.05, "tree_method": "hist", "nthread": 1}
    xgboost.train(settings, xgboost.QuantileDMatrix(x[known], y[known]), 200)


def _windows(x: Any, y: Array) -> float:
    """Seconds of one epoch on overlapping windows, compilation apart."""
    known = np.isfinite(y) & np.isfinite(x).all(axis=2)
    ends = [(t, i) for i in range(SERIES) for t in range(WINDOW, SESSIONS) if known[t, i]]
    windows = np.stack([np.nan_to_num(x[t - WINDOW + 1 : t + 1, i]) for t, i in ends])
    target = np.array([y[t, i] for t, i in ends], dtype=np.float32)
    cell, head = (
        eqx.nn.LSTMCell(x.shape[2], UNITS, key=jax.random.PRNGKey(0)),
        eqx.nn.Linear(UNITS, 1, key=jax.random.PRNGKey(1)),
    )
    optimiser = optax.adam(1e-3)

    def said(net: Any, window: Any) -> Any:
        start = (jnp.zeros(UNITS), jnp.zeros(UNITS))
        (last, _), _ = jax.lax.scan(lambda state, row: (net[0](row, state), None), start, window)
        return net[1](last)[0]

    @eqx.filter_jit
    def step(net: Any, state: Any, batch: Any, goal: Any) -> Any:
        loss = lambda net: ((jax.vmap(lambda w: said(net, w))(batch) - goal) ** 2).mean()  # noqa: E731
        updates, state = optimiser.update(eqx.filter_grad(loss)(net), state)
        return eqx.apply_updates(net, updates), state

    net: Any = (cell, head)
    state = optimiser.init(eqx.filter(net, eqx.is_array))
    step(net, state, windows[:BATCH], target[:BATCH])
    started = time.process_time()
    for first in range(0, len(windows) - BATCH + 1, BATCH):
        part = slice(first, first + BATCH)
        net, state = step(net, state, windows[part], target[part])
    jax.block_until_ready(eqx.filter(net, eqx.is_array))
    return (time.process_time() - started) * len(windows) / (len(windows) // BATCH * BATCH)


if __name__ == "__main__":
    main()
