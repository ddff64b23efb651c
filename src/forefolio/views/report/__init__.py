"""A run as one self-contained HTML file that opens anywhere, offline."""

from pathlib import Path

from forefolio.core.writing import write_whole
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.report.page import render

__all__ = ["render", "write_report"]


def write_report(result: StrategyResult, folder: Path) -> Path:
    """Write `report.html` into `folder`: the whole of it or nothing."""
    page = render(result)
    folder.mkdir(parents=True, exist_ok=True)
    return write_whole(folder / "report.html", page.encode())
