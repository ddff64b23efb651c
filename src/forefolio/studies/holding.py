"""Whose weights a study is about: given ones, those of a run, or equal ones; and shares held."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from forefolio.core import quantities
from forefolio.core.component import Component
from forefolio.core.errors import BadTicker, InputError
from forefolio.core.wording import listed
from forefolio.market import refuse_percentages, sanitize_tickers
from forefolio.optimize.shares import as_typed
from forefolio.studies.base import Noun
from forefolio.studies.data import Data
from forefolio.studies.place import Recall
from forefolio.studies.result import DataFacts, Result, RunFacts

DECIDED = ("strategy", "portfolio", "frontier", "today")
"""The kinds of run whose result says what to hold; "last" is the latest of any of them."""

WITH_WEIGHTS = (*DECIDED, "paper")
"""The kinds of run whose result has weights, of which one may be named."""

LARGEST = 1.5  # a weight that is written without its sign and is larger may be per cent
ABSURD = 10.0  # times the portfolio: a number in a document that is larger is per cent
EQUAL = "equal"

Pairs: TypeAlias = Iterable[tuple[Any, Any]]


def kinds_meant(run: str) -> tuple[str, ...]:
    """The kinds among which a run is looked for: what an account holds is taken by name alone."""
    return DECIDED if run == "last" else WITH_WEIGHTS


def weights_by_ticker(given: Mapping[str, Any] | str | Pairs) -> dict[str, float]:
    """Weights by ticker: "AAPL=30%,KO=0.2", a mapping, or pairs of a ticker and a weight.

    Of a ticker that stands twice both count. Weights that exceed the whole by no more than their
    own rounding are brought to it.

    Raises:
        ValueError: something in it is no ticker with a number, or may be per cent.

    >>> weights_by_ticker("AAPL=30%, KO=0.2")
    {'AAPL': 0.3, 'KO': 0.2}
    """
    example = "AAPL=60%,KO=40%"
    summed = _summed(given, lambda name, value: _weight(name, value, example), example)
    weights = np.array(list(summed.values()), dtype=np.float64)
    try:
        refuse_percentages(weights)
    except InputError as error:
        raise ValueError(str(error)) from None
    typed = as_typed(weights)
    return dict(zip(summed, typed.tolist(), strict=True))


def amounts_by_ticker(given: Mapping[str, Any] | str | Pairs) -> dict[str, float]:
    """Shares or money by ticker: "AAPL=10,KO=5", a mapping, or pairs; of one twice both count.

    Raises:
        ValueError: something in it is no ticker with a number.

    >>> amounts_by_ticker("AAPL=1,900.10 KO=5")
    {'AAPL': 1900.1, 'KO': 5.0}
    """
    example = "AAPL=10,KO=5"

    def amount(name: str, value: Any) -> float:
        return _number(quantities.amount, name, value, example)

    return _summed(given, amount, example)


def read_setting(
    read: Callable[[Any], dict[str, float]], given: Any, setting: str
) -> dict[str, float]:
    """What one of the two reads from a setting of a caller that is no document.

    Raises:
        InputError: something in it is no ticker with a number, or may be per cent.
    """
    try:
        return read(given)
    except ValueError as error:
        raise InputError(f"{setting}: {error}") from None


def _summed(
    given: Mapping[str, Any] | str | Pairs, read: Callable[[str, Any], float], example: str
) -> dict[str, float]:
    pairs: Pairs = quantities.pairs(given) if isinstance(given, str) else _pairs(given, example)
    summed: dict[str, float] = {}
    for name, value in pairs:
        number, ticker = read(str(name), value), _ticker(str(name))
        summed[ticker] = summed.get(ticker, 0.0) + number
    if not summed and isinstance(given, str):
        raise ValueError(f"names nothing; write {example}")
    return summed


def _pairs(given: Mapping[str, Any] | Pairs, example: str) -> Pairs:
    pairs = list(given.items() if isinstance(given, Mapping) else given)
    for pair in pairs:
        if not (isinstance(pair, tuple | list) and len(pair) == 2):
            raise ValueError(f"{pair!r} is no ticker with a number; write {example}")
    return pairs


def _ticker(name: str) -> str:
    try:
        for ticker in sanitize_tickers([name]):
            return ticker
    except BadTicker as error:
        raise ValueError(str(error)) from None
    raise ValueError("a weight or a number of shares has no ticker before it")


def _weight(name: str, value: Any, example: str) -> float:
    weight, written = _number(quantities.fraction, name, value, example), str(value).strip()
    largest = LARGEST if isinstance(value, str) else ABSURD
    if not math.isfinite(100 * weight):
        raise ValueError(f"{_ticker(name)} weighs more than any number; write {example}")
    if abs(weight) > largest and not written.endswith("%"):
        whole = f"{100 * weight:.6g}%"
        said = value if isinstance(value, str) else f"{weight:.6g}"
        raise ValueError(
            f"{_ticker(name)}={said} is {whole} of the portfolio; write {_ticker(name)}={said}% "
            f"if it is per cent, or {_ticker(name)}={whole} if it is that much"
        )
    return weight


def _number(read: Callable[[str], float], name: str, value: Any, example: str) -> float:
    try:
        return read(str(value))
    except ValueError:
        raise ValueError(
            f"{str(value)!r} is no number for {name!r}; write {example}, or in a shell name a CSV "
            "file with a column of tickers and one of numbers"
        ) from None


def _weights(given: Any) -> Any:
    if isinstance(given, str) and given.strip().lower() == EQUAL:
        return None
    return None if given is None else weights_by_ticker(_readable(given))


def _amounts(given: Any) -> Any:
    return amounts_by_ticker(_readable(given))


def _readable(given: Any) -> Any:
    if isinstance(given, str | Mapping | list | tuple):
        return given
    raise ValueError(f"must be numbers by ticker, not a {type(given).__name__}")


Weights = Annotated[Mapping[str, float] | None, BeforeValidator(_weights)]
"""Weights by ticker, as a mapping or as text."""

Amounts = Annotated[Mapping[str, float], BeforeValidator(_amounts)]
"""Shares, or money per share, by ticker, as a mapping or as text."""


@runtime_checkable
class Weighted(Protocol):
    """A result that others may take weights of."""

    weights: Mapping[str, float]
    as_of: date
    data: DataFacts
    run: RunFacts | None

    @property
    def described(self) -> str:
        """What it is, in words: "portfolio by minimum variance"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Weights by ticker, None being equal ones of all assets; whose they are, and their data."""

    weights: Mapping[str, float] | None
    words: str
    run: str | None = None
    made: date | None = None
    data: Data | None = None


class PortfolioFacts(Component):
    """Whose weights a result is about."""

    words: str = Field(description="Whose weights they are, in words.")
    run: str | None = Field(None, description="The id of the run whose weights they are.")
    made: date | None = Field(None, description="The session after which that run made them.")
    weights: Mapping[str, float] = Field(description="By ticker, fractions of the portfolio.")
    cash: float = Field(description="What the weights leave of 1; negative is borrowed.")


class Holding(Noun):
    """The weights a study is about: given, or those of a run; equal ones of all assets if neither.

    >>> Holding(weights="AAPL=60%,KO=0.4").weights
    {'AAPL': 0.6, 'KO': 0.4}
    """

    weights: Weights = Field(
        None,
        description="Such as AAPL=30%,KO=0.2, or `equal`; what they leave of 100 % is cash.",
        json_schema_extra={"in_words": True},
    )
    run: str | None = Field(
        None,
        description="The weights of that run, by its id or the beginning of it; `last` is the "
        "latest that has weights.",
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> "Holding":
        if self.weights is not None and self.run is not None:
            raise ValueError("weights are given, and a run that has its own; give one of the two")
        return self

    def chosen(self, recall: Recall) -> Chosen:
        """The weights, and whose they are.

        Raises:
            InputError: there is no such run, or it has no weights.
        """
        if self.run is not None:
            return _of_run(recall(kinds_meant(self.run), self.run))
        if self.weights is not None:
            return Chosen(weights=self.weights, words="given weights")
        return Chosen(weights=None, words="equal weights")


def _of_run(result: Result) -> Chosen:
    if result.run is None or not isinstance(result, Weighted):
        which = f"run {result.run.id[:8]}" if result.run else "such a result"
        raise InputError(
            f"{which} has no weights of its own; name one of kind "
            f"{listed(WITH_WEIGHTS, 'or')}, or give weights"
        )
    run = result.run.id
    what = ", ".join([result.described, *([str(result.as_of)] if result.as_of else [])])
    return Chosen(
        weights=result.weights,
        words=f"weights of run {run[:8]} ({what})",
        run=run,
        made=result.as_of,
        data=Data.of(result.data) if result.data.has_prices else None,
    )


def named_otherwise(data: Data, own: Data) -> list[str]:
    """The settings of `data` that somebody gave, and that are not those of `own`."""
    plain = Data()
    given = [name for name in Data.model_fields if name in data.model_fields_set]
    return [
        name
        for name in given
        if getattr(data, name) != getattr(own, name)
        and (name == "source" or getattr(data, name) != getattr(plain, name))
    ]


def settled(data: Data, holding: Holding, recall: Recall) -> dict[str, Any]:
    """Data and holding with the whole id of the run in the place of "last", and its data.

    Raises:
        InputError: there is no such run, or data are named that are not those of the run.
    """
    if holding.run is None:
        return {}
    chosen = holding.chosen(recall)
    own = chosen.data or data
    if other := named_otherwise(data, own):
        raise InputError(
            f"a run looks at its own data, and {', '.join(other)} would name others: leave out "
            "--study, --source, --tickers, --start and --end beside --run, or give --weights"
        )
    return {"data": own, "holding": Holding(run=chosen.run)}
