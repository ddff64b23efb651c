"""The values that users hold as pages: portfolios, frontiers, backtests, forecasts, reasons."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from forefolio.backtest import BacktestResult, StrategyComparisons, summary
from forefolio.core.kinds import in_words
from forefolio.core.wording import counted, listed, number, percent, sessions
from forefolio.forecast import Forecast, ForecastPanel
from forefolio.market import Market
from forefolio.optimize import Allocation, Explanation, FrontierCurve, PortfolioResult
from forefolio.studies.frontier import curve_fields
from forefolio.views.figures.frontier import DrawnFrontier, draw_frontier, draw_weights_pie
from forefolio.views.figures.values import draw_backtests, draw_closes, draw_forecast
from forefolio.views.page import Column, Page, Table, sentences, table

LARGEST = 3  # named in a summary
ROWS = 20  # of a table that may be long


def portfolio_value(value: PortfolioResult) -> Page:
    """Weights, and what is expected of them."""
    when = "" if np.isnat(value.as_of) else f" after the close of {value.as_of}"
    return Page(
        headline=f"Portfolio{when}",
        summary=(
            _holdings(value.weights, value.cash),
            f"Expected a year: return {percent(value.expected_return)}, volatility "
            f"{percent(value.volatility)}, Sharpe {number(value.sharpe)}.",
            *_counted_notes(value.notes),
        ),
        main=(_weights(value.weights, value.cash),),
        evidence=sentences("To note", value.notes),
        pictures={"weights": lambda: draw_weights_pie(value.weights, value.cash, when.strip())},
    )


def allocation_value(value: Allocation) -> Page:
    """Target weights of a strategy or an objective."""
    weights = {
        asset: float(weight)
        for asset, weight in zip(value.assets, value.weights, strict=True)
        if abs(weight) > 1e-12
    }
    return Page(
        headline=f"Allocation by {value.method.replace('_', ' ') or 'weights'}",
        summary=(_holdings(weights, value.cash), *_counted_notes(value.notes)),
        main=(_weights(weights, value.cash),),
        evidence=sentences("To note", value.notes),
        pictures={"weights": lambda: draw_weights_pie(_ranked(weights), value.cash, value.method)},
    )


def frontier_value(value: FrontierCurve) -> Page:
    """The ends of a frontier, and the portfolio of the best ratio."""
    solved = value.solved
    low, high = (solved[0], solved[-1]) if solved else (value.best, value.best)
    ratio = "Sharpe" if value.risk_measure == "volatility" else "return by risk"
    rows = [
        (percent(p.expected_return), percent(p.risk), percent(p.volatility), number(p.ratio))
        for p in solved
    ]
    best = [f"{a} {percent(w)}" for a, w in _best_weights(value)[:LARGEST]]
    return Page(
        headline=f"Efficient frontier of {counted(len(value.assets), 'asset')}, "
        f"{counted(len(solved), 'portfolio')}",
        summary=(
            f"Expected return a year from {percent(low.expected_return)} at a "
            f"{_risk_name(value)} of {percent(low.risk)} to {percent(high.expected_return)} at "
            f"{percent(high.risk)}.",
            f"Best {ratio} {number(value.best.ratio)}: {listed(best)}.",
            *_counted_notes(value.notes),
        ),
        main=(
            table(
                "Portfolios of the least risk for their return, a year",
                ("return", _risk_name(value), "volatility", ratio),
                [(str(place), *row) for place, row in enumerate(rows, start=1)],
            ),
        ),
        evidence=sentences("To note", value.notes),
        pictures={"frontier": lambda: draw_frontier(DrawnFrontier(**curve_fields(value)))},
    )


def backtest_value(value: BacktestResult) -> Page:
    """How a strategy fared, and how many decisions it made."""
    whole = summary(value)
    rows = [
        ("return a year", percent(whole.annual_return)),
        ("volatility a year", percent(whole.annual_volatility)),
        ("Sharpe", number(whole.sharpe)),
        ("worst drawdown", percent(whole.max_drawdown)),
        ("turnover a year, one way", percent(whole.turnover)),
        ("costs a year", percent(whole.cost, 2)),
        ("hit rate", percent(whole.hit_rate)),
    ]
    failed = [f"{remark.session}: {remark.message}" for remark in value.failures]
    return Page(
        headline=f"Backtest of {value.name}, {value.sessions[0]} to {value.sessions[-1]}",
        summary=(
            f"Earned {percent(whole.annual_return)} a year after costs at a volatility of "
            f"{percent(whole.annual_volatility)}: Sharpe {number(whole.sharpe)}, worst drawdown "
            f"{percent(whole.max_drawdown)}.",
            f"{counted(len(value.decisions), 'decision')} over {sessions(len(value) - 1)} in "
            f"{counted(len(value.assets), 'asset')}.",
            *_counted_notes(failed, "decision that failed", "decisions that failed"),
        ),
        main=(table("Measures", ("",), rows),),
        evidence=sentences("Decisions that failed", failed[:ROWS]),
        pictures={"equity": lambda: draw_backtests([value])},
    )


def comparisons_value(value: StrategyComparisons) -> Page:
    """Strategies side by side, and whether they differ."""
    frame = value.to_frame()
    rows = [
        (
            str(name),
            percent(row.annual_return),
            percent(row.annual_volatility),
            number(row.sharpe),
            percent(row.max_drawdown),
            number(row.p_family),
        )
        for name, row in frame.iterrows()
    ]
    first = next(iter(value.results.values()))
    return Page(
        headline=f"{counted(len(rows), 'strategy').replace('ys', 'ies')} from "
        f"{first.sessions[0]} to {first.sessions[-1]}",
        summary=tuple(f"{one.name}: {one.verdict}." for one in value.tests[:4]),
        main=(
            table(
                "After costs, a year; p: that Sharpe differs from "
                f"{value.names[0]} by chance, as one of all",
                ("return", "volatility", "Sharpe", "drawdown", "p"),
                rows,
            ),
        ),
        evidence=sentences("Verdicts", [f"{one.name}: {one.verdict}" for one in value.tests]),
        pictures={"equity": lambda: draw_backtests(list(value.results.values()), value.names)},
    )


def forecast_value(value: Forecast) -> Page:
    """Expected returns by asset, with their interval where there is one."""
    frame = value.to_frame().sort_values("mean", ascending=False)
    shown = list(frame.iterrows())[:ROWS]
    best = [f"{name} {percent(row['mean'], signed=True)}" for name, row in shown[:LARGEST]]
    bounds = [name for name in frame.columns if name not in ("mean", "std")]
    return Page(
        headline=f"Forecast of {counted(len(value.assets), 'asset')} over "
        f"{sessions(value.horizon)} from {value.made}",
        summary=(f"Most is expected of {listed(best)}; fractions over the horizon, not a year.",),
        main=(
            table(
                f"Return over {sessions(value.horizon)}",
                ("mean", "std", *bounds),
                [
                    (str(name), *(percent(row[column]) for column in ("mean", "std", *bounds)))
                    for name, row in shown
                ],
                note="" if len(frame) <= ROWS else f"and {len(frame) - ROWS} more",
            ),
        ),
        pictures={"forecast": lambda: draw_forecast(value)},
    )


def panel_value(value: ForecastPanel) -> Page:
    """Which forecasts a panel holds, and the latest of them."""
    last = forecast_value(value.at(value.sessions[-1]))
    return Page(
        headline=f"{counted(len(value), 'forecast')} of {counted(len(value.assets), 'asset')} "
        f"over {sessions(value.horizon)}, {value.sessions[0]} to {value.sessions[-1]}",
        summary=(f"The latest: {last.summary[0]}",),
        main=last.main,
        pictures=last.pictures,
    )


def explanation_value(value: Explanation) -> Page:
    """Why each weight is what it is, in sentences."""
    lines = value.sentences
    return Page(
        headline=f"Why the weights of {value.objective.replace('_', ' ')} are what they are",
        summary=lines[:4],
        main=sentences("Why", lines),
    )


def market_value(value: Market) -> Page:
    """Which assets and sessions a market holds."""
    rows = [
        (asset, str(value.sessions[first]), f"{count:,}", sector)
        for asset, first, count, sector in zip(
            value.assets,
            value.traded.argmax(axis=0),
            value.traded.sum(axis=0),
            value.sectors,
            strict=True,
        )
    ]
    return Page(
        headline=f"Market of {counted(len(value.assets), 'asset')}, "
        f"{value.sessions[0]} to {value.sessions[-1]}",
        summary=(
            f"{sessions(len(value))}, {number(value.periods_per_year, 0)} a year; there is "
            f"{listed(sorted(value.columns))}.",
        ),
        main=(
            table(
                "Assets",
                ("first session", "sessions", Column("sector", "left")),
                rows[:ROWS],
                note="" if len(rows) <= ROWS else f"and {len(rows) - ROWS} more",
            ),
        ),
        pictures={"closes": lambda: draw_closes(value)},
    )


VALUES: Mapping[type[Any], Callable[[Any], Page]] = {
    Allocation: allocation_value,
    BacktestResult: backtest_value,
    Explanation: explanation_value,
    Forecast: forecast_value,
    ForecastPanel: panel_value,
    FrontierCurve: frontier_value,
    Market: market_value,
    PortfolioResult: portfolio_value,
    StrategyComparisons: comparisons_value,
}
"""How each value is shown."""


def _holdings(weights: Mapping[str, float], cash: float) -> str:
    if not weights:
        return "Hold cash alone."
    ranked = list(_ranked(weights).items())
    first = [f"{name} {percent(weight)}" for name, weight in ranked[:LARGEST]]
    more = [counted(len(ranked) - LARGEST, "other")] if len(ranked) > LARGEST else []
    rest = [f"{percent(cash)} in cash"] if abs(cash) > 5e-4 else []
    return f"Hold {listed([*first, *more, *rest])}."


def _weights(weights: Mapping[str, float], cash: float) -> Table:
    rows = [(name, percent(weight)) for name, weight in _ranked(weights).items()]
    note = "" if len(rows) <= ROWS else f"and {len(rows) - ROWS} more"
    rows = rows[:ROWS]
    if abs(cash) > 5e-4:
        rows.append(("cash", percent(cash)))
    return table("Weights", ("weight",), rows, note)


def _ranked(weights: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(weights.items(), key=lambda pair: (-abs(pair[1]), pair[0])))


def _best_weights(value: FrontierCurve) -> list[tuple[str, float]]:
    pairs = zip(value.best.assets, value.best.weights.tolist(), strict=False)
    return list(_ranked(dict(pairs)).items())


def _risk_name(value: FrontierCurve) -> str:
    short = {"cvar": "expected shortfall", "cdar": "drawdown"}
    return short.get(value.risk_measure, in_words(value.risk_measure))


def _counted_notes(notes: Any, one: str = "note", several: str = "notes") -> tuple[str, ...]:
    if not notes:
        return ()
    count = len(notes)
    return (f"{count} {one if count == 1 else several}, the first: {notes[0]}",)
