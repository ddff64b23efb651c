"""What the portfolio could lose, and what to buy, in money of the stated capital."""

from collections.abc import Iterator
from typing import Any

from forefolio.core.wording import listed, number, percent, plus_minus, sessions
from forefolio.studies.follow_ups import CAPITAL, Account, FollowUps
from forefolio.studies.orders import Order, PortfolioOrders
from forefolio.studies.simulation import PortfolioSimulation
from forefolio.studies.strategy_result import StrategyResult
from forefolio.studies.stress import PortfolioStress, Stressed
from forefolio.views.look import TITLES
from forefolio.views.orders import to_do
from forefolio.views.report.again import drawn_again, short
from forefolio.views.report.ahead import simulated
from forefolio.views.report.bars import Ruler, signed_bar
from forefolio.views.report.markup import Markup, figure, join, right, row, table, tag
from forefolio.views.report.terms import term


def losses(asked: FollowUps, record: StrategyResult | None) -> list[Markup]:
    """The answer in words, then the losses of a day, a month and a year, then the stresses."""
    sentences = [line for line in (_in_short(asked), _years(asked, record)) if line]
    if not sentences:
        return []
    rows = list(_tail_rows(asked))
    headings = ("", right(term("value at risk", "Value at risk")), right("in money"),
                right(term("expected shortfall", "Expected shortfall")), right("in money"),
                "Measured by")  # fmt: skip
    return [
        *(tag("p", line, class_="lead") for line in sentences),
        *([table(f"The loss of one time in {_once(asked)}", headings, [rows])] if rows else []),
        *(simulated(asked.year) if asked.year else []),
        *([_stresses(asked.stress, asked.account.money)] if asked.stress else []),
    ]


def counted_in(account: Account) -> str:
    """Which money is meant."""
    if account.capital is None:
        return (
            f"No capital was named, so money is of {number(CAPITAL, 0)} in the currency of the "
            "prices; --capital names yours."
        )
    return f"Money is of a capital of {number(account.money)}, in the currency of the prices."


def _once(asked: FollowUps) -> int:
    level = asked.risk.level if asked.risk else asked.month.level if asked.month else 0.95
    return round(1.0 / (1.0 - level))


def _in_short(asked: FollowUps) -> str:
    capital, parts = asked.account.money, list[str]()
    if asked.risk and (loss := _historical(asked, "value_at_risk")) is not None:
        parts.append(f"{_money(loss * capital)} or more on one session in {_once(asked)}")
    if asked.month:
        loss = asked.month.value_at_risk.value
        parts.append(f"{_money(loss * capital)} or more in one month in {_once(asked)}")
    if asked.stress and asked.stress.stresses:
        worst = max(asked.stress.stresses, key=lambda one: one.loss)
        if worst.loss > 0:
            parts.append(
                f"{_money(worst.loss * capital)} ({percent(worst.loss)}) in the worst of the "
                f"stresses, {worst.name}"
            )
    return f"Of {number(capital, 0)} you could lose {listed(parts)}." if parts else ""


def _years(asked: FollowUps, record: StrategyResult | None) -> str:
    """How often a year is lost: simulated, and in the record."""
    sentences = []
    if asked.year:
        one = asked.year.probability_of_loss
        chance = plus_minus(100 * one.value, 100 * one.error, 1)
        sentences.append(
            f"A year ends in a loss with a probability of {chance} % ({_by(asked.year)})."
        )
    own = [year.returns.get(record.strategy) for year in record.years[1:-1]] if record else []
    whole = [value for value in own if value is not None]
    if whole:
        lost = sum(value < 0 for value in whole)
        sentences.append(
            f"Of the {len(whole)} whole calendar years of the backtest, {lost} ended in a loss."
        )
    return " ".join(sentences)


def _tail_rows(asked: FollowUps) -> Iterator[Markup]:
    capital = asked.account.money
    if asked.risk:
        both = [_historical(asked, name) for name in ("value_at_risk", "expected_shortfall")]
        by = f"past returns of these weights, {asked.risk.first} to {asked.risk.last}"
        yield _tail_row("1 session", both, capital, by)
    for named, one in (("a month", asked.month), ("a year", asked.year)):
        if one:
            both = [one.value_at_risk.value, one.expected_shortfall.value]
            yield _tail_row(f"{sessions(one.horizon)}, {named}", both, capital, _by(one))


def _tail_row(name: str, both: list[float | None], capital: float, by: str) -> Markup:
    cells = []
    for loss in both:
        cells += [
            figure(percent(loss, 2)),
            figure(_money(None if loss is None else loss * capital)),
        ]
    return row(name, *cells, tag("td", by, class_="said"))


def _historical(asked: FollowUps, name: str) -> float | None:
    one = asked.risk.measures.get(f"{name}_historical") if asked.risk else None
    return one.value if one else None


def _by(one: PortfolioSimulation) -> str:
    return f"{one.paths:,} simulated paths, {one.model.replace('_', ' ')}"


def _stresses(stress: PortfolioStress, capital: float) -> Markup:
    ranked = sorted(stress.stresses, key=lambda one: -one.loss)
    ruler = Ruler.over([-one.loss for one in ranked])
    body = [
        row(
            one.name[:1].upper() + one.name[1:],
            figure(_move(one)),
            tag("td", signed_bar(-one.loss, ruler), class_="drawn"),
            figure(number(-one.loss * capital, 0, signed=True)),
            tag("td", _most(one), class_="said"),
        )
        for one in ranked
    ]
    headings = ("", right("Return"), "", right("in money"), "Most of it, in percentage points")
    shown = table(TITLES["stresses"], headings, [body], "compact")
    note = "These weights on what happened then; ± is the error of what a shock does to each asset."
    told = [_told(one) for one in ranked]
    again = drawn_again(shown, "stresses", {"money": capital, "stresses": told})
    return join([again, tag("p", note, class_="note")])


def _told(one: Stressed) -> dict[str, Any]:
    """A stress in numbers, and through which assets it comes."""
    assets = [
        {"ticker": asset.ticker, "effect": short(asset.effect), "move": short(asset.move)}
        for asset in one.assets
    ]
    told = {"name": one.name, "loss": one.loss, "error": one.error, "verdict": one.verdict}
    return {**told, "assets": assets}


def _move(one: Stressed) -> str:
    error = f" ± {number(100 * one.error, 1)}" if one.error else ""
    return f"{number(-100 * one.loss, 1, signed=True)}{error} %"


def _most(one: Stressed) -> str:
    sign = -1 if one.loss > 0 else 1
    ranked = sorted(one.assets, key=lambda asset: -sign * asset.effect)[:3]
    return ", ".join(
        f"{asset.ticker} {number(100 * asset.effect, 1, signed=True)}"
        for asset in ranked
        if sign * asset.effect > 0
    )


# -- what to buy -----------------------------------------------------------------------------------


def orders(made: PortfolioOrders) -> list[Markup]:
    """The orders in words, then one by one, and what stays in cash."""
    sentence = (
        f"{to_do(made.orders)} Of {number(made.capital)}, {number(made.cash)} stay in cash; "
        f"trading costs {number(made.cost)}."
    )
    warnings = [
        f"{one.message[:1].upper()}{one.message[1:]}."
        for one in made.remarks
        if one.stage == "prices"
    ]
    body = [_order(one) for one in made.orders]
    cash = percent(made.cash / made.capital)
    body.append(row("Cash", "", "", figure(number(made.cash)), figure(cash), "", kind="muted"))
    headings = ("", "Order", right("Price"), right("Value"), right("Weight"), right("Wanted"))
    return [
        tag("p", sentence, class_="lead"),
        table("Whole shares", headings, [body], "compact"),
        *(tag("p", line, class_="note") for line in warnings),
    ]


def _order(one: Order) -> Markup:
    shares = number(abs(one.trade), 0 if one.trade == round(one.trade) else 2)
    what = tag("b", f"{one.action} {shares}") if one.trade else "too small for a whole share"
    if not one.trade and one.shares:
        what = f"Keep {number(one.shares, 0 if one.shares == round(one.shares) else 2)}"
    return row(
        one.ticker,
        what,
        figure(number(one.price)),
        figure(number(one.value)),
        figure(percent(one.weight)),
        figure(percent(one.target)),
    )


def _money(amount: float | None) -> str:
    return number(amount, 0)
