"""Looking at a page: it fits its window, and breaks no rule of accessibility."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})"


def fits(page: Page, where: str) -> None:
    """Nothing is wider than the window, and no number is said that is none."""
    expect(page.locator("main h1").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, where
    text = page.inner_text("main")
    assert "NaN" not in text, where
    assert "undefined" not in text, where


def is_accessible(page: Page, where: str) -> None:
    """It fits, and axe finds nothing of WCAG 2 A and AA."""
    fits(page, where)
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(RULES)
    told = [f"{v['id']}: {n['html'][:160]}" for v in found["violations"] for n in v["nodes"]]
    assert told == [], where
