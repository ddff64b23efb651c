"""The parts of the report of any answer: what it says, shows and rests on."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from forefolio.core.kinds import kind_of
from forefolio.core.lazy import lazy
from forefolio.core.wording import listed, percent
from forefolio.studies.base import StudyDocument
from forefolio.studies.catalog import STUDIES
from forefolio.studies.follow_ups import FollowUps, Reported
from forefolio.studies.frontier import FrontierResult
from forefolio.studies.result import Result
from forefolio.views.figures import encoded
from forefolio.views.figures.series import CASH, OTHER, held
from forefolio.views.look import COLOURS, TITLES
from forefolio.views.page import Block, Page, Picture, Table
from forefolio.views.report import sections
from forefolio.views.report.again import drawn_again
from forefolio.views.report.bars import parts_bar
from forefolio.views.report.frontier import frontier
from forefolio.views.report.markup import Child, Markup, join, tag
from forefolio.views.report.tables import page_table
from forefolio.views.report.words import headline

yaml: Any = lazy("yaml")

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)")
NAMED = 3  # holdings whose risk is named
SHORT = 11  # letters of a cell, of which three stand side by side on a phone
LONG = 100_000  # letters of a question, from which it does not stand in its answer
SAME = 1e-3  # of a ratio: what is nearer to the best is the best


def opening(result: Result, page: Page) -> Markup:
    """What it came to, in a few sentences; of weights, what to hold."""
    has_weights = isinstance(result, Reported)
    title = headline(result) if isinstance(result, Reported) else page.headline
    lines = [line for line in page.summary if not (has_weights and line.startswith("Hold "))]
    estimated = tag("p", "These are estimates from the past: what fitted it best looks better than "
                    "it will be.", class_="note")  # fmt: skip
    return tag(
        "section",
        tag("p", _when(result), class_="eyebrow"),
        tag("h1", *_days_whole(title)),
        *(tag("p", line, class_="lead") for line in lines),
        estimated if has_weights else None,
        id="verdict",
        class_="card opening",
    )


def _days_whole(title: str) -> list[Child]:
    """A title whose days are not broken at the end of a line."""
    parts = _DAY.split(title)
    return [tag("span", one, class_="day") if _DAY.fullmatch(one) else one for one in parts]


def _when(result: Result) -> str:
    """For which session, of which run."""
    if isinstance(result, Reported):
        return sections.when(result)
    if (run := result.run) is not None:
        return f"Run {run.id[:8]} of {run.created:%Y-%m-%d}"
    return f"After the close of {result.as_of}" if result.as_of else "Forefolio"


def answer(result: Result, page: Page, asked: FollowUps) -> Markup | None:
    """The pictures and the main tables; where its script runs, the panels of the page."""
    study = study_of(result)
    drawn = [_bar(result), *_pictures(page.pictures), _risky(asked)]
    parts = [part for part in (*drawn, *blocks(page.main)) if part]
    if study is None or not parts:
        return None
    shown = drawn_again(join(parts), "view", {"kind": kind_of(study)})
    return tag("section", shown, id="answer", class_="card answer", aria_label="The answer")


def study_of(result: Result) -> type[StudyDocument] | None:
    """The kind of question that it answers."""
    return next((study for study in STUDIES if study.result is type(result)), None)


def _bar(result: Result) -> Markup | None:
    """The portfolio as one bar."""
    if not isinstance(result, Reported):
        return None
    named = [name for name, _ in held(result)[: len(COLOURS)]]
    classes = {name: f"c{k}" for k, name in enumerate(named)}
    return parts_bar(sections.slices(result), {**classes, OTHER: "other", CASH: "cash"})


def _pictures(drawn: Mapping[str, Picture]) -> Iterator[Markup]:
    """As images inside the page: nothing is loaded, and paper has them sharp."""
    for name, draw in drawn.items():
        image = b64encode(encoded(draw(), "svg")).decode()
        title = TITLES.get(name) or name.replace("_", " ").capitalize()
        yield tag("img", src=f"data:image/svg+xml;base64,{image}", class_="drawing",
                  alt=f"{title}: the numbers stand in the tables below.")  # fmt: skip


def _risky(asked: FollowUps) -> Markup | None:
    """The holdings that most of the risk comes from."""
    parts = asked.risk.attribution.assets if asked.risk and asked.risk.attribution else ()
    ranked = sorted(parts, key=lambda one: -(one.share or 0.0))[:NAMED]
    risky = [f"{one.name} ({percent(one.share, 0)})" for one in ranked if one.share is not None]
    return tag("p", f"Most of the risk is {listed(risky)}.", class_="lead") if risky else None


def beside(result: Result, asked: FollowUps) -> Markup | None:
    """The portfolio beside the frontier without any limit of its own, where that is another one."""
    if asked.frontier is None or _is_best(result, asked.frontier):
        return None
    shown = frontier(asked.frontier, "those that the weights rest on")
    return sections.section("frontier", "Is there a better mix?", *shown)


def _is_best(result: Result, free: FrontierResult) -> bool:
    """Whether a frontier has no limit that keeps its best portfolio from being a better one."""
    if not isinstance(result, FrontierResult):
        return False
    own, best = result.best.ratio, free.best.ratio
    return own is not None and best is not None and best - own < SAME * max(abs(best), 1.0)


def behind(result: Result, page: Page, asked: FollowUps) -> Markup:
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
        page_table(one, _kind(one)) if isinstance(one, Table) else _lines(one.title, one.lines)
        for one in shown
    ]


def _kind(shown: Table) -> str:
    """How many cells stand beside each other on a phone: three, if they are short."""
    longest = max((len(cell) for row in shown.rows for cell in row.cells[1:]), default=0)
    return "compact" if longest <= SHORT else ""


def _lines(title: str, lines: Iterable[str]) -> Markup:
    heading = tag("h3", title) if title else None
    return join([heading, tag("ul", *(tag("li", line) for line in lines), class_="notes")])


def again(result: Result, question: Mapping[str, Any]) -> Markup:
    """Which run on which data it is, and how to ask the same again."""
    seeds = sorted(set(_seeds(question)))
    notes = [("Run", sections.run_of(result))]
    if seeds:
        named = listed([str(one) for one in seeds])
        notes.append(("Reproducible", f"Seed {named}; the same question on the same data gives "
                      "the same numbers."))  # fmt: skip
    lines = [tag("li", tag("b", f"{name}. "), told) for name, told in notes]
    return sections.section("method", "Method", tag("ul", *lines, class_="notes"),
                            *_command(result, question))  # fmt: skip


def _command(result: Result, question: Mapping[str, Any]) -> Iterator[Markup]:
    """The question as a file, and the command that asks it."""
    study = study_of(result)
    if study is None or not question:
        return
    text = yaml.safe_dump(dict(question), sort_keys=False, allow_unicode=True)
    if len(text) > LONG:
        yield tag("p", "The question is too long to stand here.", class_="note")
        return
    command = tag("code", f"forefolio {study.command} --study study.yaml")
    yield tag(
        "details",
        tag("summary", "The question, as YAML: save it and ask it again"),
        tag("p", "Saved as study.yaml, ", command, " asks the same.", class_="note"),
        tag("pre", tag("code", text)),
    )


def _seeds(question: Any) -> Iterator[int]:
    """Every seed that a question names, wherever it stands."""
    if isinstance(question, Mapping):
        for name, value in question.items():
            if name == "seed" and isinstance(value, int):
                yield value
            else:
                yield from _seeds(value)
    elif isinstance(question, list | tuple):
        for value in question:
            yield from _seeds(value)


def document(page: Page) -> dict[str, Any]:
    """The sentences and main tables as data, for the panels of the page that show them."""
    main = [
        {"kind": "table" if isinstance(one, Table) else "lines", **asdict(one)} for one in page.main
    ]
    return {"headline": page.headline, "summary": list(page.summary), "main": main, "evidence": [],
            "sheet": None}  # fmt: skip
