"""Forecasts and scores as rows of a result, made from the evidence at each horizon."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Literal

from pydantic import Field

from forefolio.core.component import Component
from forefolio.forecast import Evidence, Forecasts
from forefolio.market import Market
from forefolio.studies.result import Number, Remark

ModelKind = Literal["model", "baseline", "volatility", "combined"]


class AssetForecast(Component):
    """What is forecast of one asset over one horizon; returns are fractions over the horizon."""

    ticker: str = Field(description="The asset.")
    horizon: int = Field(description="Sessions ahead.")
    mean: Number = Field(description="Expected return over the horizon.")
    std: Number = Field(description="Standard deviation of the return over the horizon.")
    low: Number = Field(description="Lower end of the interval, a return over the horizon.")
    high: Number = Field(description="Upper end of the interval, a return over the horizon.")
    level: float = Field(description="Probability that the interval is meant to cover.")
    annual_mean: Number = Field(description="Expected return, fraction per year.")
    prior: Number = Field(description="The prior (the pooled mean), a return over the horizon.")
    from_models: bool = Field(
        description="Whether the models have moved the forecast away from the prior."
    )


class ForecastCombination(Component):
    """Which models the forecasts at one horizon come from."""

    horizon: int = Field(description="Sessions ahead.")
    slope: float = Field(
        description="How far the models are followed: 0, the prior alone, to 1, the models alone."
    )
    weights: Mapping[str, float] = Field(description="Weight of each model among them, by name.")


class ModelScore(Component):
    """The scores of one model at one horizon, out of sample; a `_se` is a standard error."""

    kind: ModelKind = Field(description="What the model is scored as.")
    level: float = Field(description="Probability that the intervals are meant to cover.")
    model: str = Field(description="The model's name.")
    horizon: int = Field(description="Sessions ahead.")
    sessions: int = Field(description="Sessions with a forecast and a known outcome.")
    independent: int = Field(description="Of them, sessions whose outcomes do not overlap.")
    years: float = Field(description="The sessions scored, in years.")
    years_needed: Number = Field(
        description="Years it takes to show a rank IC of 0.025 at two standard errors."
    )
    rmse: Number = Field(description="Root mean squared error, a return over the horizon.")
    r2_zero: Number = Field(
        description="Share of the squared return explained, against forecasting zero."
    )
    r2_mean: Number = Field(description="R²: the same against the prior (the pooled mean).")
    r2_mean_se: Number = Field(description="Its standard error.")
    r2_across: Number = Field(
        description="R² of differences between assets, in units of their volatility, a fraction."
    )
    r2_across_se: Number = Field(description="Its standard error.")
    direction: Number = Field(description="Share of signs that were right.")
    always_up: Number = Field(description="Share of outcomes that were up.")
    direction_minus_always_up: Number = Field(description="Direction, minus always-up.")
    direction_minus_always_up_se: Number = Field(description="Its standard error.")
    rank_ic: Number = Field(
        description="Rank correlation of forecasts and outcomes across assets, from -1 to 1."
    )
    rank_ic_se: Number = Field(description="Its standard error.")
    rank_ic_neutral: Number = Field(
        description="Rank IC after removing known risks (volatility, market beta, size)."
    )
    rank_ic_neutral_se: Number = Field(description="Its standard error.")
    qlike: Number = Field(
        description="QLIKE loss of the variance less that of the reference; below 0 is better."
    )
    qlike_se: Number = Field(description="Its standard error.")
    r2_log_variance: Number = Field(
        description="R² of the logarithm of realised variance, its level apart, a fraction."
    )
    r2_log_variance_se: Number = Field(description="Its standard error.")
    r2_log_own: Number = Field(description="The same against the mean of each asset's own past.")
    r2_log_own_se: Number = Field(description="Its standard error.")
    crps: Number = Field(
        description="Continuous ranked probability score, a return over the horizon; "
        "less is better."
    )
    crps_gain: Number = Field(
        description="Share of it saved, against the pooled mean with EWMA's volatility."
    )
    crps_gain_se: Number = Field(description="Its standard error.")
    coverage: Number = Field(description="Share of outcomes inside the interval.")
    coverage_se: Number = Field(description="Its standard error.")
    coverage_crisis: Number = Field(
        description="The same in the tenth of sessions that began most volatile."
    )
    coverage_crisis_se: Number = Field(description="Its standard error.")
    coverage_windows: Number = Field(
        description="The same in the months of the great crises: September 2008 to March 2009, "
        "20 February to June 2020."
    )
    coverage_windows_se: Number = Field(description="Its standard error.")
    coverage_worst_year: Number = Field(description="The same in the worst calendar year.")
    winkler: Number = Field(
        description="Width of the interval and a penalty for misses, a return; less is better."
    )
    winkler_gain: Number = Field(
        description="Share of it saved, against the interval of a normal forecast with the same "
        "mean and volatility."
    )
    winkler_gain_se: Number = Field(description="Its standard error.")
    verdict: str = Field(description="Whether the forecasts tell the assets apart, in words.")
    share: Number = Field(
        None,
        description="Its share of the forecast of returns that is in use: how far the models are "
        "followed, times its weight among them; of the prior the rest. None: of volatility, or "
        "the combination itself.",
    )


def asset_forecasts(
    evidence: Evidence, market: Market, *, learnt: bool
) -> tuple[AssetForecast, ...]:
    """What is forecast of every asset after the last session; `learnt`: models were asked."""
    now = evidence.panel.at(market.sessions[-1])
    prior = evidence.prior.at(market.sessions[-1])
    moved = learnt and bool(evidence.combination.slopes[-1])
    return tuple(
        AssetForecast(
            ticker=asset,
            horizon=evidence.horizon,
            mean=float(now.mean[i]),
            std=float(now.std[i]),
            low=float(now.quantiles[0, i]),
            high=float(now.quantiles[-1, i]),
            level=float(now.levels[-1] - now.levels[0]),
            annual_mean=float(now.mean[i] * market.periods_per_year / evidence.horizon),
            prior=float(prior.mean[i]),
            from_models=moved,
        )
        for i, asset in enumerate(now.assets)
    )


def model_scores(evidence: Evidence) -> tuple[ModelScore, ...]:
    """The scores of every model at the horizon of the evidence."""
    levels, shares = evidence.panel.levels, shares_of(evidence)
    rows: list[dict[str, Any]] = [
        {
            "kind": evidence.kinds[score.model],
            **asdict(score),
            "verdict": score.verdict,
            "share": shares.get(score.model),
        }
        for score in evidence.scores
    ]
    return tuple(ModelScore(level=float(levels[-1] - levels[0]), **row) for row in rows)


def shares_of(evidence: Evidence) -> dict[str, float]:
    """Share of each forecast of returns in the combined one after the last session, by name."""
    kinds = evidence.kinds
    shares = {name: 0.0 for name, kind in kinds.items() if kind in ("model", "baseline")}
    combined = evidence.combination
    slope = float(combined.slopes[-1])
    for name, weight in zip(combined.names, combined.weights[-1].tolist(), strict=True):
        shares[name] += slope * weight
    shares[evidence.prior_name] += 1.0 - sum(shares.values())
    return shares


def combination_of(evidence: Evidence) -> ForecastCombination:
    """Which models the latest forecasts come from."""
    combined = evidence.combination
    weights = zip(combined.names, map(float, combined.weights[-1]), strict=True)
    return ForecastCombination(
        horizon=evidence.horizon, slope=float(combined.slopes[-1]), weights=dict(weights)
    )


def left_out(forecasts: Forecasts) -> tuple[Remark, ...]:
    """What fell back in forecasts, and which features were switched off."""
    fell_back = [
        Remark(reason="fell_back", stage="forecast", about=n.about, message=n.message)
        for n in forecasts.notes
    ]
    return (*fell_back, *features_off(forecasts.skipped))


def features_off(skipped: Iterable[tuple[str, str]]) -> Iterator[Remark]:
    """The features (name, reason) that were switched off."""
    for name, reason in skipped:
        message = f"switched off: {reason}"
        yield Remark(reason="left_out", stage="features", about=name, message=message)
