"""Training and evaluation of the nets: two compiled functions and the loop around them.

1. Shuffle the blocks of all assets; a gradient step takes `batch` of them. Its error is counted
   on the block, after the net has warmed up on the context before it.
2. After each epoch the net forecasts the validation rows, exactly as it would in use.
3. Each horizon keeps the net of its best epoch, the untrained one included (early stopping).
   Training stops when no horizon has improved for `patience` epochs.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from forefolio.core.lazy import lazy
from forefolio.forecast.models.neural.blocks import BLOCK, Single
from forefolio.forecast.models.neural.settings import Neural

optax: Any = lazy("optax")

_STEEPEST = 1.0  # norm of a gradient, above which it is shortened


def _initialise_with_one_thread() -> None:
    """Initialise JAX, if it is not yet, with one thread on the CPU.

    How products are split among threads shows in the last digits; JAX reads `NPROC` once.
    """
    before = os.environ.get("NPROC")
    os.environ["NPROC"] = "1"
    try:
        jax.devices()
    finally:
        if before is None:
            del os.environ["NPROC"]
        else:
            os.environ["NPROC"] = before


_initialise_with_one_thread()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingBlocks:
    """Blocks of features with their targets, NaN where unknown."""

    x: Single  # (M, context + BLOCK, F)
    y: Single  # (M, BLOCK, H)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Best:
    """The net with the smallest validation error at one horizon, and its epoch."""

    net: Any
    error: float  # mean square on the validation rows
    epoch: int = 0
    losses: tuple[tuple[float, float], ...] = ()  # of each epoch: training, validation


def minimise_loss(
    net: Any, blocks: TrainingBlocks, validation: TrainingBlocks, settings: Neural
) -> list[Best]:
    """The best net for each horizon."""
    best = [Best(net=net, error=error) for error in _errors(net, validation, settings.batch)]
    rates = settings.learning_rate, settings.decay
    state = _optimizer(*rates).init(net)
    rng = np.random.default_rng((settings.seed, 1))  # not what the parameters were drawn from
    history: list[tuple[float, list[float]]] = []
    for epoch in range(1, settings.epochs + 1):
        steps = []
        for chosen in _batches(rng.permutation(len(blocks.x)), settings.batch):
            part = (
                blocks.x[chosen],
                _masked(blocks.y[chosen], chosen < 0),
                _dropout_masks(settings, rng),
            )
            net, state, loss = _learn(net, state, part, rates)
            steps.append(loss)
        residuals = _errors(net, validation, settings.batch)
        history.append((float(np.mean(steps)), residuals))
        best = [
            Best(net=net, error=error, epoch=epoch) if error < before.error else before
            for before, error in zip(best, residuals, strict=True)
        ]
        if epoch - max(one.epoch for one in best) >= settings.patience:
            break
    return [
        replace(one, losses=tuple((loss, errors[head]) for loss, errors in history))
        for head, one in enumerate(best)
    ]


def outputs(net: Any, x: Single, batch: int) -> Single:
    """Outputs (M, BLOCK, H) of `net` for blocks (M, context + BLOCK, F), `batch` at a time."""
    order = np.arange(len(x))
    results = [np.asarray(_compiled_forward(net, x[chosen])) for chosen in _batches(order, batch)]
    return np.concatenate(results)[: len(x)]


def _batches(order: Any, batch: int) -> Iterator[Any]:
    """Parts of equal size; the last is filled up with -1, the last of all."""
    filled = np.concatenate([order, np.full(-len(order) % batch, -1)])
    yield from filled.reshape(-1, batch)


def _masked(y: Single, filled: Any) -> Single:
    y[filled] = np.nan
    return y


def _dropout_masks(settings: Neural, rng: np.random.Generator) -> tuple[Single, ...] | None:
    """Dropout masks of each layer (batch, width), scaled so that their mean is one."""
    if not settings.dropout:
        return None
    drawn = (rng.random((settings.batch, width), np.float32) for width in settings.widths)
    return tuple(
        np.float32(1 / (1 - settings.dropout)) * (draw >= settings.dropout) for draw in drawn
    )


def _errors(net: Any, blocks: TrainingBlocks, batch: int) -> list[float]:
    """Mean squared error (H,) of the net, evaluated exactly as in `predict`."""
    finite = np.isfinite(blocks.y)
    residuals = np.where(finite, outputs(net, blocks.x, batch) - np.nan_to_num(blocks.y), 0)
    squares = np.square(residuals, dtype=np.float64).sum(axis=(0, 1))
    return [float(error) for error in squares / finite.sum(axis=(0, 1))]


def _optimizer(learning_rate: float, decay: float) -> Any:
    return optax.chain(
        optax.clip_by_global_norm(_STEEPEST), optax.adamw(learning_rate, weight_decay=decay)
    )


@partial(jax.jit, static_argnames="rates")
def _learn(
    net: Any, state: Any, part: tuple[Any, Any, Any], rates: tuple[float, float]
) -> tuple[Any, Any, Any]:
    """One step down the mean squared error of `part`, and that error before it."""
    loss, gradient = jax.value_and_grad(_loss)(net, *part)
    updates, state = _optimizer(*rates).update(gradient, state, net)
    return optax.apply_updates(net, updates), state, loss


def _loss(net: Any, x: Any, y: Any, masks: Any) -> Any:
    finite = jnp.isfinite(y)
    residuals = jnp.where(finite, _forward(net, x, masks) - jnp.where(finite, y, 0), 0)
    return jnp.square(residuals).sum() / jnp.maximum(finite.sum(), 1)


@jax.jit
def _compiled_forward(net: Any, x: Any) -> Any:
    return _forward(net, x)


def _forward(net: Any, x: Any, masks: Any = None) -> Any:
    observed = jnp.isfinite(x).all(axis=-1)
    x = jnp.where(observed[..., None], x, 0)
    return jax.vmap(net)(x, observed, masks)[:, -BLOCK:]
