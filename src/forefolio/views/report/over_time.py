"""The record over time: calendar years, the worst drawdowns, the last year at each month's end."""

import numpy as np

from forefolio.core.units import Array
from forefolio.core.wording import counted, listed, number, percent
from forefolio.studies.result import Number
from forefolio.studies.strategy_result import INDEX, DrawdownPeriod, StrategyResult
from forefolio.views.figures.series import series_of
from forefolio.views.look import TITLES
from forefolio.views.report.again import drawn_again
from forefolio.views.report.charts import Readings, chart_of, curve
from forefolio.views.report.markup import Markup, figure, join, json_block, right, row, table, tag
from forefolio.views.report.svg import (
    WIDTH,
    Scale,
    along,
    canvas,
    linear_ticks,
    positions,
    still,
    years,
)
from forefolio.views.report.words import on_target, over_offsets

_HEIGHT, _FOOT = 190.0, 26.0


def yearly_chart(result: StrategyResult) -> list[Markup]:
    """Bars of each calendar year beside the index, or beside the first baseline."""
    if not result.years:
        return []
    beside = _beside(result)
    names = [result.strategy, *([beside] if beside else [])]
    values = {n: [year.returns.get(n) for year in result.years] for n in names}
    returns = [v for own in values.values() for v in own if v is not None]
    if not returns:
        return []
    scale = Scale(low=min(0.0, *returns) * 1.08, high=max(0.01, *returns) * 1.08, top=6.0,
                  height=_HEIGHT)  # fmt: skip
    slot = WIDTH / len(result.years)
    bars = [
        _bar(f"{year.year}, {name}: {percent(value)}", value, scale,
             (slot * (k + 0.1 + 0.8 * j / len(names)), 0.8 * slot / len(names), kind))
        for k, year in enumerate(result.years)
        for j, (name, kind) in enumerate(zip(names, ("c0", "other"), strict=False))
        if (value := year.returns.get(name)) is not None
    ]  # fmt: skip
    whole = 6.0 + _HEIGHT + _FOOT
    ticks = linear_ticks(scale.low, scale.high, 5)
    drawn = still(
        _yearly_label(result, names),
        whole,
        scale.grid([(t, percent(t, 0)) for t in ticks]),
        scale.panel(*bars),
        *_year_labels([year.year for year in result.years], whole),
        data=json_block(
            {
                "picture": "years",
                "names": names,
                "years": [[y.year, *(y.returns.get(n) for n in names)] for y in result.years],
            }
        ),
    )
    keys = [
        tag("span", tag("i", class_=f"swatch {kind}"), tag("span", name))
        for name, kind in zip(names, ("c0", "other"), strict=False)
    ]
    return [
        tag("h3", f"{TITLES['years']}{f', beside {_called(beside)}' if beside else ''}"),
        tag("p", _best_and_worst(result), class_="note"),
        tag("div", *keys, class_="legend"),
        drawn,
    ]


def target_table(result: StrategyResult) -> list[Markup]:
    """Volatility of each year beside its target; nothing of a strategy without one."""
    record = result.risk_on_target
    if record is None or not record.years:
        return []
    shown = [(y.volatility, y.exposure, y.unlimited, y.by_ewma) for y in record.years]
    lines = [
        row(str(year.year), *(figure(percent(value)) for value in values))
        for year, values in zip(record.years, shown, strict=True)
    ]
    headings = ("Account", "Invested", "Without a limit", "Without a limit, by EWMA")
    title = f"Risk on target: volatility of each year, for a target of {percent(record.target)}"
    return [
        table(title, ("Year", *map(right, headings)), [lines]),
        tag("p", on_target(record), class_="note"),
        *([tag("p", over_offsets(result.offsets), class_="note")] if result.offsets else []),
    ]


def _beside(result: StrategyResult) -> str | None:
    names = [record.name for record in result.backtest[1:]]
    return INDEX if INDEX in names else next(iter(names), None)


def _called(name: str) -> str:
    return "the index" if name == INDEX else name


def _bar(label: str, value: float, scale: Scale, place: tuple[float, float, str]) -> Markup:
    x, width, kind = place
    ends = scale(np.array([value, 0.0]))
    return tag("rect", tag("title", label), x=x, width=width, y=float(ends.min()),
               height=max(float(abs(ends[0] - ends[1])), 0.5), class_=f"area {kind}")  # fmt: skip


def _year_labels(shown: list[int], height: float) -> list[Markup]:
    step = next(s for s in (1, 2, 3, 5, 10, 20, 100) if len(shown) / s <= 9)
    kept = [(k, year) for k, year in enumerate(shown) if year % step == 0]
    return [
        along((k + 0.5) / len(shown), height, str(year), "wide" if (len(kept) - j) % 2 == 0 else "")
        for j, (k, year) in enumerate(kept)
    ]


def _best_and_worst(result: StrategyResult) -> str:
    own = [(year.year, year.returns.get(result.strategy)) for year in result.years]
    returns = [(year, value) for year, value in own if value is not None]
    best, worst = (pick(returns, key=lambda one: one[1]) for pick in (max, min))
    ends = [str(year) for year in sorted({result.years[0].year, result.years[-1].year})]
    return (
        f"Best {best[0]} ({percent(best[1], signed=True)}), worst {worst[0]} "
        f"({percent(worst[1], signed=True)}), after costs. {listed(ends)} may not be whole."
    )


def _yearly_label(result: StrategyResult, names: list[str]) -> str:
    returns = [
        f"{year.year} {listed([f'{n} {percent(year.returns.get(n))}' for n in names])}"
        for year in result.years
        if all(year.returns.get(n) is not None for n in names)
    ]
    return f"Return by calendar year: {'; '.join(returns)}."


# -- drawdowns -------------------------------------------------------------------------------------


def drawdown_table(result: StrategyResult) -> list[Markup]:
    """The worst falls, one by one."""
    if not result.drawdowns:
        return []
    body = [_drawdown(k, one) for k, one in enumerate(result.drawdowns, 1)]
    headings = ("", right("Fall"), right("From the high of"), right("To the low of"),
                right("Recovered"), right("Lasted"))  # fmt: skip
    shown = table(f"{TITLES['falls']} of {result.strategy}", headings, [body], "compact")
    return [drawn_again(shown, "falls")]


def _drawdown(rank: int, one: DrawdownPeriod) -> Markup:
    ended = str(one.recovered) if one.recovered else "not yet"
    lasted = counted(one.sessions, "session")
    return row(
        str(rank),
        figure(percent(one.depth)),
        *map(figure, (str(one.peak), str(one.bottom), ended, lasted)),
    )


# -- the last year ---------------------------------------------------------------------------------


def trailing_charts(result: StrategyResult) -> list[Markup]:
    """Sharpe ratio, volatility and beta of the year up to each month's end; or a sentence.

    The first decision is made in the first month, so a year has passed a year later.
    """
    curves = result.curves
    if sum(one is not None for one in curves.trailing_sharpe) < 2:
        sentence = "The record is shorter than a year and a month: no year can be looked back on."
        return [tag("p", sentence, class_="note")]
    sharpe = _trailing(result, curves.trailing_sharpe, "ratio", "Sharpe")
    risk = _trailing(result, curves.trailing_volatility, "share", "volatility")
    drawn = [sharpe, risk]
    if sum(one is not None for one in curves.trailing_beta) > 1:
        drawn.append(_trailing(result, curves.trailing_beta, "ratio", "beta to the index"))
    return [
        tag("h3", "The year up to each month's end"),
        tag("div", *(tag("div", one) for one in drawn), class_="pair"),
    ]


def _trailing(result: StrategyResult, values: tuple[Number, ...], kind: str, called: str) -> Markup:
    rows = [k for k, value in enumerate(values) if value is not None]
    shown: Array = np.array([values[k] for k in rows], dtype=np.float64)
    days = series_of(result).month_ends[rows]
    low, high = min(0.0, float(shown.min())), max(0.0, float(shown.max()))
    scale = Scale(low=low * 1.05, high=high * 1.05 or 1.0, top=6.0, height=_HEIGHT - 40)
    x = positions(days)
    ticks = linear_ticks(scale.low, scale.high, 4)
    whole = 6.0 + scale.height + _FOOT
    drawing = canvas(
        f"{called.capitalize()} of {result.strategy} over a year, from {days[0]} to {days[-1]}: "
        f"between {_written(kind, float(shown.min()))} and {_written(kind, float(shown.max()))}, "
        f"at the end {_written(kind, float(shown[-1]))}.",
        whole,
        scale.grid([(t, _tick(kind, t)) for t in ticks]),
        scale.panel(curve(0, x, scale(shown))),
        years(days, whole),
    )
    readings = Readings("year", kind, days, x, [[[float(f"{v:.4g}")] for v in shown]])
    last = [_written(kind, float(shown[-1]))]
    return chart_of(drawing, [("l0", f"{called}, a year, now")], last, readings)


def _tick(kind: str, value: float) -> str:
    return percent(value, 0) if kind == "share" else number(value, 1)


def _written(kind: str, value: float) -> str:
    return percent(value) if kind == "share" else number(value)


def over_time(result: StrategyResult) -> Markup:
    """Years, risk beside its target, drawdowns and the last year, in this order."""
    parts = [yearly_chart, target_table, drawdown_table, trailing_charts]
    return join([markup for part in parts for markup in part(result)])
