"""What the calls of the library are given: prices as a market, and settings in words.

Prices are cleaned and aligned by the same rules, and cash earns the same, wherever they are given.
"""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from forefolio.backtest import Trading
from forefolio.core.component import Component
from forefolio.core.errors import BadSettings, InputError
from forefolio.core.problems import problems
from forefolio.market import Market, Prices, load_market
from forefolio.optimize.portfolio import CASH_RATE


def market_from(given: Any, annual_cash_rate: float | str | None = None) -> Market:
    """Prices as a market, with what cash earns.

    Args:
        given: a `Market`; a frame of prices; a source such as `Sample()`; or the path of a file or
            folder.
        annual_cash_rate: what cash earns a year; None leaves a market's own series.

    Raises:
        InputError: it is none of these.
        DataError: no prices can be used.
    """
    market = _market(given)
    if "cash" in market.series and annual_cash_rate is None:
        return market
    rate: Any = CASH_RATE if annual_cash_rate is None else annual_cash_rate
    cash = Trading(cash_rate=rate, warmup=1).cash_returns(market)
    return market.with_series(cash=cash)


def _market(given: Market | Prices) -> Market:
    if isinstance(given, Market):
        return given
    return load_market(given).market


def read_as(kind: Any, given: Any, what: str) -> Any:
    """A setting in words, a class, an object or a function, as the component that it means.

    Raises:
        InputError: it is none; it says which there are.
    """
    try:
        return TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        raise InputError(f"{what}: {_reasons(problems(error))}") from None


def read_settings(kind: type[Component], given: Any, what: str) -> Any:
    """A component, a mapping of its settings, or None for the usual ones.

    Raises:
        InputError: a setting is unknown or has a value that it may not have.
    """
    try:
        return kind.model_validate({} if given is None else given)
    except ValidationError as error:
        raise BadSettings(problems(error), what) from None


def several(given: Any) -> tuple[Any, ...]:
    """One thing or several, as several."""
    alone = isinstance(given, str | dict) or not isinstance(given, Iterable)
    return (given,) if alone else tuple(given)


def _reasons(problems: Iterable[tuple[str, str]]) -> str:
    return "; ".join(reason for _, reason in problems)
