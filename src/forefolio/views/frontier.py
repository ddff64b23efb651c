"""An efficient frontier as a page."""

from collections.abc import Iterator
from typing import Any

from forefolio.core.kinds import in_words
from forefolio.core.wording import number, percent, sessions
from forefolio.studies.frontier import EfficientPortfolio, FrontierResult
from forefolio.views.figures.frontier import draw_frontier, draw_weights_pie
from forefolio.views.page import Column, Page, Row, Table, sentences, table
from forefolio.views.portfolio import closing, origin, span
from forefolio.views.remarks import in_full, in_short

NAMED = 3  # positions of a point
SHOWN = 7  # points in short
RISKS = {
    "cvar": "CVaR a session",
    "robust_cvar": "robust CVaR a session",
    "evar": "EVaR a session",
    "rlvar": "RLVaR a session",
}
ONE_PORTFOLIO = (
    "It is one portfolio: of those that are allowed none is expected to earn more than another. "
    "Where past means do not differ beyond their error, all are taken for the same; take them as "
    "they are by --forecast past_means, or give expected returns of your own."
)
RATIOS = {"volatility": "Sharpe", "active_risk": "information ratio"}


def frontier_page(result: FrontierResult) -> Page:
    """The frontier from the least risk up, and the portfolio of the best ratio."""
    rows = [_row(str(n), one) for n, one in enumerate(result.points, start=1)]
    best = [_row("best", result.best, strong=True)] if len(rows) > 1 else []
    troubles = [one.trouble for one in result.points if one.trouble]
    return Page(
        headline=(f"Efficient frontier against {in_words(result.risk_measure)}{closing(result)}"),
        summary=(*_summary(result), origin(result), *in_short(result.remarks)),
        main=(_table(result, [*_some(rows), *best]), *sentences("Out of reach", troubles)),
        evidence=(
            *((_table(result, rows),) if len(rows) > SHOWN else ()),
            _best(result),
            *sentences("What the ratio is", [result.ratio_is]),
            *sentences("If the past had been another draw", _wobble(result)),
            *span(result),
            *in_full(result.remarks),
        ),
        pictures={
            "efficient_frontier": lambda: draw_frontier(result),
            "weights_pie": lambda: _pie(result),
        },
    )


def _wobble(result: FrontierResult) -> Iterator[str]:
    """Where other frontiers lie at the risk of the best portfolio, and how that is drawn."""
    band, at = result.band, result.best.risk
    if band is None or at is None:
        return
    place = min(range(len(band.risk)), key=lambda k: abs(band.risk[k] - at))
    low, high = band.low[place], band.high[place]
    if low is not None and high is not None:
        yield (
            f"At a volatility of {percent(band.risk[place])} {percent(band.level, 0)} of the "
            f"frontiers of other pasts expect between {percent(low)} and {percent(high)} a year."
        )
    left = f"; {band.left_out} had no portfolio and are left out" if band.left_out else ""
    yield (
        f"{band.draws:,} pasts of {sessions(band.sessions)} were drawn from these estimates, and "
        f"means and covariances measured of each as they are{left}. Each frontier is chosen by its "
        "own luck, and looks better than it would have been."
    )


def ratio_name(result: FrontierResult) -> str:
    """What its ratio is called: Sharpe, where that is what it is."""
    return RATIOS.get(result.risk_measure, "ratio of return to risk")


def _summary(result: FrontierResult) -> tuple[str, ...]:
    solved = [one for one in result.points if not one.trouble]
    if len(solved) < 2:
        return (ONE_PORTFOLIO,) if solved and len(result.points) == 1 else ()
    low, high, best = solved[0], solved[-1], result.best
    risk = RISKS.get(result.risk_measure, in_words(result.risk_measure))
    return (
        f"Least risk: {risk} {percent(low.risk)} for {percent(low.expected_return)} a year. "
        f"Greatest return: {percent(high.expected_return)} a year at {percent(high.risk)}.",
        f"The best expected {ratio_name(result)}, {_ratio(best.ratio)}, has "
        f"{percent(best.expected_return)} a year at {percent(best.risk)}: {_names(best)}.",
    )


def _table(result: FrontierResult, rows: list[Row]) -> Table:
    risk = RISKS.get(result.risk_measure, in_words(result.risk_measure))
    ratio = RATIOS.get(result.risk_measure, "ratio")
    headings = ("return", risk, ratio, Column("largest positions", "left"))
    return table("From the least risk to the greatest return, a year", headings, rows)


def _some(rows: list[Row]) -> list[Row]:
    """At most seven of the rows, evenly spaced, both ends among them."""
    if len(rows) <= SHOWN:
        return rows
    return [rows[round(k * (len(rows) - 1) / (SHOWN - 1))] for k in range(SHOWN)]


def _row(name: str, point: EfficientPortfolio, *, strong: bool = False) -> Row:
    if point.trouble:
        return Row((name, percent(point.target), "none", "", "out of reach"))
    cells = (percent(point.expected_return), percent(point.risk, 2), _ratio(point.ratio))
    return Row((name, *cells, _names(point)), "strong" if strong else "")


def _names(point: EfficientPortfolio) -> str:
    largest = list(point.weights.items())[:NAMED]
    more = len(point.weights) - len(largest)
    names = ", ".join(f"{name} {percent(weight, 0)}" for name, weight in largest)
    return f"{names}, {more} more" if more else names


def _ratio(value: float | None) -> str:
    """With digits enough where it is of one session, and small."""
    return number(value, 2 if value is None or abs(value) >= 0.1 else 3)


def _best(result: FrontierResult) -> Table:
    against = "the benchmark" if result.risk_measure == "active_risk" else "cash"
    shares = result.best.risk_shares
    rows = [(name, percent(w), percent(shares.get(name))) for name, w in result.weights.items()]
    title = f"The best portfolio: the greatest return beyond {against} for its risk"
    return table(title, ("weight", "of the volatility"), rows)


def _pie(result: FrontierResult) -> Any:
    subtitle = f"best {ratio_name(result)}{closing(result, ', ')}"
    return draw_weights_pie(result.weights, 1.0 - sum(result.weights.values()), subtitle)
