"""A run as one self-contained HTML file that opens anywhere, offline."""

from pathlib import Path

from forefolio.core.writing import write_whole
from forefolio.studies.follow_ups import FollowUps
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.report.page import render, render_answer
from forefolio.views.report.summary import render_summary

__all__ = ["render", "render_answer", "render_summary", "write_report"]


def write_report(result: StrategyResult, folder: Path, asked: FollowUps | None = None) -> Path:
    """Write `report.html` into `folder`: the whole of it or nothing."""
    page = render(result, asked)
    folder.mkdir(parents=True, exist_ok=True)
    return write_whole(folder / "report.html", page.encode())
