"""What a study costs, estimated from its settings before anything is computed.

The estimates are low ones: what they refuse cannot be done, and what they let pass may still take
long. They are also what parts short studies from long ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from forefolio.studies.data import Data

USUAL: Mapping[str, int] = {
    "tickers": 500,
    "assets": 500,
    "sessions": 5_000,
    "horizons": 4,
    "models": 10,
    "paths": 10_000,
    "horizon": 252,
    "points": 25,
}
"""Sizes that are not out of the ordinary."""

_BYTES_OF_A_CELL = 10  # of a file of prices: one number with its comma
_COLUMNS = 5  # open, high, low, close, volume
_UNKNOWN = 20  # assets, where nothing says how many there are

_START_S = 0.3  # CPU seconds of reading, checking and answering the smallest question
_CELL_S = 1e-7  # to read and check a price
_PAIR_S = 2e-9  # to multiply the returns of two assets in a session
_ASSET_CUBED_S = 1e-9  # to choose a portfolio
_MODEL_S = 0.6  # to have a model's library, and to train it at a horizon, on however few prices
_TRAINED_S = 1e-5  # to train a model on a price and forecast with it, walking forward


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputingCost:
    """What a study costs at least."""

    cpu_s: float
    bytes: float  # of memory at its height


class Costed(Protocol):
    """A study that says what it costs."""

    def sizes(self) -> Mapping[str, int]:
        """What the cost grows with, by the name of the setting."""

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """The cost with its own sizes, or with others."""


def market_sizes(data: "Data") -> dict[str, int]:
    """How many assets and sessions a study is about, as far as its settings tell."""
    source = data.source
    named = len(data.tickers)
    match getattr(source, "kind", ""):
        case "sample":
            there, sessions = _UNKNOWN, 8_500
        case "synthetic":
            there, sessions = _number(source, "assets"), _number(source, "sessions")
            return {"source.assets": there, "source.sessions": sessions}
        case "files":
            sessions = 5_000
            there = max(_cells(source) // sessions, 1)
        case _:
            there, sessions = named or _UNKNOWN, 5_000
    return {"tickers": named or there, "sessions": sessions}


def market_cost(sizes: Mapping[str, int]) -> ComputingCost:
    """Reading, checking and one covariance of a market."""
    assets, sessions = of_market(sizes)
    cells = float(assets) * sessions
    return ComputingCost(
        cpu_s=_START_S + cells * (_CELL_S + _PAIR_S * assets) + _ASSET_CUBED_S * float(assets) ** 3,
        bytes=8.0 * (_COLUMNS * cells + float(assets) ** 2),
    )


def trained_cost(sizes: Mapping[str, int]) -> ComputingCost:
    """A market, and every model trained on it at every horizon."""
    market, (assets, sessions) = market_cost(sizes), of_market(sizes)
    trained = float(sizes["models"]) * sizes["horizons"]
    panels = trained * assets * sessions
    cpu_s = market.cpu_s + _MODEL_S * trained + _TRAINED_S * panels
    return ComputingCost(cpu_s=cpu_s, bytes=market.bytes + 16 * panels)


def of_market(sizes: Mapping[str, int]) -> tuple[int, int]:
    """Assets and sessions."""
    by_word = {name.rpartition(".")[2]: size for name, size in sizes.items()}
    return by_word.get("assets", by_word.get("tickers", 1)), by_word.get("sessions", 1)


def _number(source: Any, name: str) -> int:
    return int(getattr(source, name))


def _cells(source: Any) -> int:
    """Prices in files, from how long they are; 0 where they cannot be looked at."""
    path = Path(source.path)
    try:
        files = [one for one in path.iterdir() if one.is_file()] if path.is_dir() else [path]
        return sum(one.stat().st_size for one in files[:10_000]) // (_BYTES_OF_A_CELL * _COLUMNS)
    except OSError:
        return 0
