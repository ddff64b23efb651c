"""What to hold, why, what could be lost and what to buy, as a page."""

from collections.abc import Iterator
from typing import Any

from forefolio.core.wording import listed, number, percent, plus_minus, sessions
from forefolio.studies.health import ForecastPromise, exposure
from forefolio.studies.today import PossibleLoss, Today
from forefolio.views.expected_volatility import (
    expected_volatility_words,
    interval_record_lines,
)
from forefolio.views.figures.frontier import draw_weights_pie
from forefolio.views.orders import bought_and_sold, order_sheet, order_table
from forefolio.views.page import Column, Page, Table, sentences, table
from forefolio.views.remarks import in_full
from forefolio.views.report.words import tilted, tilted_in_short

LARGEST = 4  # positions named in the summary


def today_page(result: Today) -> Page:
    """Five plain lines and the orders; the evidence has the rest."""
    return Page(
        headline=f"Today: the session after {result.as_of} ({result.data.name}){_models(result)}",
        summary=(
            _hold(result),
            _why(result),
            _could_lose(result),
            f"Buy: {bought_and_sold(result.orders)}; costs {number(result.cost)}, cash left "
            f"{number(result.cash_left)}.",
            _caveat(result),
        ),
        main=(order_table(result.orders, result.cash_left, result.capital, result.as_of),),
        evidence=(
            *sentences("Why these weights", _why_in_full(result)),
            _losses(result),
            *sentences("What volatility is expected", _volatility(result)),
            *interval_record_lines(result.expected_volatility),
            *([_stresses(result)] if result.stresses else []),
            *([_tests(result)] if result.value_at_risk_tests else []),
            _forecasts(result),
            *in_full(result.remarks),
        ),
        pictures={"weights_pie": lambda: _pie(result)},
        sheet=order_sheet(result.orders),
    )


def _hold(result: Today) -> str:
    held = list(result.weights.items())
    if not held:
        return "Hold: cash alone."
    named = [f"{ticker} {percent(weight)}" for ticker, weight in held[:LARGEST]]
    more = [f"{len(held) - LARGEST} more"] if len(held) > LARGEST else []
    cash = [f"cash {percent(result.cash)}"] if abs(result.cash) > 5e-4 else []
    return f"Hold: {listed([*named, *more, *cash])}."


def _why(result: Today) -> str:
    record = result.record
    if record.ruined:
        return f"Why: {result.strategy}; out of sample it was ruined on {record.ruined}."
    leaning = "" if result.tilt is None else f"; {tilted_in_short(result.tilt)}"
    return (
        f"Why: {result.strategy} earned {percent(record.annual_return)} a year out of sample, "
        f"Sharpe {plus_minus(record.sharpe, record.sharpe_error)}{leaning}."
    )


def _why_in_full(result: Today) -> Iterator[str]:
    record = result.record
    yield (
        f"{result.strategy} chose them, by {result.expected_by.returns}. Its record is out of "
        f"sample, {record.first} to {record.last}, after costs; orders are of a capital of "
        f"{number(result.capital)}."
    )
    if result.versus_equal_weight:
        yield f"In Sharpe ratio, {result.versus_equal_weight}."
    if result.tilt is not None:
        yield tilted(result.tilt)


def _could_lose(result: Today) -> str:
    parts = [
        f"{_money(one.value_at_risk_money)} or more in {sessions(one.horizon)}"
        for one in result.losses
    ]
    worst = "".join(f"; {_money(one.money)} in {one.stress.name}" for one in result.stresses[:1])
    chance = percent(1 - result.losses[0].level, 0)
    return f"Could lose: {listed(parts)}, each with a probability of {chance}{worst}."


def _models(result: Today) -> str:
    """Whether the forecasts keep what they promise, in two words."""
    if all(one.state == "not_watched" for one in result.promises):
        return ""
    return ", models healthy" if not _broken(result) else ", models not healthy"


def _broken(result: Today) -> list[ForecastPromise]:
    return [one for one in result.promises if one.state == "broken"]


def _volatility(result: Today) -> tuple[str, ...]:
    one = result.expected_volatility
    return () if one is None else (f"Volatility a year {expected_volatility_words(one)}.",)


def _caveat(result: Today) -> str:
    """A broken promise of the models, or else what flatters the record; and how much more."""
    caveats = [
        one.clause or one.message
        for one in result.remarks
        if one.reason == "caveat" and not one.detail
    ]
    alarms = [_alarm(one) for one in _broken(result)]
    first = [*alarms, *caveats, "what is past need not come again"][0].rstrip(".")
    told = 0 if alarms else min(len(caveats), 1)
    others = sum(not one.detail for one in result.remarks) - told
    more = f"; --verbose lists {others} more to know" if others else ""
    return f"Caveat: {first}{more}."


def _alarm(promise: ForecastPromise) -> str:
    share = exposure([promise])
    less = f"; {percent(share, 0)} of every position is left" if share < 1.0 else ""
    return f"since {promise.since} it is not so that {promise.promised}{less} (forefolio monitor)"


def _money(amount: float | None) -> str:
    return number(amount, 0)


def _losses(result: Today) -> Table:
    def cells(one: PossibleLoss) -> tuple[str, ...]:
        return (
            sessions(one.horizon),
            percent(one.value_at_risk),
            _money(one.value_at_risk_money),
            percent(one.expected_shortfall),
            _money(one.expected_shortfall_money),
            one.method,
        )

    level = percent(result.losses[0].level, 0)
    return table(
        f"What could be lost: value at risk and expected shortfall, {level}",
        ("at risk", "money", "shortfall", "money", Column("by", "left")),
        map(cells, result.losses),
    )


def _stresses(result: Today) -> Table:
    rows = [
        (one.stress.name, percent(-one.stress.loss, signed=True), _money(-one.money))
        for one in result.stresses
    ]
    return table("The worst stresses", ("return", "money"), rows)


def _tests(result: Today) -> Table:
    rows = [
        (one.model, str(one.breaches), number(one.expected, 1), one.verdict)
        for one in result.value_at_risk_tests
    ]
    headings = ("breaches", "expected", Column("verdict", "left"))
    return table("Did values at risk over one session come true?", headings, rows)


def _forecasts(result: Today) -> Table:
    return table(
        "What is expected of what is held",
        ("horizon", "weight", "forecast", "low", "high"),
        list(_rows(result)),
        note=f"Method: {result.method.replace('_', ' ')}; risk by {result.expected_by.risk}.",
    )


def _rows(result: Today) -> Iterator[tuple[str, ...]]:
    for one in result.forecasts:
        moves = (percent(each, 2, signed=True) for each in (one.mean, one.low, one.high))
        yield (one.ticker, sessions(one.horizon), percent(result.weights[one.ticker]), *moves)


def _pie(result: Today) -> Any:
    subtitle = f"{result.strategy}, after the close of {result.as_of}"
    return draw_weights_pie(result.weights, result.cash, subtitle)
