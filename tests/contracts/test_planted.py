"""The kinds of leak that a checker has missed before are heard."""

from typing import Any

import numpy as np
import pytest
from tests.contracts.planted import (
    FEATURES,
    KEEPING,
    MEMO,
    OTHERS,
    RANK,
    LabelFromItsOwnClose,
    kept_in_the_module,
    only_a_series_that_it_needs,
)

from forefolio.causality import check_no_lookahead
from forefolio.core.errors import DataError, LookAhead, NotTradable
from forefolio.features import MarketBeta
from forefolio.market import simulated_market


@pytest.mark.parametrize("leak", [*FEATURES, *OTHERS])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_heard(leak: Any, seed: int) -> None:
    with pytest.raises(LookAhead):
        check_no_lookahead(leak, seed=seed)


@pytest.mark.parametrize("leak", KEEPING)
def test_what_was_kept_before_the_check_hides_nothing(leak: Any) -> None:
    primed = leak(simulated_market(7, sessions=900))
    assert primed.shape == (900, 6)
    with pytest.raises(LookAhead):
        check_no_lookahead(leak)


@pytest.mark.parametrize("seed", range(3))
def test_a_label_that_starts_at_its_own_close_cannot_be_traded(seed: int) -> None:
    with pytest.raises(NotTradable, match=r"LabelFromItsOwnClose gives A\d at .*trade_price"):
        check_no_lookahead(LabelFromItsOwnClose(), seed=seed)


def test_it_says_what_it_heard_and_read() -> None:
    heard = check_no_lookahead(MarketBeta())
    assert heard.series == ("benchmark",) and heard.missing == ()
    assert heard.sessions > 1000 and max(heard.cuts) > 1000


def test_a_market_that_lacks_what_is_read_is_named() -> None:
    with pytest.raises(DataError, match="reads the series 10y, which this market lacks"):
        check_no_lookahead(only_a_series_that_it_needs, simulated_market(sessions=300))


def test_what_was_kept_before_is_there_again_afterwards() -> None:
    MEMO["spread"] = kept = np.ones(6)
    with pytest.raises(LookAhead):
        check_no_lookahead(kept_in_the_module)
    assert {"spread": kept} == MEMO and RANK == {"A0": 1.0, "A1": 2.0}
