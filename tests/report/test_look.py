"""Colours are written once: the page, the report and the pictures have the same."""

import re
from pathlib import Path

from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.figures import FIGURES
from forefolio.views.look import COLOURS, STYLE, TITLES
from forefolio.views.report.page import render

ROOT = Path(__file__).parents[2]


def test_the_page_and_the_report_have_the_colours_of_one_file(result: StrategyResult) -> None:
    assert (
        '@import "../../src/forefolio/views/look.css";' in (ROOT / "web/src/style.css").read_text()
    )
    assert STYLE in render(result)


def test_pictures_take_the_light_ones(result: StrategyResult) -> None:
    lines = FIGURES["equity"](result).axes[0].lines
    assert [line.get_color() for line in lines[:2]] == list(COLOURS[:2])
    assert all(re.search(rf"--series-{n}: {colour};", STYLE) for n, colour in enumerate(COLOURS, 1))


def test_pictures_of_every_face_have_one_title_and_one_order(result: StrategyResult) -> None:
    page = (ROOT / "web/src/results/strategy.tsx").read_text()
    view = page[page.index("function StrategyView") : page.index("function Years")]
    shown = re.findall(r"<(OverTheTime|Years|Falls) result|TITLES\.(months)", view)
    called = {"overthetime": "growth"}  # the first of its pictures
    drawn = [called.get(name, name) for name in ((part or title).lower() for part, title in shown)]
    report = render(result)
    assert drawn == ["growth", "months", "years", "falls"]
    places = [report.find(TITLES[one]) for one in drawn]
    there = [place for place in places if place >= 0]  # this record has no year of its own
    assert there == sorted(there)
    assert min(places[:2]) >= 0
    assert TITLES["growth"] in FIGURES["equity"](result).axes[0].get_title(loc="left")
