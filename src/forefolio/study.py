"""The whole document: what data, what to hold, when to decide, and what trading costs."""

import difflib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from forefolio.backtest import Trading
from forefolio.component import Component
from forefolio.errors import BadStudy, BadTicker
from forefolio.forecast import Recipe
from forefolio.lazy import lazy
from forefolio.market import AnySource, Sample, sanitize_tickers
from forefolio.strategy import (
    AnyStrategy,
    Classical,
    EqualWeight,
    ForecastDriven,
    InverseVolatility,
)
from forefolio.units import Days

yaml: Any = lazy("yaml")

Seed = Annotated[int, Field(ge=0)]


class Study(Component):
    """Everything that decides a run's numbers; equal studies on equal data have equal results."""

    source: AnySource = Sample()
    tickers: tuple[str, ...] = ()  # empty: all the source offers by itself
    start: date | None = None
    end: date | None = None
    minimum_sessions: Days = 504
    machine_learning: bool = True
    horizons: tuple[Days, ...] = (1, 5, 21, 63)
    strategy: AnyStrategy = ForecastDriven()
    baselines: tuple[AnyStrategy, ...] = (EqualWeight(), InverseVolatility(), Classical())
    trading: Trading = Trading(warmup=1251)  # the first forecast needs 1250 sessions before it
    seed: Seed = 0

    @field_validator("tickers")
    @classmethod
    def _clean(cls, tickers: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return sanitize_tickers(tickers)
        except BadTicker as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise ValueError(f"start {self.start} must be before end {self.end}")
        return self

    @property
    def followed(self) -> AnyStrategy:
        """The strategy that is followed: the classical one when machine learning is off."""
        return self.strategy if self.machine_learning else Classical()

    @property
    def recipe(self) -> Recipe:
        """What forecasts are made, also where the strategy does not follow them."""
        recipe = self.strategy.recipe if isinstance(self.strategy, ForecastDriven) else Recipe()
        return recipe if self.machine_learning else recipe.model_copy(update={"models": ()})

    @property
    def forecast_horizons(self) -> tuple[int, ...]:
        """The horizons that are forecast: those asked for, and the one the strategy follows."""
        own = getattr(self.followed, "horizon", None)
        return tuple(sorted({*self.horizons, *([own] if own else [])}))


def load_study(path: Path) -> Study:
    """Read a study from a YAML or JSON file.

    Raises:
        BadStudy: saying where the document is wrong, and what was probably meant.
    """
    return read_study(load_document(path), str(path))


def load_document(path: Path) -> dict[str, Any]:
    """Read a study's document without validating it.

    Raises:
        BadStudy: the file cannot be read, or is not a mapping.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadStudy([("", f"cannot be read: {error.strerror}")], str(path)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise BadStudy([("", f"is not YAML: {reason}")], str(path)) from None
    if not isinstance(document, dict | None):
        raise BadStudy([("", "must be a mapping such as `tickers: [AAPL, MSFT]`")], str(path))
    return document or {}


def read_study(document: dict[str, Any], where: str = "study") -> Study:
    """Validate a study's document.

    Raises:
        BadStudy: saying where the document is wrong, and what was probably meant.
    """
    try:
        return Study.model_validate_json(_json(document))
    except ValidationError as error:
        problems = [(_path(p["loc"]), _reason(p)) for p in error.errors(include_url=False)]
        raise BadStudy(problems, where) from None


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, default=str)  # YAML reads dates as dates


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _reason(problem: Any) -> str:
    if problem["type"] != "extra_forbidden":
        reason = str(problem["msg"]).removeprefix("Value error, ")
        shown = problem["input"]
        plain = isinstance(shown, str | int | float | bool)
        return f"{reason}, not {shown!r}" if plain else reason
    name = str(problem["loc"][-1])
    near = difflib.get_close_matches(name, sorted(set(_names(Study.model_json_schema()))), n=1)
    return f"there is no such setting; did you mean {near[0]!r}?" if near else "no such setting"


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _names(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _names(part)
