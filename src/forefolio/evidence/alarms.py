"""Alarms about a promise that is watched for years: when it broke, and when it is kept again.

1. An outcome is turned into the gain of a bet against the promise: at least -1, and not above 0 in
   the mean as long as the promise holds. It is known before the outcome how the bet is placed.
2. The evidence is the sum over all earlier sessions of what such bets have made of 1 since then
   (Shin, Ramdas and Rinaldo 2024, "E-detectors: a nonparametric framework for sequential change
   detection"). A healthy model reaches a height of `c` once in `c` outcomes or more seldom, however
   its outcomes depend on each other: the height is how long one waits for it by luck.
3. After an alarm the same is asked the other way: it ends with evidence that the promise is kept.

An accuracy below 45 % over 60 sessions is no such alarm (see `forefolio.evidence.sequential`).
"""

from dataclasses import dataclass, field

import numpy as np

from forefolio.core.units import Array, Flags

STAKES = np.array([0.025, 0.05, 0.1, 0.2, 0.4, 0.8])  # shares of what may be lost that are bet
USUAL_WINDOW = 250  # outcomes before, from which the usual size of a loss is taken
CLIPPED_AT = 3.0  # usual sizes beyond which a loss counts no more
FEWEST = 60  # outcomes before the first bet on a loss
SMALLEST = 1e-6  # a usual loss below is none: a model that is its own reference
MOST = 1e200  # evidence beyond says no more


@dataclass(frozen=True, slots=True)
class Alarm:
    """One time a promise was broken, by the places of its outcomes."""

    since: int  # from which on the evidence is strongest
    raised: int  # at which there was enough of it
    ended: int | None = None  # at which there was enough that the promise is kept again


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a promise came to after each of T outcomes."""

    evidence: Array  # (T,) outcomes that one waits for so much by luck
    alarms: tuple[Alarm, ...]

    @property
    def open(self) -> Alarm | None:
        """The alarm that has not ended, if there is one."""
        return next((one for one in self.alarms if one.ended is None), None)


@dataclass(slots=True)
class Detector:
    """Evidence of one promise for P histories side by side, outcome by outcome."""

    histories: int
    sums: Array = field(init=False)  # (P, S) of what all earlier bets have become
    best: Array = field(init=False)  # (P, S) what the best of them has become
    since: Array = field(init=False)  # (P, S) the outcome at which the best began
    outcomes: int = 0

    def __post_init__(self) -> None:
        self.sums, self.best, self.since = (
            np.zeros((self.histories, len(STAKES))) for _ in range(3)
        )

    def add(self, gains: Array) -> Array:
        """Evidence (P,) after one more outcome with these gains (P,)."""
        anew = self.best <= 1.0
        self.since = np.where(anew, self.outcomes, self.since)
        grown = 1.0 + STAKES * gains[:, None]
        self.sums = np.minimum((self.sums + 1.0) * grown, MOST)
        self.best = np.minimum(np.where(anew, 1.0, self.best) * grown, MOST)
        self.outcomes += 1
        evidence: Array = self.sums.mean(axis=1)
        return evidence

    def restart(self, histories: Flags) -> None:
        """Forget everything about some of the histories (P,)."""
        self.sums[histories] = 0.0
        self.best[histories] = 0.0

    def began(self, history: int = 0) -> int:
        """The outcome from which on the evidence of a history is strongest."""
        return int(self.since[history, int(np.argmax(self.best[history]))])


def watch(breaks: Array, mends: Array, *, raise_at: float, end_at: float) -> Watched:
    """Watch a promise over T outcomes, one after the other.

    Args:
        breaks: gains (T,) of bets against the promise, NaN where nothing is known.
        mends: gains (T,) of bets against "it is still broken".
        raise_at: evidence that raises an alarm: outcomes between two that are false.
        end_at: evidence that ends one: outcomes until it ends although nothing has changed.

    >>> broken = np.full(100, 1.0)
    >>> found = watch(broken, -broken, raise_at=1000.0, end_at=100.0)
    >>> found.alarms[0].since, found.alarms[0].raised, found.open is not None
    (0, 13, True)
    """
    alarms: list[Alarm] = []
    evidence = np.zeros(len(breaks))
    detector, first = Detector(1), 0
    for row in range(len(breaks)):
        alarmed = bool(alarms) and alarms[-1].ended is None
        gain = (mends if alarmed else breaks)[row : row + 1]
        evidence[row] = detector.add(np.nan_to_num(gain))[0]
        if evidence[row] < (end_at if alarmed else raise_at):
            continue
        if alarmed:
            alarms[-1] = Alarm(alarms[-1].since, alarms[-1].raised, row)
        else:
            alarms.append(Alarm(first + detector.began(), row))
        detector, first = Detector(1), row + 1
    return Watched(evidence=evidence, alarms=tuple(alarms))


def alarm_rows(breaks: Array, raise_at: float) -> list[Array]:
    """The outcomes at which alarms are raised, of each of P histories of gains (T, P).

    Every history begins anew after an alarm.
    """
    detector = Detector(breaks.shape[1])
    raised: list[list[int]] = [[] for _ in range(breaks.shape[1])]
    for row, gains in enumerate(np.nan_to_num(breaks)):
        high = detector.add(gains) >= raise_at
        for history in np.flatnonzero(high):
            raised[history].append(row)
        detector.restart(high)
    return [np.array(rows, dtype=np.int64) for rows in raised]


def usual_sizes(losses: Array) -> Array:
    """What three usual sizes of `losses` (T, ...) were before each of them; NaN before 60.

    The bet on a loss is of this size, so that it is known before it.
    """
    known = np.isfinite(losses)
    total = _before(np.where(known, np.abs(losses), 0.0))
    count = _before(known * 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = np.where(count >= FEWEST, total / count, np.nan)
    sizes: Array = CLIPPED_AT * np.maximum(usual, SMALLEST)
    return sizes


def _before(values: Array) -> Array:
    """Sums over the 250 values before each."""
    sums = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    rows = np.arange(len(values))
    within: Array = sums[rows] - sums[np.maximum(rows - USUAL_WINDOW, 0)]
    return within
