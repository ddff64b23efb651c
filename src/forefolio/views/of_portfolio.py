"""What the pages of one portfolio have in common: whose it is, on which data, and how long."""

from forefolio.core.wording import counted, plus_minus, sessions
from forefolio.studies.portfolio_history import MonteCarloEstimate, OfPortfolio

_PERIODS = ((150.0, "day"), (40.0, "week"), (8.0, "month"), (3.0, "quarter"))


def headline(what: str, result: OfPortfolio) -> str:
    """What it is, whose, and of when."""
    return f"{what} of {result.portfolio.words} after the close of {result.as_of}"


def origin(result: OfPortfolio) -> str:
    """Which prices the numbers rest on, in a sentence."""
    held = counted(len(result.portfolio.weights), "asset")
    return f"From {held} over {sessions(result.sessions)}, {since(result)} ({result.data.name})."


def since(result: OfPortfolio) -> str:
    """The first and the last session."""
    return f"{result.first} to {result.last}"


def period(result: OfPortfolio) -> str:
    """How long a session of these prices is: a day, a week or a month."""
    days = max((result.last - result.first).days, 1)
    a_year = 365.25 * max(result.sessions - 1, 1) / days
    return next((word for least, word in _PERIODS if a_year > least), "year")


def chance(one: MonteCarloEstimate) -> str:
    """A probability, or a fraction, with its error, in per cent."""
    return f"{plus_minus(100 * one.value, 100 * one.error, 1)} %"
