"""What the words mean: one word and one unit for one thing, on every face.

The command line (`forefolio glossary`), the report and the documentation print this list.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from forefolio.core.errors import InputError
from forefolio.core.wording import meant


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """A word of the field: what it means, and in which unit and with which sign it is written."""

    meaning: str
    written: str = ""


GLOSSARY: Mapping[str, GlossaryTerm] = {
    "as of": GlossaryTerm(
        "The last session whose close was known; nothing later is used.", "a date, 2022-12-28"
    ),
    "backtest": GlossaryTerm(
        "What a rule would have earned if it had been followed: each decision is made with what "
        "was known then, traded at the next open, and charged its costs."
    ),
    "benchmark": GlossaryTerm("The index a portfolio is compared with; doing nothing clever."),
    "bootstrap": GlossaryTerm(
        "How far luck may have moved a number: the past is drawn again in blocks many times."
    ),
    "calibrated": GlossaryTerm("An interval of 80 % that holds the outcome in 80 % of the cases."),
    "cash": GlossaryTerm(
        "What the weights leave of 1; it earns the cash rate.", "per cent of the whole"
    ),
    "costs": GlossaryTerm("What trading takes: spread, commission, impact.", "per cent a year"),
    "covariance": GlossaryTerm("How the returns of assets move together; risk follows from it."),
    "direction": GlossaryTerm(
        "How often the sign of a forecast was right, minus how often `up` alone was.",
        "percentage points",
    ),
    "drawdown": GlossaryTerm(
        "The fall from the highest value so far; the maximum drawdown is the deepest.",
        "negative per cent, -37.1 %",
    ),
    "efficient frontier": GlossaryTerm(
        "For every expected return, the portfolio of the least risk."
    ),
    "expected return": GlossaryTerm(
        "What is forecast, on average over what may come; far less certain than risk.",
        "per cent a year, unless a horizon is named",
    ),
    "expected shortfall": GlossaryTerm(
        "The mean loss in the worst cases beyond the value at risk; also called CVaR.",
        "a loss is positive; the horizon and the level are named",
    ),
    "factor": GlossaryTerm("What many assets follow at once, such as the market or a sector."),
    "fallback": GlossaryTerm(
        "What took the place of something that could not be computed, and why."
    ),
    "hit rate": GlossaryTerm("The share of sessions, or of calls, that were right.", "per cent"),
    "horizon": GlossaryTerm("How far ahead a forecast looks.", "sessions"),
    "information ratio": GlossaryTerm(
        "Return beyond the benchmark, by the tracking error; both a year.", "a number"
    ),
    "interval": GlossaryTerm(
        "The range that holds the truth, or the outcome, as often as its level says."
    ),
    "leverage": GlossaryTerm(
        "Positions of more than the capital: the rest is borrowed.", "per cent"
    ),
    "long only": GlossaryTerm("No asset is sold short: no weight is below zero."),
    "out of sample": GlossaryTerm(
        "On sessions that nothing was fitted or chosen on: the only ones that count as evidence."
    ),
    "p value": GlossaryTerm(
        "How often luck alone would show as much; below 0.05 it is called shown.", "a number"
    ),
    "paper account": GlossaryTerm(
        "A strategy followed day by day with no money: every decision, trade and close is written "
        "down when it happens, and never changed."
    ),
    "prior": GlossaryTerm(
        "The forecast without skill: the pooled mean, what the market has paid for risk. Models "
        "are believed only as far as they have beaten it."
    ),
    "QLIKE": GlossaryTerm(
        "The usual loss of a volatility forecast: too low costs more than too high; less is good.",
        "decimals, three digits",
    ),
    "R2": GlossaryTerm(
        "How much of the variance of outcomes a forecast explains beyond the prior; monthly "
        "returns rarely allow 1 %.",
        "per cent",
    ),
    "rank IC": GlossaryTerm(
        "Correlation between the ranks of forecasts and of outcomes across assets, session by "
        "session; 0 is no skill, 0.05 is good.",
        "decimals, 0.050",
    ),
    "rebalancing": GlossaryTerm("Trading back to the weights that are wanted."),
    "regime": GlossaryTerm("How nervous the market as a whole is: calm, normal, nervous, crisis."),
    "session": GlossaryTerm("A trading day: one row of the data."),
    "Sharpe": GlossaryTerm(
        "Mean return beyond cash, by its volatility, both a year: "
        "(mean - cash) / volatility. Expected and earned ones are never mixed.",
        "a number, with its standard error where it was earned",
    ),
    "skill": GlossaryTerm(
        "Forecasts that were better than the prior out of sample, by more than their error."
    ),
    "standard error": GlossaryTerm(
        "By how much a measured number is off by luck, typically; written after ±."
    ),
    "stress": GlossaryTerm(
        "What a crisis of the past, or a named shock, would do.", "negative: a loss"
    ),
    "tracking error": GlossaryTerm(
        "Volatility of the return beside the benchmark.", "per cent a year"
    ),
    "turnover": GlossaryTerm(
        "What is traded: half of all buying and selling, by the portfolio's value.",
        "per cent a year, unless one decision is named",
    ),
    "underpowered": GlossaryTerm(
        "The record is too short to show a skill of a realistic size: neither shown nor refuted."
    ),
    "value at risk": GlossaryTerm(
        "The loss that is exceeded with a given probability only.",
        "a loss is positive; the horizon and the level are named",
    ),
    "volatility": GlossaryTerm("Standard deviation of returns.", "per cent a year"),
    "walk-forward": GlossaryTerm(
        "Fit on the past, forecast the sessions that follow, move on, fit again: as it would have "
        "been done."
    ),
    "weight": GlossaryTerm(
        "The part of the portfolio that is in an asset.", "per cent of the whole"
    ),
}


def defined(word: str) -> dict[str, GlossaryTerm]:
    """The terms that a word names, alone or as a part of it.

    Raises:
        InputError: there is none.
    """
    wanted = word.strip().lower().replace("_", " ").replace("-", " ")
    plain = {name: name.lower().replace("-", " ") for name in GLOSSARY}
    several = {name: GLOSSARY[name] for name, one in plain.items() if wanted in one}
    if not several:
        near = meant(wanted, list(plain.values())) or "; `forefolio glossary` lists all words"
        raise InputError(f"the glossary has no {word!r}{near}")
    return several
