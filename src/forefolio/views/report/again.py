"""What stands still in the report, and is drawn again where the script of the page runs."""

from collections.abc import Mapping
from typing import Any

from forefolio.views.report.markup import Child, Markup, json_block, tag


def drawn_again(
    still: Markup, picture: str, numbers: Mapping[str, Any] | None = None, kind: str = "long"
) -> Markup:
    """A part of the report that gives way to a `picture` of the page, but for its heading.

    `numbers` are those that the result, which stands in the report as well, does not have; `kind`
    is how the style calls the place.
    """
    data = json_block({"picture": picture, **(numbers or {})})
    return tag("div", _still(still), data, class_=f"chart {kind}")


def _still(*parts: Child) -> Markup:
    return tag("div", *parts, class_="still")


def short(value: float) -> float:
    """A number with as many digits as a picture shows."""
    return float(f"{value:.5g}")


def known(value: float | None) -> float | None:
    """The same of a number that may not be known."""
    return None if value is None else short(value)
