"""Comparison of two or more models by their out-of-sample losses, with a verdict in words.

1. Losses by session over the assets that all models forecast (`losses`): for returns the squared
   error across assets, which the scores judge too; for volatility QLIKE.
2. Two models differ if Diebold and Mariano's test and a paired bootstrap both say so. Beside each
   such p stands that of the whole family of comparisons (Holm 1979): one of many is soon below
   5 % by luck, and only the family's p is called significant.
3. Of many, those that may be the best are the model confidence set at 90 % (Hansen, Lunde and
   Nason 2011).
"""

from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np

from forefolio.core.errors import InputError
from forefolio.core.units import Array
from forefolio.core.wording import listed, percent
from forefolio.evidence.claims import SIGNIFICANT
from forefolio.forecast.judging.evidence import COMBINED, Evidence
from forefolio.forecast.scoring.losses import squared_errors, variance_losses
from forefolio.forecast.scoring.significance import (
    FEWEST,
    bootstrap_p_value,
    confidence,
    diebold_mariano,
    resampled_means,
)

LEVEL = 0.9  # of intervals and of the model confidence set
SQUARED_ERROR = "squared error across assets"
QLIKE = "QLIKE loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One model against another, out of sample, over the same sessions."""

    name: str
    reference: str
    change: float  # of the loss, as a fraction of the reference's; negative is better
    low: float  # of its interval at `LEVEL`
    high: float
    effect: float  # the difference in standard deviations of one session's difference
    statistic: float  # of Diebold and Mariano; negative where the model loses less
    p_value: float  # of that test
    p_bootstrap: float
    p_family: float  # of both tests, as one of all pairs compared

    @property
    def significant(self) -> bool:
        """Whether both tests find a difference, however many pairs were compared."""
        return self.p_family < SIGNIFICANT


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastComparison:
    """Two or more models at one horizon, out of sample, over the same sessions and assets."""

    stored_as: ClassVar[str] = "Comparison"
    horizon: int
    measure: str
    sessions: int
    independent: int  # of them, sessions whose outcomes do not overlap
    names: tuple[str, ...]  # (M,) the smallest loss first; as asked if there are two
    losses: tuple[float, ...]  # (M,) means
    p_values: tuple[float, ...]  # (M,) of belonging to the model confidence set
    best: tuple[str, ...]  # the model confidence set: any of these may be the best
    pairs: tuple[Pair, ...]  # the first model against each other
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return asdict(self)


def compare_models(evidence: Evidence, *names: str, seed: int = 0) -> ForecastComparison:
    """Compare models of `evidence` by name at one horizon: of returns, or of volatility.

    Without names, all models of the mean are compared, the prior and the combination included.

    Raises:
        InputError: a name is not known or there twice, volatilities are compared with returns,
            or the models never forecast the same asset and session.

    >>> import forefolio as ff
    >>> from forefolio.forecast.judging.evidence import gather
    >>> from forefolio.runs.executors import executor
    >>> recipe = ff.Recipe(
    ...     features=("momentum",), models=("bayesian_ridge",), baselines=(), volatility=("ewma",),
    ...     walk={"first": 260, "refit": 100},
    ... )
    >>> market = ff.simulated_market(seed=1, sessions=400, assets=3)
    >>> with executor("inline:") as workers:
    ...     evidence = ff.finish(gather(recipe, (5,), market, workers)).horizons[5]
    >>> ff.compare_models(evidence, "BayesianRidge", "pooled mean").horizon
    5
    """
    chosen = names or _of_the_mean(evidence)
    _check(evidence, chosen)
    panels = [evidence.panels[name] for name in chosen]
    if all(evidence.kinds[name] == "volatility" for name in chosen):
        variances = np.stack([panel.std for panel in panels]) ** 2
        return compare(
            chosen,
            variance_losses(variances, evidence.truth.variance),
            evidence.horizon,
            QLIKE,
            seed,
        )
    means = np.stack([panel.mean for panel in panels])
    reference = next(name for name, kind in evidence.kinds.items() if kind == "volatility")
    losses = squared_errors(means, evidence.returns, evidence.panels[reference].std)
    return compare(chosen, losses, evidence.horizon, SQUARED_ERROR, seed)


def compare(
    names: Sequence[str], losses: Array, horizon: int, measure: str = "loss", seed: int = 0
) -> ForecastComparison:
    """Compare M forecasts over `horizon` sessions by losses (R, M); rows with a NaN are left out.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> losses = rng.chisquare(1, (500, 1)) * [1.0, 2.0]
    >>> compare(["good", "bad"], losses, horizon=1).best
    ('good',)

    Raises:
        InputError: there are fewer than two models, or no row is known of all of them.
    """
    complete = losses[np.isfinite(losses).all(axis=1)]
    if losses.shape[1] < 2 or not len(complete):
        raise InputError(
            f"{listed(list(names))} cannot be compared: it takes two models or more that forecast "
            "the same assets at the same sessions, with outcomes known by now"
        )
    if len(names) > 2:
        order = np.argsort(complete.mean(axis=0), kind="stable")
        names, complete = [names[i] for i in order], complete[:, order]
    means, drawn = complete.mean(axis=0), resampled_means(complete, horizon, seed=seed)
    levels, independent = confidence(means, drawn), -(-len(complete) // horizon)
    underpowered = independent < FEWEST
    pairs = _as_one_family(
        [
            _pair((names[0], names[i]), complete[:, [0, i]], drawn[:, 0] - drawn[:, i], horizon)
            for i in range(1, len(names))
        ]
    )
    best = tuple(
        n for n, level in zip(names, levels, strict=True) if underpowered or level > 1 - LEVEL
    )
    return ForecastComparison(
        horizon=horizon,
        measure=measure,
        sessions=len(complete),
        independent=independent,
        names=tuple(names),
        losses=tuple(map(float, means)),
        p_values=tuple(map(float, levels)),
        best=best,
        pairs=pairs,
        verdict=_too_few(independent) if underpowered else _verdict(names, best, pairs, measure),
    )


def _of_the_mean(evidence: Evidence) -> tuple[str, ...]:
    models = [name for name, kind in evidence.kinds.items() if kind == "model"]
    prior = next(name for name, kind in evidence.kinds.items() if kind == "baseline")  # the first
    return (*models, prior, COMBINED)


def _check(evidence: Evidence, names: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in evidence.kinds]:
        available = listed(list(evidence.kinds))
        raise InputError(f"no model is called {listed(unknown, 'or')}; there are {available}")
    insist_on_comparable(names, {n for n, kind in evidence.kinds.items() if kind == "volatility"})


def insist_on_comparable(names: Sequence[str], volatility: Container[str]) -> None:
    """Refuse models that cannot be compared; `volatility` has the names of those of volatility.

    Nothing needs to be computed for it.

    Raises:
        InputError: there is one alone, one stands twice, or they forecast different things.

    >>> insist_on_comparable(["zero", "ARIMA"], volatility={"EWMA"})
    """
    if len(names) == 1:
        raise InputError(f"{names[0]} alone cannot be compared; name two models or more")
    if len(set(names)) < len(names):
        raise InputError(f"a model cannot be compared with itself: {listed(list(names))}")
    if len({name in volatility for name in names}) > 1:
        raise InputError(
            f"{listed(list(names))} forecast different things, volatility and returns; compare "
            "the volatility models on their own"
        )


def _pair(names: tuple[str, str], losses: Array, drawn: Array, horizon: int) -> Pair:
    """Compare two losses (R, 2), given their difference when sessions are drawn again (B,)."""
    test, base = diebold_mariano(losses[:, 0], losses[:, 1], horizon), losses[:, 1].mean()
    low, high = np.quantile(drawn / base, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Pair(
        name=names[0],
        reference=names[1],
        change=float(test.difference / base),
        low=float(low),
        high=float(high),
        effect=test.effect,
        statistic=test.statistic,
        p_value=test.p_value,
        p_bootstrap=(p_bootstrap := bootstrap_p_value(test.difference, drawn)),
        p_family=max(test.p_value, p_bootstrap),
    )


def _as_one_family(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """The pairs with the p-value of each as one of all: Holm's step-down (1979)."""
    order = sorted(range(len(pairs)), key=lambda i: pairs[i].p_family)
    adjusted, so_far = list(pairs), 0.0
    for rank, place in enumerate(order):
        so_far = max(so_far, min((len(pairs) - rank) * pairs[place].p_family, 1.0))
        adjusted[place] = replace(pairs[place], p_family=so_far)
    return tuple(adjusted)


def _verdict(names: Sequence[str], best: Sequence[str], pairs: Sequence[Pair], measure: str) -> str:
    if len(pairs) == 1:
        return _pair_verdict(pairs[0], measure)
    by = f"by {measure}, "
    if len(best) == len(names):
        any_of = listed(list(names), "or")
        return f"not shown: {by}any of {any_of} may be the best; average them"
    worse = [name for name in names if name not in best]
    if len(best) == 1:
        return f"{by}{best[0]} beats {listed(worse)}"
    return f"{by}{listed(list(best), 'or')} may be the best; worse: {listed(worse)}"


def _pair_verdict(pair: Pair, measure: str) -> str:
    low, high = (percent(value, 2, signed=True) for value in (pair.low, pair.high))
    finding = (
        f"{pair.name}'s {measure} differs from {pair.reference}'s by "
        f"{percent(pair.change, 2, signed=True)} ({percent(LEVEL, 0)} interval {low} to {high}, "
        f"p = {pair.p_family:.3f})"
    )
    if not pair.significant:
        return f"not shown: {finding}; keep the simpler one, or average them"
    winner, loser = (pair.name, pair.reference)[:: 1 if pair.change < 0 else -1]
    return f"{winner} beats {loser}: {finding}"


def _too_few(independent: int) -> str:
    return (
        f"not shown; underpowered: only {independent} outcomes do not overlap, {FEWEST} are "
        "needed; compare over a longer history or a shorter horizon"
    )
