"""How nets learn, and how they speak: two compiled functions and the loop around them.

1. Shuffle the blocks of all assets; a gradient step takes `batch` of them. Its error is counted
   on the block, after the net has warmed up on the context before it.
2. After each epoch hear what the net says of the validation rows, as it would say it when asked.
3. Each horizon keeps the net of the epoch that served it best, the untrained one included. Stop
   when no horizon has gained for `patience` epochs.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
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


def _begin_with_one_thread() -> None:
    """Let JAX begin, if it has not yet, with one thread on the CPU.

    How it splits a product among threads shows in the last digits; it asks `NPROC` when it begins.
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


_begin_with_one_thread()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """Blocks of features with their targets, NaN where unknown."""

    x: Single  # (M, context + BLOCK, F)
    y: Single  # (M, BLOCK, H)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Best:
    """The net that has served one horizon best, and after how many epochs."""

    net: Any
    error: float  # mean square on the validation rows
    epoch: int = 0


def train(net: Any, lesson: Lesson, validation: Lesson, how: Neural) -> list[Best]:
    """The best net for each horizon."""
    best = [Best(net=net, error=error) for error in _errors(net, validation, how.batch)]
    pace = how.learning_rate, how.decay
    state = _optimizer(*pace).init(net)
    rng = np.random.default_rng((how.seed, 1))  # not what the parameters were drawn from
    for epoch in range(1, how.epochs + 1):
        for chosen in _batches(rng.permutation(len(lesson.x)), how.batch):
            part = lesson.x[chosen], _without(lesson.y[chosen], chosen < 0), _kept(how, rng)
            net, state = _learn(net, state, part, pace)
        errors = _errors(net, validation, how.batch)
        best = [
            Best(net=net, error=error, epoch=epoch) if error < before.error else before
            for before, error in zip(best, errors, strict=True)
        ]
        if epoch - max(one.epoch for one in best) >= how.patience:
            break
    return best


def say(net: Any, x: Single, batch: int) -> Single:
    """What `net` says (M, BLOCK, H) of blocks (M, context + BLOCK, F), `batch` at a time."""
    order = np.arange(len(x))
    said = [np.asarray(_say(net, x[chosen])) for chosen in _batches(order, batch)]
    return np.concatenate(said)[: len(x)]


def _batches(order: Any, batch: int) -> Iterator[Any]:
    """Parts of equal size; the last is filled up with -1, the last of all."""
    filled = np.concatenate([order, np.full(-len(order) % batch, -1)])
    yield from filled.reshape(-1, batch)


def _without(y: Single, filled: Any) -> Single:
    y[filled] = np.nan
    return y


def _kept(how: Neural, rng: np.random.Generator) -> tuple[Single, ...] | None:
    """What of each layer's outputs (batch, width) is kept, scaled so that its mean is one."""
    if not how.dropout:
        return None
    drawn = (rng.random((how.batch, width), np.float32) for width in how.widths)
    return tuple(np.float32(1 / (1 - how.dropout)) * (draw >= how.dropout) for draw in drawn)


def _errors(net: Any, lesson: Lesson, batch: int) -> list[float]:
    """Mean square (H,) of what the net says wrongly; it speaks as it will when it is asked."""
    known = np.isfinite(lesson.y)
    misses = np.where(known, say(net, lesson.x, batch) - np.nan_to_num(lesson.y), 0)
    squares = np.square(misses, dtype=np.float64).sum(axis=(0, 1))
    return [float(error) for error in squares / known.sum(axis=(0, 1))]


def _optimizer(learning_rate: float, decay: float) -> Any:
    return optax.chain(
        optax.clip_by_global_norm(_STEEPEST), optax.adamw(learning_rate, weight_decay=decay)
    )


@partial(jax.jit, static_argnames="pace")
def _learn(
    net: Any, state: Any, part: tuple[Any, Any, Any], pace: tuple[float, float]
) -> tuple[Any, Any]:
    """One step down the mean squared error of `part`."""
    gradient = jax.grad(_loss)(net, *part)
    change, state = _optimizer(*pace).update(gradient, state, net)
    return optax.apply_updates(net, change), state


def _loss(net: Any, x: Any, y: Any, kept: Any) -> Any:
    known = jnp.isfinite(y)
    misses = jnp.where(known, _heard(net, x, kept) - jnp.where(known, y, 0), 0)
    return jnp.square(misses).sum() / jnp.maximum(known.sum(), 1)


@jax.jit
def _say(net: Any, x: Any) -> Any:
    return _heard(net, x)


def _heard(net: Any, x: Any, kept: Any = None) -> Any:
    seen = jnp.isfinite(x).all(axis=-1)
    x = jnp.where(seen[..., None], x, 0)
    return jax.vmap(net)(x, seen, kept)[:, -BLOCK:]
