"""A portfolio's risk as a page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from forefolio.core.kinds import in_words, kind_of
from forefolio.core.wording import MISSING, listed, number, percent, plus_minus, sessions
from forefolio.optimize.measures.past import OfASession
from forefolio.studies.risk import (
    WITHOUT_INTERVALS,
    Contribution,
    Measured,
    PortfolioRisk,
    ValueAtRiskTest,
)
from forefolio.views.expected_volatility import (
    expected_volatility_words,
    interval_record_lines,
)
from forefolio.views.figures.losses import draw_contributions
from forefolio.views.of_portfolio import headline, origin, period
from forefolio.views.page import Column, Page, Sheet, Table, table
from forefolio.views.remarks import in_full, in_short

MOST = 12  # assets of a table; the rest are summed
LARGEST = 2  # positions named in the summary
VALUE_AT_RISK, SHORTFALL = "value_at_risk_", "expected_shortfall_"

Form = Callable[[float | None], str]


def _whole(value: float | None) -> str:
    return number(value, 0)


_OF_A_SESSION = {kind_of(one): issubclass(one, OfASession) for one in WITHOUT_INTERVALS}
_MEASURES: Mapping[str, tuple[str, Form]] = {
    "annual_return": ("return a year", percent),
    "annual_volatility": ("volatility a year", percent),
    "sharpe": ("Sharpe, annual, over cash", number),
    "sortino": ("Sortino ratio, annual", number),
    "calmar": ("Calmar ratio", number),
    "max_drawdown": ("maximum drawdown", percent),
    **{one: (in_words(one), percent) for one, of_one in _OF_A_SESSION.items() if not of_one},
    "longest_drawdown": ("longest drawdown, sessions", _whole),
    "hit_rate": ("hit rate: sessions with a gain", percent),
    "profit_factor": ("gains / losses", number),
    "tail_ratio": ("best / worst 5 %", number),
    **{
        one: (f"{in_words(one)} of a session", percent)
        for one, of_one in _OF_A_SESSION.items()
        if of_one
    },
    "skew": ("skew", number),
    "kurtosis": ("excess kurtosis", number),
    "beta": ("beta to the index", number),
    "alpha": ("alpha a year", percent),
    "tracking_error": ("tracking error a year", percent),
    "information_ratio": ("information ratio, annual", number),
}


def risk_page(result: PortfolioRisk) -> Page:
    """What may be lost, how sure that is, where it comes from and what the portfolio follows."""
    attributed = result.attribution
    split = () if attributed is None else (
        _assets(result), _parts("By sector", "weight", attributed.sectors),
        _parts("By principal component", "exposure", attributed.principal),
    )  # fmt: skip
    return Page(
        headline=headline("Risk", result),
        summary=(
            _tail_line(result),
            _measures_line(result),
            origin(result),
            *in_short(result.remarks),
        ),
        main=(_tail(result),),
        evidence=(
            _measures(result),
            *interval_record_lines(result.expected_volatility),
            *split,
            *([_factors(result)] if result.factors else []),
            *in_full(result.remarks),
        ),
        pictures={} if attributed is None else {"contributions": lambda: _picture(result)},
        sheet=Sheet(
            columns=("measure", "value", "low", "high"),
            rows=tuple((n, m.value, m.low, m.high) for n, m in result.measures.items()),
        ),
    )


def _tail_line(result: PortfolioRisk) -> str:
    named = result.measures
    loss, beyond = (named[f"{part}historical"].value for part in (VALUE_AT_RISK, SHORTFALL))
    if loss is None:
        return "What may be lost over one session is not known: there are too few returns."
    often, level = round(1.0 / (1.0 - result.level)), percent(result.level, 0)
    return (
        f"On one {period(result)} in {often} expect to lose at least {percent(loss)} (value at "
        f"risk {level}), and {percent(beyond)} on average then (expected shortfall, CVaR)."
    )


def _measures_line(result: PortfolioRisk) -> str:
    named = result.measures
    volatility, sharpe, drawdown = (
        named[name].value if name in named else None
        for name in ("annual_volatility", "sharpe", "max_drawdown")
    )
    one = result.expected_volatility
    ahead = f", {expected_volatility_words(one)}" if one else ""
    return (
        f"Sharpe {number(sharpe)}, deepest drawdown {percent(drawdown)}, volatility a "
        f"year {percent(volatility)}{_origins(result)}{ahead}."
    )


def _origins(result: PortfolioRisk) -> str:
    if result.attribution is None:
        return ""
    rows = _ranked(result.attribution.assets)[:LARGEST]
    return f" (most by {listed([row.name for row in rows])})"


def _tail(result: PortfolioRisk) -> Table:
    tests = {one.model: one for one in result.value_at_risk_tests}
    level, rare = percent(result.level, 0), percent(1 - result.level, 0)
    interval = f"{percent(result.confidence, 0)} interval"
    rows = []
    for name, one in result.measures.items():
        if name.startswith(VALUE_AT_RISK):
            model = name.removeprefix(VALUE_AT_RISK)
            beyond = result.measures[SHORTFALL + model].value
            numbers = percent(one.value, 2), _hundredths(one), percent(beyond, 2)
            rows.append((in_words(model), *numbers, *_tested(tests.get(model))))
    return table(
        f"Loss of one session at {level}, by model, and how often it was larger",
        ("VaR", interval, "CVaR", "larger on", "p", "in a row"),
        rows,
        note=(
            f"VaR, value at risk: the loss that is exceeded on {rare} of the sessions. CVaR, "
            "expected shortfall: the mean of those losses. Larger on: the share of past sessions "
            "that lost more than the model had said before. p: the probability of a share as far "
            f"from {rare} by chance. In a row: whether such losses follow each other."
        ),
    )


def _tested(test: ValueAtRiskTest | None) -> tuple[str, str, str]:
    if test is None:
        return MISSING, MISSING, MISSING
    independence = test.p_independence
    in_a_row = MISSING if independence is None else "yes" if independence < 0.05 else "no"
    return percent(test.breaches / test.sessions), number(test.p_coverage), in_a_row


def _measures(result: PortfolioRisk) -> Table:
    rows = [
        (title, form(one.value), _interval(one, form))
        for name, (title, form) in _MEASURES.items()
        if (one := result.measures.get(name))
    ]
    return table(
        "Measures",
        ("", f"{percent(result.confidence, 0)} interval"),
        rows,
        note=(
            f"Ratios are over cash, {percent(result.annual_cash_return)} a year. Intervals allow "
            "for neighbouring sessions that are alike; there is none where none could be reliable."
        ),
    )


def _assets(result: PortfolioRisk) -> Table:
    attributed = result.attribution
    assert attributed is not None
    ranked = _ranked(attributed.assets)
    rows: list[Sequence[str]] = [
        (*_cells(row, percent(row.exposure)), number(row.marginal, 3)) for row in ranked[:MOST]
    ]
    if rest := ranked[MOST:]:
        weight, share = sum(r.exposure for r in rest), sum(r.share or 0.0 for r in rest)
        added = percent(sum(r.component for r in rest), 2)
        rows.append((f"{len(rest)} others", percent(weight), percent(share), added, ""))
    return table(
        f"By asset: volatility {percent(attributed.annual_volatility)} a year",
        ("weight", "share", "adds", "marginal"),
        rows,
        note=(
            f"Volatility: last {sessions(attributed.sessions)}. Shares sum to the whole. Marginal: "
            "volatility that a unit more weight would add."
        ),
    )


def _parts(title: str, heading: str, parts: Sequence[Contribution]) -> Table:
    form: Form = percent if heading == "weight" else number
    return table(
        title, (heading, "share", "adds"), [_cells(row, form(row.exposure)) for row in parts]
    )


def _cells(row: Contribution, exposure: str) -> tuple[str, str, str, str]:
    return row.name, exposure, percent(row.share), percent(row.component, 2)


def _factors(result: PortfolioRisk) -> Table:
    rows = [
        (
            row.factor,
            "" if row.exposure is None else plus_minus(row.exposure, row.error, 3, signed=True),
            percent(row.share),
        )
        for row in result.factors
    ]
    return table(
        f"What the portfolio follows, last {sessions(result.factor_sessions)}",
        (Column("exposure ± error"), "share of the variance"),
        rows,
        note="Specific: what no factor explains.",
    )


def _ranked(parts: Iterable[Contribution]) -> list[Contribution]:
    return sorted(parts, key=lambda row: -abs(row.component))


def _interval(one: Measured, form: Form) -> str:
    if one.low is None or one.high is None:
        return ""
    return f"{form(one.low)} to {form(one.high)}"


def _hundredths(one: Measured) -> str:
    if one.low is None or one.high is None:
        return ""
    return f"{number(100 * one.low)} to {number(100 * one.high)}"


def _picture(result: PortfolioRisk) -> Any:
    attributed = result.attribution
    assert attributed is not None
    rows = _ranked(attributed.assets)[:MOST]
    return draw_contributions(
        {row.name: row.component for row in rows},
        f"{result.portfolio.words}; together {percent(attributed.annual_volatility)} a year",
    )
