"""Results as people read them: one page for each type of result, for every medium."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.wording import listed, meant
from forefolio.studies.attribution import StrategyAttribution
from forefolio.studies.capacity import StrategyCapacity
from forefolio.studies.comparison import ComparisonResult
from forefolio.studies.criteria import StrategyCriteria
from forefolio.studies.evidence import StrategyEvidence
from forefolio.studies.follow_ups import FollowUps
from forefolio.studies.forecast import ForecastResult
from forefolio.studies.frontier import FrontierResult
from forefolio.studies.importance import ImportanceResult
from forefolio.studies.monitor import ModelHealth
from forefolio.studies.orders import PortfolioOrders
from forefolio.studies.paper_account import PaperAccount
from forefolio.studies.paper_list import PaperAccounts
from forefolio.studies.portfolio import Portfolio
from forefolio.studies.quality import DataQuality
from forefolio.studies.refresh import PriceRefresh
from forefolio.studies.result import Result
from forefolio.studies.risk import PortfolioRisk
from forefolio.studies.signal_history import SignalHistory
from forefolio.studies.signals import Signals
from forefolio.studies.simulation import PortfolioSimulation
from forefolio.studies.strategy_result import StrategyResult
from forefolio.studies.stress import PortfolioStress
from forefolio.studies.today import Today
from forefolio.studies.training import TrainingResult
from forefolio.studies.verification import ReportVerification
from forefolio.views.capacity import capacity_page
from forefolio.views.comparison import comparison_page
from forefolio.views.criteria import criteria_page
from forefolio.views.evidence import evidence_page
from forefolio.views.figures import encoded
from forefolio.views.forecast import forecast_page
from forefolio.views.frontier import frontier_page
from forefolio.views.html import page_html
from forefolio.views.importance import importance_page
from forefolio.views.layers import attribution_page
from forefolio.views.monitor import monitor_page
from forefolio.views.orders import orders_page
from forefolio.views.page import Page, Picture
from forefolio.views.paper import accounts_page, paper_page
from forefolio.views.portfolio import portfolio_page
from forefolio.views.quality import quality_page
from forefolio.views.refresh import refresh_page
from forefolio.views.report import render_answer
from forefolio.views.risk import risk_page
from forefolio.views.signals import history_page, signals_page
from forefolio.views.simulation import simulation_page
from forefolio.views.strategy import strategy_files, strategy_page
from forefolio.views.stress import stress_page
from forefolio.views.today import today_page
from forefolio.views.training import training_page
from forefolio.views.values import VALUES
from forefolio.views.verification import verification_page

pandas: Any = lazy("pandas")

PAGES: Mapping[type[Result], Callable[[Any], Page]] = {
    ForecastResult: forecast_page,
    TrainingResult: training_page,
    ComparisonResult: comparison_page,
    ImportanceResult: importance_page,
    FrontierResult: frontier_page,
    Portfolio: portfolio_page,
    StrategyResult: strategy_page,
    Signals: signals_page,
    SignalHistory: history_page,
    PortfolioOrders: orders_page,
    PortfolioRisk: risk_page,
    PortfolioSimulation: simulation_page,
    PortfolioStress: stress_page,
    StrategyEvidence: evidence_page,
    StrategyCriteria: criteria_page,
    StrategyCapacity: capacity_page,
    StrategyAttribution: attribution_page,
    ModelHealth: monitor_page,
    PaperAccount: paper_page,
    PaperAccounts: accounts_page,
    ReportVerification: verification_page,
    Today: today_page,
    PriceRefresh: refresh_page,
    DataQuality: quality_page,
}
"""How each type of result is shown."""


def page_of(shown: Any) -> Page:
    """The page of a result, or of a value that users hold."""
    kind = type(shown)
    return PAGES[kind](shown) if issubclass(kind, Result) else VALUES[kind](shown)


Make: TypeAlias = Callable[[], bytes]
Asked: TypeAlias = Callable[[], FollowUps]
"""What was asked about a result, for the files that tell it."""

FILES: Mapping[type[Result], Callable[[Any, Asked], Mapping[str, Make]]] = {
    StrategyResult: strategy_files,
}
"""What is written of a type of result beside its pictures."""


def reports_of(
    result: Result, asked: Asked = FollowUps, question: Mapping[str, Any] | None = None
) -> dict[str, Make]:
    """The report of any result that no other is made of; it is made when it is asked for.

    `question` is the study that it answers, as a document, where that is known.
    """
    if type(result) in FILES:
        return {}
    made = partial(_report, result, asked, question)
    return {"report.html": made}


def _report(result: Result, asked: Asked, question: Mapping[str, Any] | None) -> bytes:
    return render_answer(result, page_of(result), asked(), question).encode()


def files_of(result: Result, asked: Asked = FollowUps) -> dict[str, Make]:
    """The files that show a result, by name: its report and tables if it has any, its pictures.

    `asked` is called by those that tell what was asked about the result, when they are made.
    """
    own = FILES.get(type(result))
    pictures = page_of(result).pictures
    return {
        **(own(result, asked) if own else {}),
        **{f"{name}.png": partial(_png, draw) for name, draw in pictures.items()},
    }


def _png(draw: Picture) -> bytes:
    return encoded(draw())


def short(result: Any) -> str:
    """A result in a few lines, for a prompt."""
    page = page_of(result)
    return "\n".join((page.headline, *page.summary))


def html(result: Any) -> str:
    """A result for a notebook."""
    return page_html(page_of(result))


def frame(result: Result) -> Any:
    """The main table of a result as a pandas frame: of its page, its weights, or its rows."""
    if (sheet := page_of(result).sheet) is not None:
        made = pandas.DataFrame(list(sheet.rows), columns=list(sheet.columns))
        return made.set_index(sheet.columns[0])
    rows = [
        value
        for name in type(result).model_fields
        if name != "remarks" and isinstance(value := getattr(result, name), tuple) and value
    ]
    listed_rows = [value for value in rows if isinstance(value[0], Component)]
    weights = getattr(result, "weights", None)
    if isinstance(weights, Mapping):
        return pandas.DataFrame({"weight": dict(weights)}).rename_axis("ticker")
    if not listed_rows:
        raise InputError(f"a {type(result).__name__} has no rows; see model_dump()")
    return pandas.DataFrame([one.model_dump() for one in listed_rows[0]])


def plot(result: Any, picture: str = "") -> Any:
    """Draw one picture of a result, the main one unless it is named: a figure and its axes.

    Raises:
        InputError: there is no such picture.
    """
    pictures = page_of(result).pictures
    name = picture or next(iter(pictures), "")
    if name not in pictures:
        near = meant(name, list(pictures)) or f"; there is {listed(list(pictures)) or 'none'}"
        raise InputError(f"there is no picture {name!r} of this result{near}")
    figure = pictures[name]()
    return figure, figure.axes[0] if len(figure.axes) == 1 else figure.axes
