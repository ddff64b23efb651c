"""Results as people read them: one page for each type of result, for every medium."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.wording import listed, meant
from forefolio.studies.base import Result
from forefolio.studies.comparison import ComparisonResult
from forefolio.studies.forecast import ForecastResult
from forefolio.studies.frontier import FrontierResult
from forefolio.studies.importance import ImportanceResult
from forefolio.studies.portfolio import Portfolio
from forefolio.studies.signal_history import SignalHistory
from forefolio.studies.signals import Signals
from forefolio.studies.strategy_result import StrategyResult
from forefolio.studies.training import TrainingResult
from forefolio.views.comparison import comparison_page
from forefolio.views.figures import encoded
from forefolio.views.forecast import forecast_page
from forefolio.views.frontier import frontier_page
from forefolio.views.html import page_html
from forefolio.views.importance import importance_page
from forefolio.views.page import Page, Picture
from forefolio.views.portfolio import portfolio_page
from forefolio.views.signals import history_page, signals_page
from forefolio.views.strategy import strategy_files, strategy_page
from forefolio.views.training import training_page

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
}
"""How each type of result is shown."""


def page_of(result: Result) -> Page:
    """The page of a result."""
    return PAGES[type(result)](result)


Make: TypeAlias = Callable[[], bytes]

FILES: Mapping[type[Result], Callable[[Any], Mapping[str, Make]]] = {
    StrategyResult: strategy_files,
}
"""What is written of a type of result beside its pictures."""


def files_of(result: Result) -> dict[str, Make]:
    """The files that show a result, by name: its report and tables if it has any, its pictures."""
    own = FILES.get(type(result))
    pictures = page_of(result).pictures
    return {
        **(own(result) if own else {}),
        **{f"{name}.png": partial(_png, draw) for name, draw in pictures.items()},
    }


def _png(draw: Picture) -> bytes:
    return encoded(draw())


def short(result: Result) -> str:
    """A result in a few lines, for a prompt."""
    page = page_of(result)
    return "\n".join((page.headline, *page.summary))


def html(result: Result) -> str:
    """A result for a notebook."""
    return page_html(page_of(result))


def plot(result: Result, picture: str = "") -> Any:
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
