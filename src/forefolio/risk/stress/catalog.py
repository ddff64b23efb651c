"""The stresses that a document may name, and reading one of one's own."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from forefolio.core.component import OneOf
from forefolio.core.errors import DataError, InputError
from forefolio.core.lazy import lazy
from forefolio.market import Market, Prices, as_market, read_weights
from forefolio.risk.stress.base import Stress, StressTest, stress_loss
from forefolio.risk.stress.episodes import EPISODES, Episode
from forefolio.risk.stress.shocks import SHOCKS, Shock

yaml: Any = lazy("yaml")

STRESSES = (Episode, Shock)
AnyStress: TypeAlias = Annotated[Stress, OneOf(*STRESSES)]
USUAL: tuple[Stress, ...] = (*EPISODES, *SHOCKS)


def stress_test(
    weights: Any, market: Market | Prices, stresses: Sequence[Stress] = USUAL
) -> StressTest:
    """What a portfolio with `weights` loses in each of the `stresses`; the rest of 1 is cash.

    `weights` are one per asset of the market (N,), or by ticker; prices in memory will do for it.

    Five episodes and three shocks are usual. One that the market holds too little for is left out,
    and told.

    Raises:
        InputError: there is not one finite weight per asset.
    """
    losses, left_out, known = [], {}, as_market(market)
    held = read_weights(weights, known.assets)
    for stress in stresses:
        try:
            losses.append(stress_loss(held, known, stress))
        except DataError as error:
            left_out[stress.name] = str(error)
    return StressTest(losses=tuple(losses), left_out=left_out)


def load_stresses(path: Path) -> tuple[Stress, ...]:
    """Read stresses from a YAML or JSON file: a list of episodes and shocks, each with its kind.

    Raises:
        InputError: saying where the file is wrong.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        text = json.dumps(document, default=str)  # dates are dates
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(document, list) or not document:
        raise InputError(f"{path}: must be a list such as [{{kind: shock, market: -0.2}}]")
    try:
        return TypeAdapter(tuple[AnyStress, ...]).validate_json(text)
    except ValidationError as error:
        told = [f"{_path(one['loc'])}: {one['msg']}" for one in error.errors(include_url=False)]
        raise InputError(f"{path}: {'; '.join(told)}") from None


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
