"""The script that makes the pictures of a report move, as it is built with the page of the service.

Without it the report has its still pictures, which are there in any case: for paper, for readers
without scripts, and for whoever verifies them.
"""

import re
from functools import cache
from importlib.resources import files

from forefolio.views.report.markup import NOTHING, Markup, tag

NAME = "pictures"  # the id of the element that it stands in


def moving_script() -> str:
    """The script of a strategy's report; empty where none was built."""
    return _built("report.js")


def answer_script() -> str:
    """The script of the report of any other answer, which has the page's panels for it as well."""
    return _built("answer.js")


@cache
def _built(name: str) -> str:
    """A built script, so that it can stand inside a page."""
    built = files("forefolio.views").joinpath("built", name)
    if not built.is_file():
        return ""
    return _inside_a_page(built.read_text(encoding="utf-8").strip())


def script_element(source: str) -> Markup:
    """The element with the script; nothing without one."""
    return tag("script", Markup(source), id=NAME) if source else NOTHING


def _inside_a_page(source: str) -> str:
    """The same script without what would end the element that it stands in."""
    return re.sub(r"</(script)", r"<\\/\1", source, flags=re.IGNORECASE)
