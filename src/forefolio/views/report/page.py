"""The page around the sections: one file, nothing loaded from anywhere, nothing run but its own.

The policy in its head allows exactly the style and the scripts that stand in it, by their hashes,
and no request at all.
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Any

from forefolio.studies.follow_ups import Account, FollowUps, Reported
from forefolio.studies.result import Result
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.look import STYLE
from forefolio.views.page import Page, without_shell
from forefolio.views.report import answer, sections
from forefolio.views.report.markup import Markup, join, json_block, tag
from forefolio.views.report.moving import answer_script, moving_script, script_element

_TITLES = {
    "verdict": "Verdict",
    "backtest": "Backtest",
    "answer": "Answer",
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
"""Of a strategy, of every session: the numbers of the pictures drawn of them stand there."""


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


def render_answer(
    result: Result, page: Page, asked: FollowUps, question: Mapping[str, Any] | None = None
) -> str:
    """Write any answer, and what was asked about it, as one HTML page.

    `page` is what is said of it; `question` the study that it answers, as a document, if known.
    """
    page = without_shell(page)
    parts = {
        "verdict": answer.opening(result, page),
        "answer": answer.answer(result, page, asked),
        "buy": sections.buying(asked),
        "frontier": answer.beside(result, asked),
        "losses": sections.possible_losses(asked),
        "data": answer.behind(result, page, asked),
        "method": answer.again(result, question or {}),
        "glossary": sections.words(),
    }
    return _document(result, asked.account, parts, page)


def _document(
    result: Result, account: Account, parts: Mapping[str, Markup | None], page: Page | None = None
) -> str:
    """The parts under a heading and a navigation, with the numbers and the policy."""
    style, script = STYLE + asset("page.css"), asset("page.js")
    moving = moving_script() if page is None else answer_script()
    shown = [name for name, part in parts.items() if part and name in _TITLES]
    series = _SERIES if isinstance(result, StrategyResult) else None
    told = [] if page is None else [json_block(answer.document(page), "page")]
    body = Template(asset("page.html")).substitute(
        badge=_badge(result),
        contents=join(tag("a", _TITLES[name], href=f"#{name}") for name in shown),
        body=join(parts.values()),
        data=join(
            [
                json_block(result.model_dump(mode="json", exclude=series), "result"),
                json_block(account.model_dump(mode="json"), "account"),
                *told,
            ]
        ),
        script=script,
        pictures=script_element(moving),
    )
    scripts = tuple(filter(None, (script, moving)))
    return shell(_title(result, page), style, body, scripts=scripts)


def _title(result: Result, page: Page | None) -> str:
    """What a window or a printed sheet is called."""
    if page is not None and not isinstance(result, Reported):
        return page.headline
    return f"Forefolio, {result.as_of}" if result.as_of else "Forefolio"


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
