"""What is believed of a signal: the posterior mean by quadrature, and its edges."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from forefolio.core.units import Array
from forefolio.forecast.judging.belief import Belief, centred
from forefolio.forecast.scoring.sampling_error import ratio_with_error

ROWS, ASSETS = 1200, 8


def market(seed: int, skill: float, loud: float = 1.0) -> tuple[Array, Array]:
    """Signals of deviation `loud` whose information coefficient is `skill`, and the outcomes."""
    rng = np.random.default_rng(seed)
    score, luck = rng.normal(0, 1, (2, ROWS, ASSETS))
    return loud * score, skill * score + np.sqrt(1 - skill**2) * luck


def by_quadrature(belief: Belief, signal: Array, outcome: Array, horizon: int) -> float:
    """The posterior mean of the slope, integrated numerically."""
    x, y = centred(signal, outcome)
    b, se = ratio_with_error((x * y).sum(axis=1), (x * x).sum(axis=1), horizon)
    tau = belief.size * float(np.sqrt((y * y).sum() / (x * x).sum()))
    reach = 6 * max(tau, se)

    def likely(slope: float) -> float:
        return float(norm.pdf(b, slope, se) * norm.pdf(slope, 0, tau))

    around = {"points": [0.0, b], "limit": 400}
    with_skill = quad(likely, -reach - b, reach + b, **around)[0] * belief.share
    without = float(norm.pdf(b, 0, se)) * (1 - belief.share)
    moment = quad(lambda slope: slope * likely(slope), -reach - b, reach + b, **around)[0]
    return max(float(moment) * belief.share / float(with_skill + without), b - 2 * se)


@pytest.mark.parametrize("seed", range(4))
def test_the_slope_is_the_posterior_mean(seed: int) -> None:
    signal, outcome = market(seed, 0.05)
    belief = Belief(share=0.3, size=0.04)
    told = belief.slopes(signal, outcome, 1)[-1]
    assert told > 0
    assert told == pytest.approx(by_quadrature(belief, signal, outcome, 1), rel=1e-5)


def test_a_loud_model_is_not_believed_for_being_loud() -> None:
    plain, outcome = market(0, 0.05)
    loud, _ = market(0, 0.05, loud=20.0)
    told = Belief().slopes(loud, outcome, 1)
    np.testing.assert_allclose(20.0 * told, Belief().slopes(plain, outcome, 1), rtol=1e-9)


def test_what_came_true_to_the_last_digit_is_believed_and_its_opposite_never() -> None:
    signal, _ = market(1, 0.0)
    assert Belief().slopes(signal, signal.copy(), 1)[-1] == pytest.approx(1.0)
    assert Belief().slopes(signal, 0.2 * signal, 1)[-1] == pytest.approx(0.2)
    assert (Belief().slopes(signal, -signal, 1) == 0).all()


def test_nothing_is_believed_before_enough_outcomes_nor_from_silence() -> None:
    signal, outcome = market(2, 0.5)
    for horizon, first in ((1, 126), (10, 126), (30, 360)):
        told = Belief().slopes(signal, outcome, horizon)
        assert (told[: first - 1] == 0).all() and told[first - 1] > 0
    late = signal.copy()
    late[:900] = 0.0  # the model speaks from then on
    told = Belief().slopes(late, outcome, 1)
    assert (told[: 900 + 125] == 0).all() and told[900 + 125] > 0
    assert (Belief().slopes(0 * signal, outcome, 1) == 0).all()


def test_belief_grows_with_the_share_and_the_size_that_are_plausible() -> None:
    signal, outcome = market(3, 0.04)
    by_share = [Belief(share=s).slopes(signal, outcome, 1)[-1] for s in (0.1, 0.3, 0.7)]
    by_size = [Belief(size=s).slopes(signal, outcome, 1)[-1] for s in (0.01, 0.02, 0.04)]
    assert 0 < by_share[0] < by_share[1] < by_share[2]
    assert 0 < by_size[0] < by_size[1] < by_size[2]


def test_a_row_is_learnt_from_the_rows_up_to_it_alone() -> None:
    signal, outcome = market(4, 0.2)
    full = Belief().slopes(signal, outcome, 5)
    for rows in (130, 700):
        part = Belief().slopes(signal[:rows], outcome[:rows], 5)
        np.testing.assert_array_equal(part, full[:rows])


def test_assets_of_which_nothing_is_known_change_nothing() -> None:
    signal, outcome = market(5, 0.3)
    more = np.column_stack([outcome, np.full(ROWS, np.nan)])
    wider = np.column_stack([signal, np.full(ROWS, 9.0)])
    np.testing.assert_allclose(
        Belief().slopes(wider, more, 1), Belief().slopes(signal, outcome, 1), rtol=1e-12
    )
