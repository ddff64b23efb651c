"""The stress scenarios that a document may name, and reading own ones from a file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from forefolio.core.component import OneOf
from forefolio.core.errors import DataError, InputError
from forefolio.core.problems import problems
from forefolio.core.yaml_text import read_yaml
from forefolio.market import Market, Prices, as_market, read_weights
from forefolio.risk.stress.base import Stress, StressTest, stress_loss
from forefolio.risk.stress.episodes import EPISODES, Episode
from forefolio.risk.stress.shocks import SHOCKS, Shock

STRESSES = (Episode, Shock)
AnyStress: TypeAlias = Annotated[Stress, OneOf(*STRESSES)]
USUAL: tuple[Stress, ...] = (*EPISODES, *SHOCKS)


def stress_test(
    weights: Any, market: Market | Prices, stresses: Sequence[Stress] = USUAL
) -> StressTest:
    """The loss of a portfolio in each of the `stresses`; what weights leave of 1 is cash.

    `weights` are fractions, one per asset of the market (N,) or by ticker. The default are five
    past episodes and three shocks. A scenario for which the market has too little data is in
    `left_out`, with the reason.

    >>> from forefolio.market import simulated_market
    >>> from forefolio.risk import Shock
    >>> market = simulated_market(seed=0, sessions=300, assets=2)
    >>> test = stress_test([0.5, 0.5], market, [Shock(name="fall", market=-0.2, spread=False)])
    >>> round(test.worst.loss, 4)
    0.2

    Raises:
        InputError: there is not one finite weight per asset.
    """
    losses, left_out, panel = [], {}, as_market(market)
    holdings = read_weights(weights, panel.assets)
    for stress in stresses:
        try:
            losses.append(stress_loss(holdings, panel, stress))
        except DataError as error:
            left_out[stress.name] = str(error)
    return StressTest(losses=tuple(losses), left_out=left_out)


def load_stresses(path: Path) -> tuple[Stress, ...]:
    """Read stresses from a YAML or JSON file: a list of episodes and shocks, each with its kind.

    Raises:
        InputError: saying where the file is wrong.

    >>> import forefolio as ff
    >>> from pathlib import Path
    >>> _ = Path("own.yaml").write_text("- kind: shock\\n  name: crash\\n  market: -0.3\\n")
    >>> ff.load_stresses(Path("own.yaml"))[0].name
    'crash'
    """
    try:
        document = read_yaml(path.read_text(encoding="utf-8"))
        text = json.dumps(document, default=str)  # dates are dates
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(document, list) or not document:
        raise InputError(f"{path}: must be a list such as [{{kind: shock, market: -0.2}}]")
    try:
        return TypeAdapter(tuple[AnyStress, ...]).validate_json(text)
    except ValidationError as error:
        lines = [f"{place}: {reason}" for place, reason in problems(error)]
        raise InputError(f"{path}: {'; '.join(lines)}") from None
