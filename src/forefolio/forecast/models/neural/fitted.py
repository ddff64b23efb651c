"""From datasets to a trained net, and its forecasts.

1. One net serves all horizons, with one output for each.
2. The last fifth of the labelled sessions is for validation. The net trains on labels known when
   it begins, so that none overlaps it.
3. The output is the return less its mean, in units of volatility.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.lazy import lazy
from forefolio.core.units import Array, read_only
from forefolio.forecast.base import Dataset, ForecastPanel
from forefolio.forecast.models.neural.blocks import Single, blocks_of, cut, panel_of, standardised
from forefolio.forecast.models.neural.settings import Neural
from forefolio.forecast.scaling import (
    LABELLED,
    Standard,
    horizon_volatility,
    in_returns,
    scaled_target,
)

jax: Any = lazy("jax")
training: Any = lazy("forefolio.forecast.models.neural.training")

TRAINING_SHARE = 0.8  # share of the labelled sessions for training; the rest is for validation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedNet:
    """A trained net: its settings, its parameters, and the scale of its residuals."""

    model: Neural
    standard: Standard
    parameters: tuple[Single, ...]
    heads: int
    head: int  # the output for this horizon
    epochs: int  # trained; 0 if training did not help, and the net forecasts the mean
    level: float  # the mean, in units of volatility
    residual: float  # standard deviation on the validation rows, likewise
    losses: tuple[tuple[float, float], ...] = ()  # of each epoch: training, validation

    def __post_init__(self) -> None:
        read_only(*self.parameters)

    def predict(self, data: Dataset, rows: int = 1) -> ForecastPanel:
        """Mean and std at each of the last `rows` sessions.

        Each row is computed in its own block after the same warm-up, so its bits depend neither on
        later rows nor on how many are requested.
        """
        wanted = slice(len(data) - rows, len(data))
        finite = np.isfinite(data.x[wanted]).all(axis=-1)
        score = np.where(finite, self.level + self._outputs(data.x, wanted), np.nan)
        risk = horizon_volatility(data, rows)
        return ForecastPanel.of(data, in_returns(score, data, rows), self.residual * risk)

    def _outputs(self, x: Array, rows: slice) -> Array:
        net, blocks = self._net(), blocks_of(rows.start, rows.stop)
        cubes = cut(x, blocks, self.model.forecast_context, standardised(self.standard))
        outputs = np.stack([training.outputs(net, cube, self.model.batch) for cube in cubes])
        return panel_of(outputs[..., self.head], blocks, rows).astype(np.float64)

    def _net(self) -> Any:
        untrained = self.model.net(len(self.standard.center), self.heads)
        return jax.tree.unflatten(jax.tree.structure(untrained), self.parameters)


def fit_net(model: Neural, data: Sequence[Dataset]) -> tuple[FittedNet, ...]:
    """One fitted net for each of `data`: the same market and features, other horizons.

    Raises:
        NotEnoughHistory: fewer than 126 sessions are left to learn from.
    """
    x, target = data[0].x, _targets(data)
    first, validation_start = _parts(model, data, target)
    level = np.nanmean(target[first:], axis=(0, 1))
    standard = Standard.of(_complete(x[first:validation_start]))
    training_target = _targets([each.as_of(validation_start + 1) for each in data])
    blocks = (
        _training_blocks(
            x, training_target - level, standard, (first, validation_start), model.training_context
        ),
        _training_blocks(
            x, target - level, standard, (validation_start, len(x)), model.forecast_context
        ),
    )
    best_nets = training.minimise_loss(model.net(x.shape[-1], len(data)), *blocks, model)
    return tuple(
        FittedNet(
            model=model,
            standard=standard,
            parameters=tuple(np.array(leaf) for leaf in jax.tree.leaves(best.net)),
            heads=len(data),
            head=head,
            epochs=best.epoch,
            level=float(level[head]),
            residual=float(np.sqrt(best.error)),
            losses=best.losses,
        )
        for head, best in enumerate(best_nets)
    )


def _targets(data: Sequence[Dataset]) -> Array:
    """Scaled targets (T, N, H), where they and all features are known."""
    finite = np.isfinite(data[0].x).all(axis=-1, keepdims=True)
    return np.where(finite, np.stack([scaled_target(each) for each in data], axis=-1), np.nan)


def _parts(model: Neural, data: Sequence[Dataset], target: Array) -> tuple[int, int]:
    """The row from which is learnt, and the one from which is validated."""
    longest = max(each.horizon for each in data)
    labelled = np.flatnonzero(np.isfinite(target).any(axis=1).all(axis=-1))
    needed = ceil((LABELLED + longest) / TRAINING_SHARE)
    if len(labelled) < needed:
        raise NotEnoughHistory(needed, len(labelled), f"{model.name} over {longest} sessions")
    labelled = labelled[-max(model.window, needed) :]
    return int(labelled[0]), int(labelled[int(TRAINING_SHARE * len(labelled))])


def _complete(x: Array) -> Array:
    rows: Array = x[np.isfinite(x).all(axis=-1)]
    return rows


def _training_blocks(
    x: Array, targets: Array, standard: Standard, rows: tuple[int, int], context: int
) -> Any:
    """The blocks of `rows` in which something is known to compare with."""
    blocks = blocks_of(*rows)
    targets[: rows[0]] = np.nan
    labels = cut(targets, blocks)
    finite = np.isfinite(labels).any(axis=(2, 3))
    features = cut(x, blocks, context, standardised(standard))
    return training.TrainingBlocks(x=features[finite], y=labels[finite])
