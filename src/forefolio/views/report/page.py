"""The page around the sections: one file, nothing loaded from anywhere, nothing run but its own.

The policy in its head allows exactly the style and the scripts that stand in it, by their hashes,
and no request at all.
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from string import Template

from forefolio.studies.follow_ups import Account, FollowUps
from forefolio.studies.frontier import FrontierResult
from forefolio.studies.portfolio import Portfolio
from forefolio.studies.result import Result
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.look import STYLE
from forefolio.views.page import Page
from forefolio.views.report import portfolio, sections
from forefolio.views.report.charts import json_block
from forefolio.views.report.markup import Markup, join, tag
from forefolio.views.report.moving import moving_script, script_element

_TITLES = {
    "verdict": "Verdict",
    "backtest": "Backtest",
    "weights": "Why",
    "buy": "Buy",
    "frontier": "Frontier",
    "losses": "Losses",
    "evidence": "Forecasts",
    "data": "Data",
    "method": "Method",
    "glossary": "Glossary",
}
"""What the navigation calls each section, in their order."""

_SERIES = {"curves", "forecast_record"}
"""Of every session: the numbers of the pictures that are drawn of them stand there."""


def render(result: StrategyResult, asked: FollowUps | None = None) -> str:
    """Write a run, and what was asked about it, as one HTML page; the same gives the same page."""
    answers = asked or FollowUps()
    parts = {
        "verdict": sections.opening(result),
        "backtest": sections.backtest(result),
        "weights": sections.weights(result, answers),
        "buy": sections.buying(answers),
        "frontier": sections.efficient(result, answers),
        "losses": sections.possible_losses(answers, result),
        "evidence": sections.evidence(result),
        "data": sections.remarks(result, answers),
        "method": sections.method(result),
        "glossary": sections.words(),
    }
    return _document(result, answers.account, parts)


def render_portfolio(result: Portfolio | FrontierResult, page: Page, asked: FollowUps) -> str:
    """Write a portfolio, and what was asked about it, as one HTML page.

    `page` is what else is said of it, such as why each weight is what it is.
    """
    parts = {
        "verdict": portfolio.opening(result, page),
        "weights": portfolio.reasons(page, asked),
        "buy": sections.buying(asked),
        "frontier": portfolio.beside(asked),
        "losses": sections.possible_losses(asked),
        "data": portfolio.behind(result, page, asked),
        "glossary": sections.words(),
    }
    return _document(result, asked.account, parts)


def _document(result: Result, account: Account, parts: Mapping[str, Markup | None]) -> str:
    """The parts under a heading and a navigation, with the numbers and the policy."""
    style, script, moving = STYLE + asset("page.css"), asset("page.js"), moving_script()
    shown = [name for name, part in parts.items() if part and name in _TITLES]
    body = Template(asset("page.html")).substitute(
        badge=_badge(result),
        contents=join(tag("a", _TITLES[name], href=f"#{name}") for name in shown),
        body=join(parts.values()),
        data=join(
            [
                json_block(result.model_dump(mode="json", exclude=_SERIES), "result"),
                json_block(account.model_dump(mode="json"), "account"),
            ]
        ),
        script=script,
        pictures=script_element(moving),
    )
    title = f"Forefolio, {result.as_of}" if result.as_of else "Forefolio"
    return shell(title, style, body, scripts=tuple(filter(None, (script, moving))))


def shell(
    title: str, style: str, body: str, *, scripts: tuple[str, ...] = (), kind: str = ""
) -> str:
    """A whole page around its body, of a `kind` that its style knows; only `scripts` may run."""
    return Template(asset("shell.html")).substitute(
        policy=_policy(style, scripts),
        title=join([title]),
        style=style,
        kind=f' class="{kind}"' if kind else "",
        body=body,
    )


def _badge(result: Result) -> str:
    kind = result.data.source["kind"]
    where = "bundled sample data" if kind == "sample" else f"{kind} data"
    until = f", to {result.data.last}" if result.data.last else ""
    return tag("span", f"{where}{until}", class_="badge")


def _policy(style: str, scripts: tuple[str, ...]) -> str:
    """What the page may do: its own style and scripts, and nothing from anywhere."""
    allowed = " ".join(map(_hash, scripts)) or "'none'"
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {allowed}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def asset(name: str) -> str:
    """A file that stands beside this one."""
    return files("forefolio.views.report").joinpath(name).read_text(encoding="utf-8")
