"""Results as people read them: one page for each type of result, for every medium."""

from collections.abc import Callable, Mapping
from typing import Any

from forefolio.core.errors import InputError
from forefolio.core.lazy import lazy
from forefolio.core.wording import listed, meant
from forefolio.studies.base import Result
from forefolio.studies.frontier import Frontier
from forefolio.studies.portfolio import Portfolio
from forefolio.views.frontier import frontier_page
from forefolio.views.html import page_html
from forefolio.views.page import Page
from forefolio.views.portfolio import portfolio_page

pandas: Any = lazy("pandas")

PAGES: Mapping[type[Result], Callable[[Any], Page]] = {
    Frontier: frontier_page,
    Portfolio: portfolio_page,
}
"""How each type of result is shown."""


def page_of(result: Result) -> Page:
    """The page of a result."""
    return PAGES[type(result)](result)


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
