"""The bent normal distribution: its moments, its tail, and laws that it should be near to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from forefolio.core.errors import DataError
from forefolio.core.units import Array
from forefolio.risk import CornishFisher, Historical, Normal, TailSpec, tail_risk
from forefolio.risk.tails.cornish_fisher import (
    CornishFisherDistribution,
    distribution_with,
    kurtosis_range,
    nearest,
)


def moments_by_integration(bent: CornishFisherDistribution) -> Array:
    """Mean, variance, skew and excess kurtosis of what `quantile` describes, the slow way."""
    z = np.linspace(-12.0, 12.0, 200_001)
    density = stats.norm.pdf(z)
    s, k = bent.s, bent.k
    q = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
    raw = [integrate.trapezoid(q**power * density, z) for power in range(5)]
    std = np.sqrt(raw[2])
    return np.array([raw[1], raw[2], raw[3] / std**3, raw[4] / std**4 - 3.0])


wanted = st.tuples(st.floats(-3.9, 3.9), st.floats(0.0, 1.0)).map(
    lambda at: (at[0], float(np.interp(at[1], [0, 1], kurtosis_range(at[0]))))
)


@settings(max_examples=20)
@given(wanted=wanted)
def test_the_bent_distribution_has_the_skew_and_kurtosis_that_were_wanted(
    wanted: tuple[float, float],
) -> None:
    bent = distribution_with(*wanted)
    mean, variance, skew, excess = moments_by_integration(bent)
    assert mean == pytest.approx(0.0, abs=1e-9)
    assert (skew, excess) == pytest.approx(wanted, abs=1e-5)
    assert bent.quantile(0.01) * np.sqrt(variance) == pytest.approx(_cubic(bent, 0.01))
    tail = integrate.quad(bent.quantile, 0.0, 0.05, limit=200)[0] / 0.05
    assert bent.mean_below(0.05) == pytest.approx(tail, rel=1e-4)


def _cubic(bent: CornishFisherDistribution, share: float) -> float:
    z, s, k = stats.norm.ppf(share), bent.s, bent.k
    skewed = (z**2 - 1) * s / 6 - (2 * z**3 - 5 * z) * s**2 / 36
    return float(z + skewed + (z**3 - 3 * z) * k / 24)


@settings(max_examples=60)
@given(skew=st.floats(-30, 30), excess=st.floats(-2, 900))
def test_quantiles_rise_whatever_is_asked_and_a_loss_is_never_a_gain(
    skew: float, excess: float
) -> None:
    bent = nearest(skew, excess)
    shares = np.concatenate([10.0 ** np.arange(-9, -1), np.linspace(0.02, 0.98, 97)])
    quantiles = np.array([bent.quantile(share) for share in shares])
    assert (np.diff(quantiles) > -1e-9).all()
    assert bent.mean_below(0.05) <= bent.quantile(0.05) + 1e-12 <= 0.0


def test_published_edges() -> None:
    """Maillard 2012: k reaches from 0 to 8, which is an excess kurtosis of 43.2; s to 2.485."""
    assert kurtosis_range(0.0) == pytest.approx((0.0, 43.2), abs=1e-6)
    assert distribution_with(0.0, 43.1999).k == pytest.approx(8.0, abs=1e-3)
    assert distribution_with(3.95, 26.1).s == pytest.approx(6 * (2**0.5 - 1), abs=0.01)


@pytest.mark.parametrize(
    ("skew", "excess"), [(-22.3, 684.0), (0.0, 44.0), (4.5, 30.0), (-4.5, 3.0)]
)
def test_what_no_bent_distribution_has_is_refused(skew: float, excess: float) -> None:
    with pytest.raises(DataError, match=f"skew of {skew:.2f} and an excess kurtosis"):
        distribution_with(skew, excess)


def test_thin_tails_are_taken_for_the_least_that_can_be_had_and_it_is_said() -> None:
    even = np.linspace(-0.01, 0.01, 501)
    told = tail_risk(even, CornishFisher(), draws=5)
    assert told.note == "an excess kurtosis of -1.20 is too small for a skew of 0.00; 0.00 is used"
    assert told.value_at_risk == pytest.approx(tail_risk(even, Normal()).value_at_risk)
    assert not distribution_with(0.01, -0.02).note


LAWS = {
    "normal": stats.norm(),
    "t(10)": stats.t(10),
    "t(6)": stats.t(6),
    "t(5)": stats.t(5),
    "skewed": stats.skewnorm(-6),
    "gamma of losses": stats.gamma(4),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_losses_are_near_the_truth_of_heavy_and_skewed_laws(name: str, level: float) -> None:
    """CornishFisherDistribution by the moments themselves, they were up to twice too large."""
    law, side = LAWS[name], -1.0 if name == "gamma of losses" else 1.0
    truth = side * law.ppf(np.linspace(0, 1, 400_001)[1::2])
    moments = [float(m) for m in law.stats(moments="mvsk")]
    mean, std, skew, excess = moments[0] * side, moments[1] ** 0.5, moments[2] * side, moments[3]
    loss, true = (
        distribution_with(skew, excess),
        Historical().measure(truth, TailSpec(level=level, horizon=1)),
    )
    assert -mean - std * loss.quantile(1 - level) == pytest.approx(true.value_at_risk, rel=0.09)
    beyond = -mean - std * loss.mean_below(1 - level)
    assert beyond == pytest.approx(true.expected_shortfall, rel=0.1)


def test_samples_of_heavy_tails_lose_about_what_their_law_does() -> None:
    rng = np.random.default_rng(0)
    asked = TailSpec(level=0.99, horizon=1)
    losses = [CornishFisher().measure(rng.standard_t(6, 1250), asked) for _ in range(60)]
    at_risk = np.median([loss.value_at_risk for loss in losses])
    beyond = np.median([loss.expected_shortfall for loss in losses])
    quantile = stats.t(6).ppf(0.01)
    shortfall = (6 + quantile**2) / 5 * stats.t(6).pdf(quantile) / 0.01
    assert at_risk == pytest.approx(-quantile, rel=0.08)
    assert beyond == pytest.approx(shortfall, rel=0.08)
