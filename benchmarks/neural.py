"""How long nets take to learn from long sequences, beside the usual overlapping windows.

`python benchmarks/neural.py`; windows of 63 sessions are learnt from for part of an epoch, and 500
assets from 50. The compilation is not counted.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from _report import Line, Times, report, timed

from forefolio.features import DEFAULT_FEATURES, compute
from forefolio.forecast import LSTM, TCN, Dataset, ForwardReturn, build_dataset
from forefolio.forecast.models.neural.fitted import TAUGHT
from forefolio.forecast.scaling import scaled_target
from forefolio.market import simulated_market

SESSIONS, FEW, PART, MANY = 2500, 20, 50, 500
HORIZONS = (1, 5, 21, 63)
WINDOW, BATCH, STEPS = 63, 512, 4
EPOCHS = 10
BARS = {"LSTM": 25.0, "TCN": 55.0}


def main() -> None:
    """Print the table."""
    few, part = (datasets(assets) for assets in (FEW, PART))
    lines = []
    for model in (LSTM(), TCN()):
        windows = in_windows(model, few[0])
        lines += [
            Line(
                work=f"{model.name}: an epoch, {FEW} x {SESSIONS}",
                ours=epoch(model, few[:1]),
                peer=f"windows of {WINDOW}, {STEPS} steps of an epoch's {windows[1]}",
                theirs=timed(windows[0], 2) * (windows[1] / STEPS),
            ),
            Line(
                work=f"{model.name}: {EPOCHS} epochs, {len(HORIZONS)} horizons, {MANY} x {SESSIONS}"
                f" (as {MANY // PART} times {PART})",
                ours=fit(model, part, EPOCHS) * (MANY / PART),
                bar=BARS[model.name],
            ),
        ]
    report("Nets, CPU time", lines, ["jax", "equinox", "optax"])


def datasets(assets: int) -> list[Dataset]:
    """One for each horizon."""
    market = simulated_market(sessions=SESSIONS, assets=assets)
    features = compute(DEFAULT_FEATURES, market)
    return [build_dataset(market, features, ForwardReturn(horizon=h)) for h in HORIZONS]


def fit(model: Any, data: list[Dataset], epochs: int) -> Times:
    """Fit for so many epochs, whether they help or not."""
    untiring = model.model_copy(update={"epochs": epochs, "patience": epochs})
    return timed(lambda: untiring.fit_jointly(data), 2)


def epoch(model: Any, data: list[Dataset]) -> Times:
    """What each epoch adds, validation included."""
    short, long = (fit(model, data, epochs).best for epochs in (1, 6))
    return Times(seconds=[(long - short) / 5])


def in_windows(model: Any, data: Dataset) -> tuple[Callable[[], object], int]:
    """A few steps of the same net on shuffled windows, one label each; the steps of an epoch."""
    target = scaled_target(data)
    ends = np.argwhere(data.known & np.isfinite(target))
    ends = ends[ends[:, 0] >= WINDOW]
    ends = ends[: int(TAUGHT * len(ends))]  # ours keeps the rest for validation
    chosen = np.random.default_rng(0).permutation(ends)[: STEPS * BATCH]
    rows = chosen[:, :1] - np.arange(WINDOW)[::-1]
    x = np.nan_to_num(data.x[rows, chosen[:, 1:]]).astype(np.float32)
    y = target[tuple(chosen.T)].astype(np.float32)
    net = model.net(x.shape[-1], 1)
    optimizer = optax.adamw(model.learning_rate)

    def loss(net: Any, x: Any, y: Any) -> Any:
        said = jax.vmap(net)(x, jnp.ones(x.shape[:2], bool))
        return jnp.square(said[:, -1, 0] - y).mean()

    @jax.jit
    def step(net: Any, state: Any, x: Any, y: Any) -> Any:
        change, state = optimizer.update(jax.grad(loss)(net, x, y), state, net)
        return optax.apply_updates(net, change), state

    def steps() -> object:
        state = net, optimizer.init(net)
        for at in range(0, STEPS * BATCH, BATCH):
            state = step(*state, x[at : at + BATCH], y[at : at + BATCH])
        return jax.block_until_ready(state)

    return steps, len(ends) // BATCH


if __name__ == "__main__":
    main()
