"""The parts of a portfolio's report: what to hold, why, and what that rests on."""

from collections.abc import Iterable

from forefolio.core.wording import listed, percent
from forefolio.studies.follow_ups import FollowUps
from forefolio.studies.frontier import FrontierResult
from forefolio.studies.portfolio import Portfolio
from forefolio.views.figures.series import CASH, OTHER, held
from forefolio.views.look import COLOURS
from forefolio.views.page import Block, Page, Table
from forefolio.views.report import sections
from forefolio.views.report.bars import parts_bar
from forefolio.views.report.frontier import frontier
from forefolio.views.report.markup import Markup, join, tag
from forefolio.views.report.tables import page_table
from forefolio.views.report.words import headline

NAMED = 3  # holdings whose risk is named


def opening(result: Portfolio | FrontierResult, page: Page) -> Markup:
    """What to hold, and what is expected of it."""
    named = [name for name, _ in held(result)[: len(COLOURS)]]
    classes = {name: f"c{k}" for k, name in enumerate(named)}
    shown = parts_bar(sections.slices(result), {**classes, OTHER: "other", CASH: "cash"})
    return tag(
        "section",
        tag("p", sections.when(result), class_="eyebrow"),
        tag("h1", headline(result)),
        shown,
        *(tag("p", line, class_="lead") for line in page.summary if _is_new(line)),
        tag("p", "These are estimates from the past: what fitted it best looks better than it "
            "will be.", class_="note"),
        id="verdict",
        class_="card opening",
    )  # fmt: skip


def _is_new(line: str) -> bool:
    """Whether a line of the summary is neither the headline again nor about another place."""
    return not line.startswith("Hold ") and "--verbose" not in line


def reasons(page: Page, asked: FollowUps) -> Markup:
    """Why these weights: what is expected of each, what holds it, where the risk comes from."""
    parts = asked.risk.attribution.assets if asked.risk and asked.risk.attribution else ()
    ranked = sorted(parts, key=lambda one: -(one.share or 0.0))[:NAMED]
    risky = [f"{one.name} ({percent(one.share, 0)})" for one in ranked if one.share is not None]
    lead = [tag("p", f"Most of the risk is {listed(risky)}.", class_="lead")] if risky else []
    return sections.section("weights", "Why these weights?", *lead, *blocks(page.main))


def beside(asked: FollowUps) -> Markup | None:
    """The portfolio beside the frontier without any limit of its own."""
    if asked.frontier is None:
        return None
    shown = frontier(asked.frontier, "those that the weights rest on")
    return sections.section("frontier", "Is there a better mix?", *shown)


def behind(result: Portfolio | FrontierResult, page: Page, asked: FollowUps) -> Markup:
    """Which prices, what is missing, and everything else that is known of the result."""
    lacking = [tag("li", f"This report lacks a part: {reason}.") for reason in asked.missing]
    return sections.section(
        "data",
        "What this rests on",
        tag("p", sections.coverage(result.data), class_="lead"),
        *([tag("ul", *lacking, class_="notes")] if lacking else []),
        *blocks(page.evidence),
    )


def blocks(shown: Iterable[Block]) -> list[Markup]:
    """Tables and sentences, one after the other."""
    return [
        page_table(one, "compact") if isinstance(one, Table) else _lines(one.title, one.lines)
        for one in shown
    ]


def _lines(title: str, lines: Iterable[str]) -> Markup:
    heading = tag("h3", title) if title else None
    return join([heading, tag("ul", *(tag("li", line) for line in lines), class_="notes")])
