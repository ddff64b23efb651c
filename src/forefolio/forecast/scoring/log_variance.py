"""How much of the logarithm of realised variance forecasts explain, its level apart.

The mean error is removed: a variance that is right on average is too high in logarithms, and its
level is what QLIKE judges.
"""

from dataclasses import dataclass

import numpy as np

from forefolio.core.units import Array, Flags
from forefolio.forecast.blocks import blocks, in_blocks
from forefolio.forecast.scoring.sampling_error import ratio_with_error
from forefolio.forecast.scoring.truth import Truth, log_variance, past_log_variance

Explained = tuple[float | None, float | None]
"""One less the ratio of two sums of squares, and its standard error; None where none is known."""


class LogVariances:
    """Log realised variances, about their mean and about the past mean of their own asset.

    What depends on the outcomes alone is reckoned once for all forecasts that know the same.
    """

    def __init__(self, truth: Truth) -> None:
        self._horizon = truth.horizon
        self._logs = log_variance(truth)
        self._beyond = self._logs - past_log_variance(truth)
        self._usual: _Level | None = None

    def explained(self, std: Array) -> tuple[Explained, Explained]:
        """What deviations (R, N) explain of the squares about the mean, and about the own past."""
        errors, known, own = self._errors(std)
        if not known.any():
            return (None, None), (None, None)
        level = self._level(known, own)
        mean, mean_own = errors.sum() / known.sum(), 0.0
        if level.counted_own:
            mean_own = errors[own].mean()

        def squares(
            errors: Array, known: Flags, own: Flags, logs: Array, beyond: Array
        ) -> tuple[Array, ...]:
            return (
                np.where(known, (errors - mean) ** 2, 0.0).sum(axis=1),
                np.where(known, (logs - level.mean) ** 2, 0.0).sum(axis=1),
                np.where(own, (errors - mean_own) ** 2, 0.0).sum(axis=1),
                np.where(own, (beyond - level.mean_own) ** 2, 0.0).sum(axis=1),
            )

        left, whole, left_own, whole_own = in_blocks(
            squares, errors, known, own, self._logs, self._beyond
        )
        return (
            ratio_with_error(whole - left, whole, self._horizon),
            ratio_with_error(whole_own - left_own, whole_own, self._horizon)
            if level.counted_own
            else (None, None),
        )

    def _errors(self, std: Array) -> tuple[Array, Flags, Flags]:
        """Errors (R, N), zero where they are not known; where they are, and the own past is."""
        errors, known = np.empty(std.shape), np.empty(std.shape, dtype=np.bool_)
        own = np.empty(std.shape, dtype=np.bool_)
        for rows in blocks(*std.shape):
            variance = std[rows] ** 2
            with np.errstate(divide="ignore", invalid="ignore"):
                part = self._logs[rows] - np.log(np.where(variance > 0, variance, np.nan))
            known[rows] = ~np.isnan(part)
            own[rows] = np.isfinite(part) & np.isfinite(self._beyond[rows])
            errors[rows] = np.where(known[rows], part, 0.0)
        return errors, known, own

    def _level(self, known: Flags, own: Flags) -> "_Level":
        """The means of what is explained, where errors are known and where the own past is."""
        usual = self._usual
        if usual is not None and (usual.known == known).all() and (usual.own == own).all():
            return usual
        counted = int(own.sum())
        level = _Level(
            known=known,
            own=own,
            counted_own=counted,
            mean=float(np.where(known, self._logs, 0.0).sum() / known.sum()),
            mean_own=float(self._beyond[own].mean()) if counted else 0.0,
        )
        self._usual = level
        return level


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Level:
    known: Flags
    own: Flags
    counted_own: int
    mean: float
    mean_own: float
