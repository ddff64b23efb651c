"""A run on one page of A4: the verdict, the record and what is claimed, for who reads no more."""

from string import Template

from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.look import STYLE
from forefolio.views.report import sections
from forefolio.views.report.markup import join, tag
from forefolio.views.report.page import asset, shell


def render_summary(result: StrategyResult) -> str:
    """Write a run as one HTML page that prints on one sheet; nothing loaded, nothing run."""
    style = STYLE + asset("page.css") + asset("summary.css")
    body = Template(asset("summary.html")).substitute(
        body=join([sections.opening(result), sections.claimed(result), sections.growth(result)]),
        origin=tag("p", sections.origin(result)),
    )  # fmt: skip
    return shell(f"Forefolio, {result.as_of}, in short", style, body, kind="sheet")
