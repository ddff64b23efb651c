"""Pictures inside tables: an estimate with its interval, the parts of a portfolio, a heat map."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from forefolio.backtest.metrics import ruined_row
from forefolio.core.units import Array, Dates
from forefolio.core.wording import number, percent
from forefolio.views.look import TITLES
from forefolio.views.report.again import drawn_again, known, short
from forefolio.views.report.markup import Markup, scrolled, tag

_WIDTH, _HEIGHT, _MIDDLE = 168.0, 18.0, 9.0
_SHADES = (0.02, 0.05, 0.10)  # returns from which a cell of the heat map gets darker
_CLOSE = (0.2, 0.4, 0.6)  # correlations from which a cell gets darker
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Ruler:
    """One scale for all intervals of a column, zero always on it."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Sequence[float | None]) -> "Ruler":
        """A scale that holds all `values` and zero."""
        finite = [0.0, *(v for v in values if v is not None and np.isfinite(v))]
        room = 0.04 * (max(finite) - min(finite)) or 1.0
        return cls(min(finite) - room, max(finite) + room)

    def __call__(self, value: float) -> float:
        """Distance from the left edge."""
        return float(np.clip((value - self.low) / (self.high - self.low), 0.0, 1.0)) * _WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number, the interval it may lie in, and what it is compared with."""

    value: float | None
    low: float | None
    high: float | None
    beside: float | None = None

    @classmethod
    def of(cls, value: float | None, error: float | None) -> "Estimate":
        """A number with two standard errors to each side."""
        if value is None or error is None:
            return cls(value=value, low=None, high=None)
        return cls(value=value, low=value - 2 * error, high=value + 2 * error)


def interval(estimate: Estimate, ruler: Ruler, label: str) -> Markup:
    """A dot on its interval, a tick at what it is compared with, a line at zero.

    Nothing where the number is not known. The page draws it again where its script runs.
    """
    if estimate.value is None:
        return Markup("")
    zero = ruler(0.0)
    parts = [tag("title", label), tag("line", x1=zero, x2=zero, y1="0", y2=_HEIGHT, class_="zero")]
    if estimate.low is not None and estimate.high is not None:
        low, high = ruler(estimate.low), ruler(estimate.high)
        parts.append(tag("line", x1=low, x2=high, y1=_MIDDLE, y2=_MIDDLE, class_="span"))
    if estimate.beside is not None:
        at = ruler(estimate.beside)
        parts.append(tag("line", x1=at, x2=at, y1="3", y2=_HEIGHT - 3, class_="beside"))
    parts.append(tag("circle", cx=ruler(estimate.value), cy=_MIDDLE, r="3.5", class_="dot"))
    drawn = tag("svg", *parts, role="img", aria_label=label, class_="interval",
                viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
                width=_WIDTH, height=_HEIGHT)  # fmt: skip
    numbers = {name: known(value) for name, value in asdict(estimate).items()}
    scale = {"range": {"low": short(ruler.low), "high": short(ruler.high)}}
    return drawn_again(drawn, "interval", numbers | scale, "bit")


def holdings(
    weights: Mapping[str, float], slices: Sequence[tuple[str, float]], classes: dict[str, str]
) -> Markup:
    """The portfolio as one bar; where the script of the page runs, as the ring of the page."""
    told = {"weights": {name: short(weight) for name, weight in weights.items()}}
    return drawn_again(parts_bar(slices, classes), "holdings", told)


def parts_bar(slices: Sequence[tuple[str, float]], classes: dict[str, str]) -> Markup:
    """The portfolio as one bar, divided; names are written where they fit."""
    total = sum(abs(weight) for _, weight in slices) or 1.0
    label = ", ".join(f"{name} {percent(weight)}" for name, weight in slices)
    drawn, at = [], 0.0
    for name, weight in slices:
        share = abs(weight) / total
        drawn.append(_part(name, weight, at, share, classes.get(name, "other")))
        at += share
    return tag("svg", *drawn, role="img", aria_label=f"The portfolio: {label}.", class_="parts",
               width="100%", height="56")  # fmt: skip


def _part(name: str, weight: float, at: float, share: float, kind: str) -> Markup:
    drawn = [
        tag("title", f"{name} {percent(weight, 2)}"),
        tag("rect", x=f"{at:.3%}", width=f"{share:.3%}", y="0", height="34", class_=f"area {kind}"),
    ]
    if share >= 0.045:
        kept = "" if share >= 0.1 else " wide"
        middle = f"{at + share / 2:.3%}"
        drawn.append(tag("text", name, x=middle, y="50", class_=f"tick part{kept}"))
    return tag("g", *drawn)


def weight_bar(weight: float, largest: float, kind: str) -> Markup:
    """A weight as a bar, the largest one full."""
    width = 72.0 * abs(weight) / (largest or 1.0)
    return tag("svg", tag("rect", width=width, height="10", rx="2", class_=f"area {kind}"),
               aria_hidden="true", width="72", height="10", class_="weight")  # fmt: skip


def signed_bar(value: float, ruler: Ruler) -> Markup:
    """A gain to the right of zero, a loss to its left."""
    zero, end = ruler(0.0), ruler(value)
    kind = "gain" if value >= 0 else "loss"
    bar = tag("rect", x=min(zero, end), width=abs(end - zero), y="4", height="10", class_=kind)
    return tag("svg", bar,
               tag("line", x1=zero, x2=zero, y1="0", y2=_HEIGHT, class_="zero"),
               aria_hidden="true", class_="interval", viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
               width=_WIDTH, height=_HEIGHT)  # fmt: skip


def correlation_map(rows: Mapping[str, Mapping[str, float]]) -> Markup:
    """Correlations as a square of numbers, shaded by size."""
    names = list(rows)
    head = tag("tr", tag("th", "", scope="col"), *(tag("th", n, scope="col") for n in names))
    lines = [
        tag("tr", tag("th", name, scope="row"), *(_correlation(name, n, own[n]) for n in names))
        for name, own in rows.items()
    ]
    body = tag("table", tag("thead", head), tag("tbody", *lines), class_="heat corr")
    return scrolled(body, TITLES["correlations"])


def _correlation(one: str, other: str, value: float) -> Markup:
    if one == other:
        return tag("td", "", class_="same")
    shade = sum(abs(value) >= edge for edge in _CLOSE)
    return tag("td", number(value), class_=f"{'up' if value > 0 else 'down'}{shade}")


def by_month(sessions: Dates, equity: Array) -> dict[int, float]:
    """The return of each month, by months since 1970; after a ruin there are none."""
    ruin = ruined_row(equity)
    if ruin is not None:
        sessions, equity = sessions[: ruin + 1], equity[: ruin + 1]
    months = sessions.astype("datetime64[M]").astype(int)
    last = np.flatnonzero(np.diff(months, append=months[-1] + 1))
    ends = np.concatenate([[equity[0]], equity[last]])
    return dict(zip(months[last].tolist(), (ends[1:] / ends[:-1] - 1.0).tolist(), strict=True))


def monthly_returns(months: Mapping[int, float]) -> Markup:
    """Returns by month and year as table rows, shaded by size; the latest year first."""
    lines = []
    for year in range(max(months) // 12, min(months) // 12 - 1, -1):
        values = [months.get(year * 12 + m) for m in range(12)]
        whole = float(np.prod([1.0 + v for v in values if v is not None])) - 1.0
        months_of = zip(values, _MONTHS, strict=True)
        cells = [_shaded(value, month) for value, month in months_of]
        cells.append(_shaded(whole, "Year", "year", scale=3.0))
        lines.append(tag("tr", tag("th", str(year + 1970), scope="row"), *cells))
    head = [tag("th", h, scope="col") for h in ("", *_MONTHS, "Year")]
    parts = (tag("thead", tag("tr", *head)), tag("tbody", *lines))
    shown = tag("table", *parts, class_="heat by-month")
    return scrolled(shown, "Return by month, in percent")


def _shaded(value: float | None, label: str, kind: str = "", scale: float = 1.0) -> Markup:
    if value is None:
        return tag("td", data_label=label)
    sign = "up" if value > 0 else "down"
    shade = sum(abs(value) >= scale * edge for edge in _SHADES)
    shown = percent(value).removesuffix(" %")
    return tag("td", shown, class_=f"{sign}{shade} {kind}".strip(), data_label=label)
