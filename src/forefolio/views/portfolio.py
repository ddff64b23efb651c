"""A portfolio as a page."""

from collections.abc import Iterable
from typing import Any

from forefolio.core.kinds import in_words
from forefolio.core.wording import counted, listed, number, percent, sessions
from forefolio.studies.expectation import Expected
from forefolio.studies.portfolio import Portfolio
from forefolio.studies.result import Result
from forefolio.views.expected_volatility import (
    expected_volatility_words,
    interval_record_lines,
)
from forefolio.views.figures.frontier import draw_weights_pie
from forefolio.views.page import Lines, Page, Table, sentences, table
from forefolio.views.remarks import in_full, in_short

MOST_LIMITS = 8
NO_SHORT = "no short position"  # after the limits that somebody set
INVESTED = "invested"  # how a budget begins
LARGEST = 3  # positions, and limits, named in the summary
EXPECTED_BY = {
    "given": "as given",
    "classical": "past means, shrunk",
    "past_means": "past means as they are, whose differences are mostly chance",
    "machine_learning": "learnt forecasts",
}
UNITS = {
    "maximum_sharpe": "Sharpe",
    "minimum_variance": "volatility",
    "target_return": "volatility",
    "target_volatility": "return",
    "utility": "utility",
}


def portfolio_page(result: Portfolio) -> Page:
    """Weights, what is expected of them, what binds and why."""
    why = result.reasons
    explained = sentences("Why", why.sentences) if why.sentences else _limits(result)
    return Page(
        headline=f"Portfolio by {in_words(result.objective)}{closing(result)}",
        summary=(
            _largest(result),
            f"Expected, not what was earned before: {_expected(result)}.",
            *_risk(result),
            *_binding(result),
            origin(result),
            *in_short(result.remarks),
        ),
        main=(_weights(result), *(explained if why.sentences else ())),
        evidence=(
            *(() if why.sentences else explained),
            *sentences("", why.missing),
            *sentences("Solved by", [result.status or in_words(result.objective)]),
            *interval_record_lines(result.expected_volatility),
            *span(result),
            *in_full(result.remarks),
        ),
        pictures={"weights_pie": lambda: _pie(result)},
    )


def _risk(result: Portfolio) -> tuple[str, ...]:
    """How much the portfolio has of the risk that its objective looks at."""
    if not result.risk_measure or result.risk is None:
        return ()
    name = in_words(result.risk_measure)
    return (f"{name[0].upper()}{name[1:]} by past prices: {percent(result.risk)}.",)


def _binding(result: Portfolio) -> tuple[str, ...]:
    """The limits that somebody set and that bind."""
    names = [one.name for one in result.reasons.limits]
    ours = [one for one in names if not one.endswith(NO_SHORT) and not one.startswith(INVESTED)]
    if not ours:
        return ()
    first, rest = ours[:LARGEST], len(ours) - LARGEST
    more = [counted(rest, "other")] if rest > 0 else []
    return (f"Limits that bind: {'; '.join([*first, *more])}.",)


def origin(result: Expected) -> str:
    """Where the numbers of a result come from, in a sentence."""
    by = EXPECTED_BY[result.forecast]
    data = result.data
    if data.sessions is None:
        return f"From {data.name} of {counted(len(data.tickers), 'asset')}, without prices."
    return (
        f"From {counted(len(data.tickers), 'asset')} over {sessions(data.sessions)} ({data.name}); "
        f"returns: {by}."
    )


def span(result: Expected) -> Iterable[Lines]:
    """The first and the last session of the prices, if there are any."""
    data = result.data
    return sentences("Prices", [f"From {data.first} to {data.last}."] if data.first else [])


def closing(result: Result, before: str = " ") -> str:
    """Which close was the last, as the end of a heading; nothing where there were no prices."""
    return f"{before}after the close of {result.as_of}" if result.as_of else ""


def _pie(result: Portfolio) -> Any:
    subtitle = in_words(result.objective) + closing(result, ", ")
    return draw_weights_pie(result.weights, result.cash, subtitle)


def _largest(result: Portfolio) -> str:
    if not result.weights:
        return "Hold cash alone."
    first = [f"{name} {percent(w)}" for name, w in list(result.weights.items())[:LARGEST]]
    more = len(result.weights) - len(first)
    rest = [f"{counted(more, 'other')}"] if more else []
    cash = [f"{percent(result.cash)} in cash"] if abs(result.cash) > 5e-4 else []
    return f"Hold {listed([*first, *rest, *cash])}."


def _expected(result: Portfolio) -> str:
    mean, volatility = percent(result.expected_return), percent(result.volatility)
    one = result.expected_volatility
    ahead = f"; volatility a year {expected_volatility_words(one)}" if one else ""
    ratio = number(result.expected_sharpe)
    return f"return {mean} a year, volatility {volatility}, Sharpe {ratio}{ahead}"


def _weights(result: Portfolio) -> Table:
    expected = {one.ticker: one for one in result.assets}
    rows = [
        (
            ticker,
            percent(weight),
            percent(result.risk_shares.get(ticker)),
            percent(expected[ticker].expected_return),
            percent(expected[ticker].volatility),
        )
        for ticker, weight in result.weights.items()
    ]
    if abs(result.cash) > 5e-4:
        rows.append(("cash", percent(result.cash), "", percent(result.cash_return), ""))
    title = "Weights, their share of the risk, and what is expected of each asset a year"
    return table(title, ("weight", "of the risk", "return", "volatility"), rows)


def _limits(result: Portfolio) -> Iterable[Table]:
    limits = sorted(result.reasons.limits, key=lambda one: one.name.endswith(NO_SHORT))
    if not limits:
        return ()
    unit = UNITS.get(result.objective, "")
    points = unit != "Sharpe"
    rows = [
        (one.name, number(one.price, 3, signed=True) if points
         else number(0.01 * one.price, 4, signed=True))
        for one in limits[:MOST_LIMITS]
    ]  # fmt: skip
    rest = len(limits) - MOST_LIMITS
    note = f"and {rest} that matter less" if rest > 0 else ""
    heading = f"{unit}, points a year" if points else unit
    return (table("What each limit costs: the gain from one point more", (heading,), rows, note),)
