"""The report's three charts over time: growth and drawdown, weights, belief in the models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forefolio.core.units import Array, Dates
from forefolio.core.wording import TIMES, listed, multiple, number, percent
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.figures.series import (
    CASH,
    OTHER,
    Series,
    drawdowns,
    grown,
    growth_ticks,
    named_assets,
    series_of,
    weight_layers,
)
from forefolio.views.look import COLOURS, LINE_COLOURS
from forefolio.views.report.markup import Markup, json_block, tag
from forefolio.views.report.svg import (
    WIDTH,
    Scale,
    band,
    canvas,
    line,
    linear_ticks,
    positions,
    sample_rows,
    years,
)

_PERIODS = 120  # that weights are averaged over, so that they can be read


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """The numbers of a chart over time: read off by the pointer, and drawn again where it moves."""

    picture: str  # which one, for the script that draws it again
    kind: str  # how the values are written
    sessions: Dates  # (R,)
    x: Array  # (R,) shares of the width
    values: Any  # by series and session, one number or two
    more: Mapping[str, Any] = field(default_factory=dict)  # what else is drawn

    def block(self, names: Sequence[str]) -> Markup:
        """They as data inside the page; `names` of the series."""
        return json_block(
            {
                "picture": self.picture,
                "kind": self.kind,
                "names": list(names),
                "days": [str(day) for day in self.sessions.astype("datetime64[D]")],
                "x": [round(float(at) * WIDTH, 1) for at in self.x],
                "values": self.values,
                **self.more,
            }
        )


def equity_chart(result: StrategyResult) -> Markup:
    """Growth of one on a log scale, and the fall from the highest value below it."""
    curves = series_of(result)
    falls, equity = drawdowns(curves), grown(curves)
    growth = _growth_scale(equity)
    lowest = min(float(falls.min()), -0.01)
    fall = Scale(low=lowest, high=0.0, top=288.0, height=84.0)
    rows = sample_rows(np.log(equity[0]))
    x = positions(curves.sessions)[rows]
    order = range(len(curves.names) - 1, -1, -1)  # the followed strategy on top
    drawing = canvas(
        _equity_label(curves, falls),
        398.0,
        growth.grid([(t, f"{t:g}{TIMES}") for t in growth_ticks(growth.low, growth.high)]),
        fall.grid([(t, percent(t, 0)) for t in linear_ticks(lowest, 0.0, 3)]),
        growth.panel(*(curve(k, x, growth(equity[k, rows])) for k in order)),
        fall.panel(
            tag("path", d=band(x, np.zeros_like(x), fall(falls[0, rows])), class_="area l0 under"),
            *(curve(k, x, fall(falls[k, rows]), "under") for k in range(len(falls))[1::-1]),
        ),
        years(curves.sessions, 398.0),
    )
    values = [
        [[_short(v), _short(f)] for v, f in zip(value[rows], down[rows], strict=True)]
        for value, down in zip(curves.equity, falls, strict=True)
    ]
    last = [f"{multiple(float(e[-1]))}, {percent(float(f[-1]))}" for e, f in _pairs(curves, falls)]
    keys = [(_line_class(k), name) for k, name in enumerate(curves.names)]
    worst = [[str(one.peak), str(one.recovered) if one.recovered else None]
             for one in result.drawdowns]  # fmt: skip
    more = {"worst": worst, "traded": list(map(str, result.curves.traded))}
    read = Readings("growth", "growth", curves.sessions[rows], x, values, more)
    return chart_of(drawing, keys, last, read)


def weights_chart(result: StrategyResult) -> Markup:
    """What the followed strategy held on average of each period, stacked to the whole."""
    layers, sessions = weight_layers(result), series_of(result).month_ends
    edges = np.linspace(0, len(sessions), min(len(sessions), _PERIODS) + 1).astype(int)
    shares = np.add.reduceat(layers.shares, edges[:-1], axis=1) / np.diff(edges)
    x = positions(sessions)[np.stack([edges[:-1], edges[1:] - 1], axis=1).ravel()]
    tops = np.cumsum(shares, axis=0)
    scale = Scale(low=0.0, high=max(1.0, float(tops[-1].max())), top=6.0, height=230.0)
    classes = asset_classes(result)
    kinds = [classes[name] for name in layers.names]
    areas = [
        tag("path", d=_steps(x, scale(top), scale(top - share)), class_=f"area {kind}")
        for kind, top, share in zip(kinds, tops, shares, strict=True)
    ]
    drawing = canvas(
        _weights_label(result),
        264.0,
        scale.panel(*areas),
        scale.grid([(t, percent(t, 0)) for t in linear_ticks(0.0, scale.high, 4)]),
        years(sessions, 264.0),
    )
    last = [percent(float(share)) for share in layers.shares[:, -1]]
    values = [[[_short(v)] for v in share] for share in shares]
    keys = list(zip(kinds, layers.names, strict=True))
    return chart_of(
        drawing, keys, last, Readings("weights", "share", sessions[edges[:-1]], x[::2], values)
    )


def slopes_chart(result: StrategyResult) -> Markup:
    """How far the models were believed: 0 moves nothing, 1 all the way."""
    curves, name = series_of(result), "believed"
    rows = sample_rows(curves.slopes)
    x = positions(curves.slope_sessions)[rows]
    scale = Scale(low=0.0, high=1.0, top=6.0, height=140.0)
    drawing = canvas(
        _slopes_label(curves.slopes),
        174.0,
        scale.grid([(t, percent(t, 0)) for t in (0.0, 0.5, 1.0)]),
        scale.panel(curve(0, x, scale(curves.slopes[rows]))),
        years(curves.slope_sessions, 174.0),
    )
    values = [[[_short(v)] for v in curves.slopes[rows]]]
    last = [percent(float(curves.slopes[-1]))]
    keys = [(_line_class(0), name)]
    read = Readings("belief", "share", curves.slope_sessions[rows], x, values)
    return chart_of(drawing, keys, last, read)


def asset_classes(result: StrategyResult) -> dict[str, str]:
    """The colour class of each asset that has one, of Other and of Cash."""
    named = {name: f"c{k}" for k, name in enumerate(named_assets(result)[: len(COLOURS)])}
    return named | {OTHER: "other", CASH: "cash"}


def _steps(x: Array, upper: Array, lower: Array) -> str:
    return band(x, np.repeat(upper, 2), np.repeat(lower, 2))


def _growth_scale(equity: Array) -> Scale:
    low, high = float(equity.min()), float(equity.max())
    return Scale(low=low * 0.97, high=high * 1.03, top=6.0, height=254.0, logarithmic=True)


def _pairs(curves: Series, falls: Array) -> list[tuple[Array, Array]]:
    return list(zip(curves.equity, falls, strict=True))


def curve(k: int, x: Array, y: Array, kind: str = "") -> Markup:
    """The line of series `k`."""
    return tag("path", d=line(x, y), class_=f"line {_line_class(k)} {kind}".strip())


def _line_class(k: int) -> str:
    return f"l{min(k, LINE_COLOURS)}"


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def chart_of(
    drawing: Markup, keys: Sequence[tuple[str, str]], last: Sequence[str], readings: Readings
) -> Markup:
    """A drawing under its legend: `keys` are (colour class, name) pairs, `last` their values."""
    entries = [
        tag("span", tag("i", class_=f"swatch {kind}"), tag("span", name), tag("b", value))
        for (kind, name), value in zip(keys, last, strict=True)
    ]
    legend = tag("div", tag("time"), *entries, class_="legend")
    return tag("div", legend, drawing, readings.block([name for _, name in keys]), class_="chart")


def _equity_label(curves: Series, falls: Array) -> str:
    growth = [
        f"{n} to {number(float(e[-1]))}" for n, e in zip(curves.names, curves.equity, strict=True)
    ]
    return (
        f"From {curves.sessions[0]} to {curves.sessions[-1]} one grew with {listed(growth)}; "
        f"the deepest fall of {curves.names[0]} was {percent(float(falls[0].min()))}."
    )


def _weights_label(result: StrategyResult) -> str:
    layers = weight_layers(result)
    average = [
        f"{n} {percent(float(s.mean()))}" for n, s in zip(layers.names, layers.shares, strict=True)
    ]
    return f"Average weights of {result.strategy} over time: {listed(average)}."


def _slopes_label(slopes: Array) -> str:
    moved = percent(float((slopes > 0).mean()), 0)
    return (
        f"At the end {percent(float(slopes[-1]), 0)} of what the models say is believed; "
        f"in {moved} of the months they moved anything."
    )
