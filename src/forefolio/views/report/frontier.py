"""The efficient frontier as a drawing: the portfolio and the best Sharpe ratio on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forefolio.core.units import Array
from forefolio.core.wording import counted, listed, number, percent
from forefolio.studies.frontier import EfficientPortfolio, FrontierResult
from forefolio.views.look import COLOURS
from forefolio.views.report.markup import Markup, json_block, tag
from forefolio.views.report.svg import Scale, along, line, linear_ticks, still

_HEIGHT, _FOOT = 320.0, 44.0
_NAMED = 4  # positions of the star
_FAR = 2.4  # times the risk of the portfolio or the star: what is riskier is not drawn
_RIGHT = 0.8  # of the width: beyond, names stand to the left
_APART = (0.09, 0.045)  # of width and height: names nearer to each other are left out
_LISTED = 8  # weights that a portfolio shows under the pointer
_MEETS = 1e-3  # a year: a portfolio nearer to the star is the star


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plane:
    """Risk from left to right, return from the bottom up."""

    left: float  # risks at the edges
    right: float
    returns: Scale

    def x(self, risk: float) -> float:
        """A share of the width."""
        return (risk - self.left) / (self.right - self.left)

    def path(self, risks: Array, earned: Array) -> str:
        """A path through portfolios."""
        return line((risks - self.left) / (self.right - self.left), self.returns(earned))

    def holds(self, risk: float | None, earned: float | None) -> bool:
        """Whether it is known and lies inside."""
        if risk is None or earned is None:
            return False
        return self.left <= risk <= self.right and self.returns.low <= earned <= self.returns.high

    def y(self, earned: float) -> float:
        """A distance from the top."""
        return self.returns.top + float(self.returns(np.array(earned)))


def frontier(result: FrontierResult, by: str) -> list[Markup]:
    """What the frontier says of the portfolio in words, and the drawing.

    `by` says what the expected returns are.

    Where all portfolios are one, there is nothing to draw.
    """
    lead = [tag("p", sentence, class_="lead") for sentence in _in_words(result)]
    solved = [one for one in result.points if one.risk is not None]
    if len(solved) < 2:
        alone = "Only one portfolio is efficient by these estimates: there is no line to draw."
        return [*lead, tag("p", alone, class_="note")]
    plane = _plane(result, solved)
    outside = sum(not plane.holds(one.risk, one.expected_return) for one in result.alone)
    key = f"{_key(by)}{_not_drawn(outside)}"
    return [*lead, _drawing(result, solved, plane), tag("p", key, class_="note")]


def _in_words(result: FrontierResult) -> Iterable[str]:
    best, own = result.best, result.placed
    if own is not None:
        yield (
            f"By the same estimates, this portfolio expects {percent(own.expected_return)} a year "
            f"at a volatility of {percent(own.volatility)}: a Sharpe of {number(own.ratio)}. The "
            f"best there is has {number(best.ratio)}."
        )
    largest = [f"{name} {percent(w, 0)}" for name, w in list(best.weights.items())[:_NAMED]]
    rest = len(best.weights) - len(largest)
    yield (
        f"The maximum of the Sharpe ratio, the star: {percent(best.expected_return)} a year at a "
        f"volatility of {percent(best.volatility)}, with "
        f"{listed([*largest, *([f'{rest} more'] if rest > 0 else [])])}. Estimates are uncertain, "
        "and the star is what they make of it; trading there costs as well."
    )


def _key(by: str) -> str:
    return (
        "Line: the least risk for each return. Star: maximum Sharpe. Diamond: this portfolio. "
        "Dots: one asset alone, the filled ones held. Dashed: the star with cash. Expected "
        f"returns are {by}; the covariance is Ledoit and Wolf's."
    )


def _not_drawn(assets: int) -> str:
    if not assets:
        return ""
    return (
        f" {counted(assets, 'asset')} of far more risk {'lies' if assets == 1 else 'lie'} outside."
    )


def _drawing(result: FrontierResult, solved: Sequence[EfficientPortfolio], plane: _Plane) -> Markup:
    inside = [one for one in solved if plane.holds(one.risk, one.expected_return)]
    risks = np.array([one.risk for one in inside], dtype=np.float64)
    earned = np.array([one.expected_return for one in inside], dtype=np.float64)
    path = tag("path", d=plane.path(risks, earned), class_="line l0")
    ticks = linear_ticks(plane.returns.low, plane.returns.high, 5)
    whole = plane.returns.top + _HEIGHT + _FOOT
    across = [t for t in linear_ticks(plane.left, plane.right, 6) if 0.03 < plane.x(t) < 0.97]
    return still(
        _label(result),
        whole,
        plane.returns.grid([(t, percent(t, 0)) for t in ticks]),
        plane.returns.panel(*_with_cash(result, plane), path),
        *_dots(result, plane),
        *_portfolios(result, plane),
        *(along(plane.x(t), whole - 18.0, percent(t, 0)) for t in across),
        tag("text", "volatility a year", x="100%", y=whole - 4, class_="tick end"),
        tag("text", "expected return a year", x="6", y="16", class_="tick"),
        data=json_block(_data(result, inside, plane)),
    )


def _data(
    result: FrontierResult, inside: Sequence[EfficientPortfolio], plane: _Plane
) -> dict[str, Any]:
    """What is drawn, in numbers."""
    alone = [one for one in result.alone if plane.holds(one.risk, one.expected_return)]
    held = result.placed.weights if result.placed else result.weights
    return {
        "picture": "frontier",
        "risk": result.risk_measure,
        "cash": result.neutral_return,
        "points": [_spot(one) for one in inside],
        "best": _spot(result.best),
        "own": None if result.placed is None else _spot(result.placed),
        "assets": [[one.ticker, one.risk, one.expected_return] for one in alone],
        "held": sorted(held, key=lambda name: -abs(held[name]))[: len(COLOURS)],
    }


def _spot(one: EfficientPortfolio) -> list[Any]:
    """Risk, expected return, and the largest weights."""
    largest = sorted(one.weights.items(), key=lambda item: -abs(item[1]))[:_LISTED]
    return [one.risk, one.expected_return, largest]


def _plane(result: FrontierResult, solved: Sequence[EfficientPortfolio]) -> _Plane:
    """The part around the portfolio and the star: what is far riskier would leave no room."""
    marks = [result.best, *([result.placed] if result.placed else [])]
    main = [one.risk for one in marks if one.risk is not None]
    far = _FAR * max(main)
    places = [(one.risk, one.expected_return) for one in (*marks, *solved)]
    places += [(one.risk, one.expected_return) for one in result.alone]
    near = [(risk, e) for risk, e in places if risk is not None and e is not None and risk <= far]
    risks, returns = zip(*near, strict=True)
    room = 0.16 * (max(returns) - min(returns)) or 0.01
    scale = Scale(low=min(returns) - room, high=max(returns) + room, top=6.0, height=_HEIGHT)
    wide = 0.12 * (max(risks) - min(risks)) or 0.01
    return _Plane(left=max(0.0, min(risks) - 2 * wide), right=max(risks) + wide, returns=scale)


def _with_cash(result: FrontierResult, plane: _Plane) -> list[Markup]:
    """The line on which cash is added to the star, as far as it lies inside."""
    best, cash = result.best, result.neutral_return
    if not best.risk or best.expected_return is None or best.expected_return <= cash:
        return []
    slope = (best.expected_return - cash) / best.risk
    start = max(plane.left, (plane.returns.low - cash) / slope)
    end = min(1.25 * best.risk, plane.right, (plane.returns.high - cash) / slope)
    risks = np.array([start, end])
    return [tag("path", d=plane.path(risks, cash + slope * risks), class_="line dashed")]


def _dots(result: FrontierResult, plane: _Plane) -> list[Markup]:
    """Assets by themselves; the names that have room, held ones first."""
    held = result.placed.weights if result.placed else result.weights
    drawn, named = [], list[tuple[float, float]]()
    inside = [one for one in result.alone if plane.holds(one.risk, one.expected_return)]
    for one in sorted(inside, key=lambda each: -abs(held.get(each.ticker, 0.0))):
        x, y = plane.x(one.risk or 0.0), plane.y(one.expected_return or 0.0)
        label = f"{one.ticker}: {percent(one.expected_return)} at {percent(one.risk)}"
        kind = "dot held" if one.ticker in held else "dot"
        drawn.append(tag("circle", tag("title", label), cx=f"{x:.2%}", cy=y, r="4", class_=kind))
        near = any(abs(x - a) < _APART[0] and abs(y - b) < _APART[1] * _HEIGHT for a, b in named)
        if not near:
            named.append((x, y))
            drawn.append(_beside(one.ticker, x, y, "tick wide"))
    return drawn


def _portfolios(result: FrontierResult, plane: _Plane) -> list[Markup]:
    """The star, and a diamond for this portfolio, each with its name."""
    drawn, best, own = [], result.best, result.placed
    same = own is not None and abs((own.risk or 0.0) - (best.risk or 0.0)) < _MEETS
    if own is not None and own.risk is not None and not same:
        x, y = plane.x(own.risk), plane.y(own.expected_return or 0.0)
        drawn += [_mark("\N{BLACK DIAMOND}", x, y + 6, "mark own"),
                  _beside("this portfolio", x + 0.012, y + 20, "tick strong")]  # fmt: skip
    if best.risk is not None:
        x, y = plane.x(best.risk), plane.y(best.expected_return or 0.0)
        name = "this portfolio, maximum Sharpe" if same else f"maximum Sharpe {number(best.ratio)}"
        drawn += [_mark("\N{BLACK STAR}", x, y + 7, "mark star")]
        drawn += [_beside(name, x, y - 20, "tick strong")]
    return drawn


def _mark(sign: str, x: float, y: float, kind: str) -> Markup:
    return tag("text", sign, x=f"{x:.2%}", y=y, class_=kind)


def _beside(name: str, x: float, y: float, kind: str) -> Markup:
    """A name to the right of its mark, or to the left where the right edge is near."""
    if x > _RIGHT:
        return tag("text", name, x=f"{x - 0.014:.2%}", y=y + 4, class_=f"{kind} end")
    return tag("text", name, x=f"{x + 0.014:.2%}", y=y + 4, class_=kind)


def _label(result: FrontierResult) -> str:
    best, own = result.best, result.placed
    own_part = (
        ""
        if own is None
        else (f" This portfolio: {percent(own.expected_return)} at {percent(own.risk)}.")
    )
    return (
        f"Efficient frontier of {len(result.alone)} assets. Maximum Sharpe {number(best.ratio)}: "
        f"{percent(best.expected_return)} a year at a volatility of {percent(best.risk)}.{own_part}"
    )
