"""The weather around the assets: regimes as a feature."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forefolio.core.errors import BadSettings
from forefolio.features import RegimeProbability
from forefolio.market import Market, simulated_market
from forefolio.regimes import Regimes


@given(st.integers(1, 1199))
@settings(max_examples=10, deadline=None)
def test_stress_is_what_the_regimes_say_at_every_session_traded(cut: int) -> None:
    market = simulated_market(seed=3, holes=0.05)
    feature = RegimeProbability(regimes=Regimes(states=3), worst=1, refit=200)
    stress, known = feature(market), Regimes(states=3).walk_forward(market, 200)
    expected = np.where(np.isfinite(market.close), known[:, 2:], np.nan)
    np.testing.assert_array_equal(stress, expected)
    np.testing.assert_array_equal(feature(market[:cut]), stress[:cut])


def test_the_more_regimes_count_as_bad_the_more_probable_they_are(market: Market) -> None:
    one, two, three = (RegimeProbability(worst=worst)(market)[300:] for worst in (1, 2, 3))
    assert (one <= two).all() and (two <= three).all() and three.max() <= 1 + 1e-12
    assert one.max() > 0.5 > one.min()
    assert RegimeProbability().name == "market nervous or crisis"


def test_all_regimes_cannot_be_the_worst() -> None:
    with pytest.raises(BadSettings, match="worst is 2 of 2 regimes, must be less"):
        RegimeProbability(regimes=Regimes(states=2))
