"""A run at a glance, in words: as the page's list has it, for a line of text."""

from collections.abc import Sequence

from forefolio.core.wording import counted, number, plus_minus
from forefolio.runs.glance import RunGlance

STEPS = "▁▂▃▄▅▆▇█"
MARKS = 10  # of a line as small as a word


def about_of(glance: RunGlance) -> str:
    """What distinguishes a question from others of its kind: "maximum Sharpe, 1 limit, seed 7"."""
    limits = counted(glance.limits, "limit") if glance.limits else ""
    seed = "" if glance.seed is None else f"seed {glance.seed}"
    return ", ".join(filter(None, (glance.about, limits, seed)))


def universe_of(glance: RunGlance) -> str:
    """How many assets, and where their prices are from: "20 assets, sample data"."""
    count = "" if glance.assets is None else counted(glance.assets, "asset")
    return ", ".join(filter(None, (count, glance.source)))


def sharpe_of(glance: RunGlance) -> str:
    """The Sharpe ratio: "0.96 ± 0.19" was measured, "0.99 expected" was not."""
    if glance.sharpe is None:
        return ""
    if glance.expected:
        return f"{number(glance.sharpe)} expected"
    if glance.sharpe_error is None:
        return number(glance.sharpe)
    return plus_minus(glance.sharpe, glance.sharpe_error)


def small_line(line: Sequence[float]) -> str:
    """A series of values as small marks, from its least to its greatest.

    >>> small_line((1.0, 2.0, 4.0, 8.0))
    '▁▂▄█'
    """
    few = min(len(line), MARKS)
    if few < 2:
        return ""
    low, high = min(line), max(line)
    places = [round(n * (len(line) - 1) / (few - 1)) for n in range(few)]
    top = len(STEPS) - 1
    heights = [round(top * (line[place] - low) / (high - low or 1.0)) for place in places]
    return "".join(STEPS[height] for height in heights)
