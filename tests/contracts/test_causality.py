"""Nothing in any catalogue looks ahead."""

from typing import Any

import pytest

from forefolio.causality import check_no_lookahead
from forefolio.features import CATALOGUE
from forefolio.forecast import MODELS, TARGETS
from forefolio.risk import RISK_MODELS
from forefolio.strategy import STRATEGIES

COMPONENTS: tuple[type[Any], ...] = (*CATALOGUE, *TARGETS, *MODELS, *RISK_MODELS, *STRATEGIES)


@pytest.mark.parametrize("component", COMPONENTS)
def test_it_says_the_same_whatever_comes_after(component: type[Any]) -> None:
    check_no_lookahead(component())
