"""Charts drawn by hand as SVG that is as wide as its column and never distorts its text.

Along x everything is a percentage of the width; the curves lie in nested drawings that stretch,
with lines that do not. So one chart serves a phone, a screen and paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forefolio.core.units import Array, Dates
from forefolio.market.calendar import Rows
from forefolio.views.report.markup import NOTHING, Markup, join, number_text, tag

WIDTH = 1000.0  # inner coordinates of a panel, left to right
POINTS = 800
_X_LABELS_HEIGHT = 26.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Values from `low` at the bottom to `high` at the top of a panel."""

    low: float
    high: float
    top: float
    height: float
    logarithmic: bool = False

    def __call__(self, values: Array) -> Array:
        """Distances from the top of the panel."""
        low, high, at = self.low, self.high, np.asarray(values, dtype=np.float64)
        if self.logarithmic:
            low, high, at = np.log(low), np.log(high), np.log(at)
        share: Array = np.clip((at - low) / max(high - low, 1e-12), 0.0, 1.0)
        return (1.0 - share) * self.height

    def grid(self, ticks: Sequence[tuple[float, str]]) -> Markup:
        """Lines across the panel at `ticks`, (value, label) pairs."""
        return join(self._tick(value, label) for value, label in ticks)

    def panel(self, *drawings: Markup) -> Markup:
        """The part of the chart that stretches."""
        return tag(
            "svg",
            *drawings,
            x="0",
            y=self.top,
            width="100%",
            height=self.height,
            viewBox=f"0 0 {number_text(WIDTH)} {number_text(self.height)}",
            preserveAspectRatio="none",
        )

    def _tick(self, value: float, label: str) -> Markup:
        y = self.top + float(self(np.array(value)))
        line = tag("line", x1="0", x2="100%", y1=y, y2=y, class_="grid")
        return join([line, tag("text", label, x=-8.0, y=y + 4, class_="tick y")])


def canvas(label: str, height: float, *drawings: Markup) -> Markup:
    """A chart: its parts from top to bottom, and the line that follows the pointer."""
    cursor = tag("line", x1="0", x2="0", y1="0", y2=height - _X_LABELS_HEIGHT, class_="cursor")
    return tag("svg", *drawings, cursor, role="img", aria_label=label, height=height,
               width="100%", class_="canvas", tabindex="0")  # fmt: skip


def still(label: str, height: float, *drawings: Markup, data: Markup = NOTHING) -> Markup:
    """A chart without a line that follows the pointer, and the data that it is drawn again from."""
    drawn = tag("svg", *drawings, role="img", aria_label=label, height=height, width="100%",
                class_="canvas")  # fmt: skip
    return tag("div", drawn, data, class_="chart")


def along(share: float, height: float, shown: str, kind: str = "") -> Markup:
    """A label under a chart, at a share of its width."""
    return tag("text", shown, x=f"{share:.2%}", y=height - 8, class_=f"tick x {kind}".strip())


def years(sessions: Dates, height: float) -> Markup:
    """Labels of years under a chart, about eight of them; every second gives way on a phone."""
    days = sessions.astype("datetime64[D]")
    first, last = (int(str(day)[:4]) for day in (days[0], days[-1]))
    step = next(s for s in (1, 2, 3, 5, 10, 20, 100) if (last - first) / s <= 9)
    shown = [year for year in range(first + 1, last + 1) if year % step == 0]
    labels = []
    for k, year in enumerate(shown):
        x = position(sessions, np.datetime64(f"{year}-01-01", "D"))
        labels.append(along(x, height, str(year), "wide" if (len(shown) - k) % 2 == 0 else ""))
    return join(labels)


def position(sessions: Dates, day: np.datetime64) -> float:
    """Where a day lies between the first session (0) and the last (1)."""
    first, last = (int(s.astype("datetime64[D]").astype(int)) for s in sessions[[0, -1]])
    return (int(day.astype("datetime64[D]").astype(int)) - first) / max(last - first, 1)


def positions(sessions: Dates) -> Array:
    """Where each session lies between the first (0) and the last (1)."""
    days = sessions.astype("datetime64[D]").astype(np.float64)
    share: Array = (days - days[0]) / max(float(days[-1] - days[0]), 1.0)
    return share


def line(x: Array, y: Array) -> str:
    """A path through points."""
    return "M" + "L".join(_points(x, y))


def band(x: Array, upper: Array, lower: Array) -> str:
    """A closed path between two curves."""
    return f"M{'L'.join(_points(x, upper))}L{'L'.join(_points(x[::-1], lower[::-1]))}Z"


def sample_rows(values: Array, limit: int = POINTS) -> Rows:
    """At most `limit` rows that keep the shape of `values` (T,): each bucket's low and high."""
    if len(values) <= limit:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), (limit - 2) // 2 + 1).astype(int)
    parts = [(start, values[start:stop]) for start, stop in pairwise(edges)]
    kept = {start + int(pick) for start, part in parts for pick in (part.argmin(), part.argmax())}
    return np.array(sorted(kept | {0, len(values) - 1}))


def linear_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values between `low` and `high`, about `count` of them."""
    rough = max(high - low, 1e-12) / count
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(float(power * s) for s in (1, 2, 2.5, 5, 10) if power * s >= rough * (1 - 1e-9))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [k * step for k in range(first, last + 1)]


def _points(x: Array, y: Array) -> list[str]:
    pairs = zip((x * WIDTH).tolist(), y.tolist(), strict=True)
    return [f"{number_text(a)} {number_text(b)}" for a, b in pairs]
