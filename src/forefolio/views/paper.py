"""A paper account as a page, and the list of them."""

from collections.abc import Iterable, Sequence

from forefolio.core.wording import counted, listed, number, percent, sessions
from forefolio.studies.paper_account import PaperAccount, PaperEntry, PaperOrder
from forefolio.studies.paper_backtest import PaperBacktest
from forefolio.studies.paper_list import PaperAccounts
from forefolio.views.figures.paper import draw_paper
from forefolio.views.page import Column, Lines, Page, Sheet, Table, sentences, table
from forefolio.views.remarks import in_full, in_short

LARGEST = 4  # assets named in a sentence
LATEST = 8  # entries of a list
RECENT = 21  # sessions of the evidence
A_YEAR = 252  # sessions: a shorter record is called one
QUIET = ("decided", "traded", "closed", "missed")  # what happens on any day


def paper_page(result: PaperAccount) -> Page:
    """What it is worth, beside equal weights, and what is to be traded next."""
    unusual = [one for one in result.entries if one.kind not in QUIET]
    return Page(
        headline=f"Paper account {result.account} after the close of {result.as_of}: "
        f"{result.strategy} ({result.data.name})",
        summary=(
            _worth(result),
            _next(result.orders) if result.closed is None else _closed(result),
            _holds(result),
            _record(result),
            *([against_backtest(result.backtest)] if result.backtest else []),
            *in_short(result.remarks),
        ),
        main=(
            *([_order_table(result.orders)] if result.orders else []),
            *_entries("Last entries", [one for one in result.entries if one.kind != "missed"]),
        ),
        evidence=(
            _day_table(result),
            *_entries("Beside decisions, trades and closes", unusual),
            *in_full(result.remarks),
        ),
        pictures={"paper": lambda: draw_paper(result)} if len(result.days) > 1 else {},
        sheet=Sheet(
            columns=("session", "value", "cash", "cost", *_beside(result), "late"),
            rows=tuple(
                (
                    str(day.session),
                    day.value,
                    day.cash,
                    day.cost,
                    *(getattr(day, name) for name in _beside(result)),
                    int(day.late),
                )
                for day in result.days
            ),
        ),
    )


def accounts_page(result: PaperAccounts) -> Page:
    """Every account in a line."""
    rows = [
        (
            one.account,
            one.strategy,
            str(one.opened or ""),
            f"{one.last or ''}{', closed' if one.closed else ''}",
            number(one.value),
            percent(one.total_return, 2, signed=True),
            str(one.entered),
        )
        for one in result.accounts
    ]
    names = (Column("strategy", "left"), "opened", "last entered", "worth", "return", "entries")
    goes_on = "`forefolio paper --account NAME` brings one forward to the newest session."
    return Page(
        headline=f"{counted(len(rows), 'paper account')}",
        summary=(*(f"{one.message}." for one in result.remarks), goes_on),
        main=(table("As they were entered last", names, rows),),
    )


def _worth(result: PaperAccount) -> str:
    held = len(result.days) - 1
    if not held:
        return (
            f"Opened with {number(result.capital)}, all in cash: the first orders are for the next "
            "session."
        )
    short = "; too short a record to tell skill from luck" if held < A_YEAR else ""
    return (
        f"Worth {number(result.value)}: {percent(result.total_return, 2, signed=True)} after costs "
        f"in the {sessions(held)} since {result.opened}; equal weight "
        f"{percent(result.equal_weight_return, 2, signed=True)}{short}."
    )


def _next(orders: Iterable[PaperOrder]) -> str:
    bought, sold = _side(orders, 1.0), _side(orders, -1.0)
    words = [f"{verb} {listed(each)}" for verb, each in (("buy", bought), ("sell", sold)) if each]
    return f"Next session: {'; '.join(words)}." if words else "Next session: no order."


def _closed(result: PaperAccount) -> str:
    return f"Closed on {result.closed}: nothing is followed after {result.as_of}."


def _side(orders: Iterable[PaperOrder], sign: float) -> list[str]:
    side = [one for one in orders if one.money * sign > 0.0]
    named = [f"{one.ticker} {number(abs(one.money), 0)}" for one in side[:LARGEST]]
    more = [f"{len(side) - LARGEST} more"] if len(side) > LARGEST else []
    return [*named, *more]


def _holds(result: PaperAccount) -> str:
    names = [f"{ticker} {percent(share)}" for ticker, share in result.weights.items()]
    more = [f"{len(names) - LARGEST} more"] if len(names) > LARGEST else []
    cash = percent(result.cash / result.value) if result.value else percent(0.0)
    return f"Holds: {listed([*names[:LARGEST], *more, f'cash {cash}'])}."


def _record(result: PaperAccount) -> str:
    lines = "1 entry" if result.entered == 1 else f"{result.entered:,} entries"
    parts = [f"{lines}, none ever changed", f"costs so far {number(result.costs)}"]
    if result.missed:
        parts.append(f"{sessions(result.missed)} entered late")
    if result.revised:
        parts.append(
            "revised closes would have changed the worth, each at its own close, by "
            f"{number(result.revised, signed=True)} in all"
        )
    return f"Record: {'; '.join(parts)}."


def _order_table(orders: Iterable[PaperOrder]) -> Table:
    rows = [
        (
            one.ticker,
            "Buy" if one.money > 0 else "Sell" if one.money < 0 else "Keep",
            number(abs(one.money), 0),
            percent(one.weight),
            percent(one.target),
        )
        for one in orders
    ]
    return table(
        "Orders for the next session", (Column("", "left"), "about", "held", "target"), rows
    )


def _entries(title: str, entries: Sequence[PaperEntry]) -> tuple[Lines, ...]:
    """The last of some entries, in words."""
    return sentences(title, map(_line, entries[-LATEST:]))


def _line(one: PaperEntry) -> str:
    late = ", late" if one.late else ""
    return f"{one.session}, {one.kind.replace('_', ' ')}{late}: {one.sentence}"


def _day_table(result: PaperAccount) -> Table:
    beside = _beside(result)
    rows = [
        (
            str(day.session),
            number(day.value),
            number(day.cash),
            number(day.cost),
            *(number(getattr(day, name)) for name in beside),
        )
        for day in result.days[-RECENT:]
    ]
    headings = ("worth", "cash", "costs", *(name.replace("_", " ") for name in beside))
    return table("The last sessions", headings, rows)


def _beside(result: PaperAccount) -> tuple[str, ...]:
    """What stands beside the account, by the names of a day's fields."""
    return ("equal_weight", "backtest") if result.backtest else ("equal_weight",)


def against_backtest(beside: PaperBacktest) -> str:
    """How an account and the backtest of its strategy compare, and why they part."""
    changed = listed([_changed(kind, times) for kind, times in beside.changes.items()])
    if beside.apart is None:
        more = f", though {changed} since" if changed else ""
        return (
            f"Its backtest over the same sessions is worth the same at every close{more}: "
            f"{number(beside.value)} on {beside.last}, after costs of {number(beside.costs)}."
        )
    difference = beside.difference or 0.0
    decisions = (
        f"{beside.others} of its {counted(beside.decisions, 'decision')} "
        f"{'is another one' if beside.others == 1 else 'are others'}"
        if beside.others
        else "every decision is the same"
    )
    why = f"; since they were entered {changed}" if changed else ""
    return (
        "Its backtest over the same sessions, by the prices that are known now, is worth "
        f"{number(beside.value)} on {beside.last}, {number(abs(difference))} "
        f"{'less' if difference > 0.0 else 'more'} than the account. They part on {beside.apart}: "
        f"{decisions}, it pays {number(beside.costs)} in costs and the account "
        f"{number(beside.account_costs)}{why}."
    )


def _changed(kind: str, times: int) -> str:
    one, several = CHANGED[kind]
    return one if times == 1 else several.format(times)


CHANGED = {
    "revised": ("1 close was revised", "{} closes were revised"),
    "late_price": ("1 close came late", "{} closes came late"),
    "late_session": ("1 session came late", "{} sessions came late"),
    "adjusted": ("1 split or dividend came", "{} splits or dividends came"),
    "late_adjusted": ("1 split or dividend came late", "{} splits or dividends came late"),
}
"""What has changed of a past that was entered, once and several times."""
