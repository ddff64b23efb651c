"""The page around the sections: one file, nothing loaded from anywhere, nothing run but its own.

The policy in its head allows exactly the style and the script that stand in it, by their hashes,
and no request at all.
"""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from string import Template

from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.report import sections
from forefolio.views.report.charts import json_block
from forefolio.views.report.markup import join, tag

_PARTS = (
    ("verdict", "Verdict"),
    ("weights", "Weights"),
    ("evidence", "Forecasts"),
    ("backtest", "Backtest"),
    ("data", "Data"),
    ("method", "Method"),
)


def render(result: StrategyResult) -> str:
    """Write a run as one HTML page; the same run gives the same page."""
    style, script = _asset("page.css"), _asset("page.js")
    body = join([
        sections.opening(result),
        sections.key_figures(result),
        sections.weights(result),
        sections.evidence(result),
        sections.backtest(result),
        sections.remarks(result),
        sections.method(result),
    ])  # fmt: skip
    return Template(_asset("page.html")).substitute(
        policy=_policy(style, script),
        title=join([f"Forefolio, {result.as_of}"]),
        badge=_badge(result),
        contents=join(tag("a", title, href=f"#{name}") for name, title in _PARTS),
        body=body,
        data=json_block(result.model_dump(mode="json", exclude={"curves"}), "result"),
        style=style,
        script=script,
    )


def _badge(result: StrategyResult) -> str:
    kind = result.data.source["kind"]
    where = "bundled sample data" if kind == "sample" else f"{kind} data"
    return tag("span", f"{where}, to {result.data.last}", class_="badge")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return f"sha256-{b64encode(sha256(source.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return files("forefolio.views.report").joinpath(name).read_text(encoding="utf-8")
