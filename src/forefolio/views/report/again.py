"""What stands still in the report, and is drawn again where the script of the page runs."""

from collections.abc import Mapping
from typing import Any

from forefolio.views.report.charts import json_block
from forefolio.views.report.markup import Markup, tag


def drawn_again(still: Markup, picture: str, numbers: Mapping[str, Any] | None = None) -> Markup:
    """A part of the report that gives way to a `picture` of the page, but for its heading.

    `numbers` are those that the result, which stands in the report as well, does not have.
    """
    data = json_block({"picture": picture, **(numbers or {})})
    return tag("div", tag("div", still, class_="still"), data, class_="chart long")


def short(value: float) -> float:
    """A number with as many digits as a picture shows."""
    return float(f"{value:.5g}")
