"""The efficient frontier and the portfolio chosen on it, from documents of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from forefolio.core.kinds import in_words
from forefolio.core.lazy import lazy
from forefolio.core.wording import number, percent
from forefolio.studies.frontier import AssetRisk, EfficientPortfolio, FrontierResult
from forefolio.studies.frontier_band import FrontierBand
from forefolio.views.figures.series import CASH, GREYS, OTHER
from forefolio.views.figures.style import new_figure, plain, ring, titled
from forefolio.views.look import COLOURS, INK, MUTED, OTHER_GREY, STAR, TITLES

ticker: Any = lazy("matplotlib.ticker")

RISKS: Mapping[str, str] = {
    "volatility": "volatility a year",
    "worst_volatility": "worst plausible volatility a year",
    "cvar": "mean loss of a session in the tail (CVaR)",
    "robust_cvar": "worst mean loss of the tail near the past (robust CVaR)",
    "evar": "bound on the mean loss of a session in the tail (EVaR)",
    "rlvar": "relativistic value at risk of a session (RLVaR)",
    "cdar": "mean of the worst drawdowns (CDaR)",
    "edar": "bound on the mean of the worst drawdowns (EDaR)",
    "rldar": "relativistic value at risk of drawdowns (RLDaR)",
    "active_risk": "volatility beside the benchmark, a year",
}
SMALL = 0.02  # of the whole: a slice too thin for its label
LABELS = 24  # assets that are all named; of more, those that are held


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFrontier:
    """What a picture of a frontier shows, where there is no result of a study."""

    risk_measure: str
    ratio_is: str
    neutral_return: float
    points: tuple[EfficientPortfolio, ...]
    best: EfficientPortfolio
    weights: Mapping[str, float]
    alone: tuple[AssetRisk, ...]
    as_of: str = ""


def draw_frontier(result: FrontierResult | DrawnFrontier) -> Any:
    """Return against risk: the frontier, a star at its best ratio, the assets by themselves."""
    points = [point for point in result.points if point.risk is not None]
    figure = new_figure((8.0, 5.2))
    axes = figure.subplots()
    _assets(axes, result.alone, result.weights)
    band = result.band if isinstance(result, FrontierResult) else None
    if band is not None:
        _band(axes, band)
    risks, returns = [one.risk for one in points], [one.expected_return for one in points]
    axes.plot(risks, returns, "o-", ms=3, lw=1.8, color=COLOURS[0], zorder=4, label="frontier")
    _star(axes, result)
    axes.set_xlim(left=0)
    name = RISKS.get(result.risk_measure, in_words(result.risk_measure))
    axes.set_xlabel(name, fontsize=8, color=MUTED)
    axes.set_ylabel("expected return a year", fontsize=8, color=MUTED)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(ticker.MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{100 * value:.6g} %"))
    when = f"after the close of {result.as_of}; " if result.as_of else ""
    others = "" if band is None else f"; band: {percent(band.level, 0)} of those of other pasts"
    titled(axes, TITLES["frontier"], f"{when}dots: one asset alone; dashed: with cash{others}")
    plain(axes, along="both")
    return figure


def _band(axes: Any, band: FrontierBand) -> None:
    """Where nine of ten frontiers of other pasts lie."""
    low, high = (np.array(ends, dtype=np.float64) for ends in (band.low, band.high))
    axes.fill_between(band.risk, low, high, color=COLOURS[0], alpha=0.15, lw=0)


def draw_weights_pie(weights: Mapping[str, float], cash: float, subtitle: str) -> Any:
    """A portfolio as a pie: the largest positions, the small ones together, cash."""
    slices = pie_slices(weights, cash)
    colours = dict(zip((n for n, _ in slices if n not in GREYS), COLOURS, strict=False)) | GREYS
    figure = new_figure((5.8, 5.0))
    axes = figure.subplots()
    ring(axes, slices, colours, 0.45)
    held = len(weights)
    axes.text(0, 0, f"{held}\nheld", ha="center", va="center", fontsize=15, color=INK)
    shorts = any(weight < 0 for weight in weights.values())
    titled(axes, TITLES["weights"], subtitle + ("; shorts by size" if shorts else ""))
    return figure


def pie_slices(weights: Mapping[str, float], cash: float) -> list[tuple[str, float]]:
    """At most seven names, the largest first; the smaller ones as Other; cash, if there is any."""
    ranked = sorted(weights.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    named = [pair for pair in ranked[: len(COLOURS)] if abs(pair[1]) >= SMALL]
    one_more = len(named) < len(COLOURS) and len(ranked) == len(named) + 1
    if one_more:  # one small name is as good as Other
        named = ranked
    rest = sum(abs(weight) for _, weight in ranked[len(named) :])
    more = ((OTHER, rest), (CASH, cash))
    return [*named, *((name, part) for name, part in more if part > 5e-4)]


def _assets(axes: Any, assets: Sequence[AssetRisk], held: Mapping[str, float]) -> None:
    placed = [
        _Dot(one.ticker, one.risk, one.expected_return)
        for one in assets
        if one.risk is not None and one.expected_return is not None
    ]
    axes.scatter(
        [a.risk for a in placed],
        [a.earned for a in placed],
        s=[34 if a.ticker in held else 16 for a in placed],
        c=[COLOURS[0] if a.ticker in held else OTHER_GREY for a in placed],
        alpha=0.75,
        linewidths=0,
        zorder=3,
    )
    named: list[_Dot] = sorted(placed, key=lambda a: -abs(held.get(a.ticker, 0.0)))
    for a in _apart([a for a in named if a.ticker in held or len(placed) <= LABELS]):
        axes.annotate(a.ticker, (a.risk, a.earned), xytext=(5, -3),
                      textcoords="offset points", fontsize=7,
                      color=INK if a.ticker in held else MUTED)  # fmt: skip


class _Dot(NamedTuple):
    """An asset by itself in the picture."""

    ticker: str
    risk: float
    earned: float


def _apart(assets: Sequence[_Dot]) -> list[_Dot]:
    """Assets whose names do not lie on each other, the first first."""
    if not assets:
        return []
    width = max(a.risk for a in assets) * 0.06
    returns = [0.0, *(a.earned for a in assets)]
    height = (max(returns) - min(returns)) * 0.025
    shown: list[_Dot] = []
    for a in assets:
        if not any(abs(a.risk - b.risk) < width and abs(a.earned - b.earned) < height
                   for b in shown):  # fmt: skip
            shown.append(a)
    return shown


def _star(axes: Any, result: FrontierResult | DrawnFrontier) -> None:
    """The portfolio of the best ratio, with the line on which cash is added to it."""
    best, cash = result.best, result.neutral_return
    if best.ratio is None or not best.risk:
        return
    slope = ((best.expected_return or 0.0) - cash) / best.risk
    axes.plot([0, 1.25 * best.risk], [cash, cash + 1.25 * best.risk * slope],
              lw=0.9, ls="--", color=MUTED, zorder=2)  # fmt: skip
    axes.plot(best.risk, best.expected_return, "*", ms=17, color=STAR,
              markeredgecolor=INK, zorder=6)  # fmt: skip
    axes.text(0.985, 0.035, f"\N{BLACK STAR} {_star_label(result)}", transform=axes.transAxes,
              ha="right", fontsize=9, color=INK, fontweight="bold",
              zorder=7)  # fmt: skip


def _star_label(result: FrontierResult | DrawnFrontier) -> str:
    """What the star is; a ratio that has no name is not a headline."""
    named = {"volatility": "Sharpe", "active_risk": "information ratio"}
    if (name := named.get(result.risk_measure)) is None:
        return "most return for its risk"
    return f"maximum expected {name} {number(result.best.ratio)}"
