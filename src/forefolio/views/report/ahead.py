"""Charts of what may come, and of how forecasts came true: the same as on the page."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forefolio.core.wording import counted, percent, plus_minus, sessions
from forefolio.studies.coverage import coverage_record
from forefolio.studies.past_forecasts import AssetPast, PastForecasts
from forefolio.studies.path_losses import Distribution
from forefolio.studies.simulation import PortfolioSimulation
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.figures.past import usual_past
from forefolio.views.figures.series import held
from forefolio.views.look import TITLES
from forefolio.views.report.again import drawn_again, short
from forefolio.views.report.charts import curve
from forefolio.views.report.markup import Markup, join, json_block, number_text, tag
from forefolio.views.report.svg import (
    WIDTH,
    Scale,
    along,
    band,
    linear_ticks,
    positions,
    still,
    years,
)

_HEIGHT, _FOOT = 200.0, 40.0
_WHOLE = 6.0 + _HEIGHT + _FOOT
_ENOUGH = 3  # outcomes, from which there is a picture


def simulated(one: PortfolioSimulation) -> list[Markup]:
    """Where the portfolio may be over time, and at the end."""
    ends = [(TITLES["ends"], _ends(one, one.ends))] if one.ends else []
    parts = [(TITLES["fan"], _fan(one)), *ends]
    return [
        tag("div", *(tag("div", tag("h3", title), *shown) for title, shown in parts), class_="pair")
    ]


def _fan(one: PortfolioSimulation) -> list[Markup]:
    days = np.array([point.session for point in one.fan], dtype=np.float64)
    values = np.array([point.values for point in one.fan]) - 1.0
    scale = Scale(low=float(values.min()), high=float(values.max()), top=6.0, height=_HEIGHT)
    x, last = days / max(days[-1], 1.0), len(one.levels) - 1
    bands = [
        tag("path", d=band(x, scale(values[:, last - k]), scale(values[:, k])),
            class_="area l0 under")
        for k in range(len(one.levels) // 2)
    ]  # fmt: skip
    low, high = (percent(float(values[-1, k]), signed=True) for k in (0, last))
    middle = percent(float(values[-1, last // 2]), signed=True)
    share = percent(one.levels[-1] - one.levels[0], 0)
    label = (
        f"After {sessions(one.horizon)}: between {low} and {high} with a probability of {share}; "
        f"the middle is {middle}."
    )
    drawn = still(
        label,
        _WHOLE,
        scale.grid(
            [(t, percent(t, 0)) for t in linear_ticks(scale.low, scale.high, 5)],
        ),
        scale.panel(*bands, curve(0, x, scale(values[:, last // 2]))),
        *_across([(float(t / days[-1]), f"{t:g}") for t in linear_ticks(0.0, days[-1], 5)]),
        tag("text", "sessions from now", x="100%", y=_WHOLE - 4, class_="tick end"),
        data=json_block(
            {
                "picture": "fan",
                "levels": list(one.levels),
                "goal": one.goal,
                "fan": [
                    {"session": point.session, "values": [short(v) for v in point.values]}
                    for point in one.fan
                ],
                "some_paths": [[short(v) for v in path] for path in one.some_paths],
            }
        ),
    )
    return [tag("p", label, class_="note"), drawn]


def _ends(one: PortfolioSimulation, ends: Distribution) -> list[Markup]:
    edges, shares = np.array(ends.edges) - 1.0, np.array(ends.shares)
    scale = Scale(low=0.0, high=float(shares.max()) or 1.0, top=6.0, height=_HEIGHT)
    low, high = float(edges[0]), float(edges[-1])
    x = (edges - low) / ((high - low) or 1.0)
    top = scale(np.repeat(shares, 2))
    level = percent(one.level, 0)
    gains = [one.paid_in - 1.0 - loss.value for loss in (one.value_at_risk, one.expected_shortfall)]
    lines = [
        tag("line", x1=at * WIDTH, x2=at * WIDTH, y1="0", y2=_HEIGHT, class_="line dashed")
        for gain in gains
        if 0.0 <= (at := (gain - low) / ((high - low) or 1.0)) <= 1.0
    ]
    label = (
        f"{percent(one.probability_of_loss.value)} of the paths end below what was paid in, "
        f"{percent(one.probability_of_goal.value)} at the goal or above, after "
        f"{sessions(one.horizon)}."
    )
    drawn = still(
        label,
        _WHOLE,
        scale.grid([(t, percent(t, 0)) for t in linear_ticks(0.0, scale.high, 4)]),
        scale.panel(
            tag("path", d=band(np.repeat(x, 2)[1:-1], top, scale(np.zeros_like(top))),
                class_="area l0 under"),
            *lines,
        ),
        *_across([((t - low) / ((high - low) or 1.0), percent(t, 0))
                  for t in linear_ticks(low, high, 5)]),
        data=json_block(
            {
                "picture": "ends",
                "horizon": one.horizon,
                "level": one.level,
                "goal": one.goal,
                "paid_in": one.paid_in,
                "value_at_risk": one.value_at_risk.value,
                "expected_shortfall": one.expected_shortfall.value,
                "ends": ends.model_dump(mode="json"),
            }
        ),
    )  # fmt: skip
    dashed = f"Dashed: the value at risk and the expected shortfall at {level}."
    return [tag("p", f"{label} {dashed}", class_="note"), drawn]


def _across(ticks: Sequence[tuple[float, str]]) -> list[Markup]:
    """Labels along the foot, but for those at the edges."""
    return [along(at, _WHOLE - 14.0, shown) for at, shown in ticks if 0.03 < at < 0.97]


# -- forecasts that came true or did not -----------------------------------------------------------


def came_true(result: StrategyResult) -> list[Markup]:
    """Past forecasts beside what happened, and how much the intervals held over time."""
    return [*_past(result), *_coverage(result)]


def _past(result: StrategyResult) -> list[Markup]:
    if not result.past:
        return []
    one = usual_past(result.past)
    asset = _largest(result, one)
    if asset is None:
        return []
    meant = round(one.level * asset.known)
    sentence = (
        f"{asset.ticker}: {asset.inside} of {counted(asset.known, 'outcome')} were inside their "
        f"{percent(one.level, 0)} interval; {meant} were to be."
    )
    shown = join([tag("p", sentence, class_="note"), _past_drawing(one, asset, sentence)])
    note = (
        f"Over {sessions(one.horizon)}, out of sample; outcomes do not overlap. Band: the "
        "interval; line: the forecast; dots: what happened; diamonds: outside the interval."
    )
    return [
        tag("h3", TITLES["past"]),
        drawn_again(shown, "past", {"asset": asset.ticker}),
        tag("p", note, class_="note"),
    ]


def _largest(result: StrategyResult, one: PastForecasts) -> AssetPast | None:
    """The largest holding of which enough outcomes are known, or any asset."""
    by_ticker = {asset.ticker: asset for asset in one.assets if _known(asset).sum() >= _ENOUGH}
    names = [*(ticker for ticker, _ in held(result)), *by_ticker]
    return next((by_ticker[name] for name in names if name in by_ticker), None)


def _known(asset: AssetPast) -> NDArray[np.bool]:
    """Which of its forecasts have an outcome."""
    rows = np.array([asset.low, asset.mean, asset.high, asset.outcome], dtype=np.float64)
    finite: NDArray[np.bool] = np.isfinite(rows.sum(axis=0))
    return finite


def _past_drawing(one: PastForecasts, asset: AssetPast, label: str) -> Markup:
    kept = _known(asset)
    days = np.array(one.sessions, dtype="datetime64[D]")[kept]
    low, mean, high, outcome = (
        np.array(values, dtype=np.float64)[kept]
        for values in (asset.low, asset.mean, asset.high, asset.outcome)
    )
    least, most = float(min(low.min(), outcome.min())), float(max(high.max(), outcome.max()))
    scale = Scale(low=least, high=most, top=6.0, height=_HEIGHT)
    x, y = positions(days), 6.0 + scale(outcome)
    out = (outcome < low) | (outcome > high)
    marks = [
        tag("text", "\N{BLACK DIAMOND}", x=f"{at:.2%}", y=number_text(up + 4), class_="came out")
        if outside
        else tag("circle", cx=f"{at:.2%}", cy=up, r="2.5", class_="came")
        for at, up, outside in zip(x.tolist(), y.tolist(), out.tolist(), strict=True)
    ]
    whole = 6.0 + _HEIGHT + 26.0
    return tag(
        "svg",
        scale.grid([(t, percent(t, 0)) for t in linear_ticks(least, most, 5)]),
        scale.panel(
            tag("path", d=band(x, scale(high), scale(low)), class_="area l0 under"),
            curve(0, x, scale(mean)),
        ),
        *marks,
        years(days, whole),
        role="img",
        aria_label=label,
        height=whole,
        width="100%",
        class_="canvas",
    )


def _coverage(result: StrategyResult) -> list[Markup]:
    record, a_year = result.forecast_record, result.periods_per_year
    found = coverage_record(record, a_year) if record is not None and a_year else None
    if found is None or len(found.sessions) < 2:
        return []
    values = np.array(found.values, dtype=np.float64)
    days = np.array(found.sessions, dtype="datetime64[D]")
    low, high = min(float(np.nanmin(values)), found.low), max(float(np.nanmax(values)), found.high)
    room = 0.1 * (high - low) or 0.01
    scale = Scale(low=low - room, high=high + room, top=6.0, height=_HEIGHT - 40.0)
    x, ends = positions(days), np.array([0.0, 1.0])
    luck = band(ends, scale(np.full(2, found.high)), scale(np.full(2, found.low)))
    promised = scale(np.full(2, found.level))
    whole = 6.0 + scale.height + 26.0
    outside = int(((values < found.low) | (values > found.high)).sum())
    sentence = (
        f"{plus_minus(100 * found.value, 100 * found.error, 1)} % of all outcomes over "
        f"{sessions(found.horizon)} were inside intervals that were to hold "
        f"{percent(found.level, 0)}."
    )
    drawn = still(
        f"Of the {sessions(found.span)} before each month's end, from {days[0]} to {days[-1]}, "
        f"between {percent(float(np.nanmin(values)))} and {percent(float(np.nanmax(values)))}.",
        whole,
        scale.grid([(t, percent(t, 0)) for t in linear_ticks(scale.low, scale.high, 4)]),
        scale.panel(
            tag("path", d=luck, class_="area other under"),
            tag("line", x1="0", x2=WIDTH, y1=float(promised[0]), y2=float(promised[1]),
                class_="line dashed"),
            curve(0, x[np.isfinite(values)], scale(values[np.isfinite(values)])),
        ),
        years(days, whole),
        data=json_block(
            {
                "picture": "coverage",
                **found.model_dump(mode="json"),
                "values": [None if v is None else short(v) for v in found.values],
            }
        ),
    )  # fmt: skip
    note = (
        f"Of the {sessions(found.span)} before each month's end. Dashed: promised. Shaded: where "
        f"nine of ten such years lie by luck alone; {outside} of {len(values)} lie outside it, and "
        "months that follow each other share most of theirs."
    )
    return [
        tag("h3", TITLES["coverage"]),
        tag("p", sentence, class_="note"),
        drawn,
        tag("p", note, class_="note"),
    ]
