"""A simulation as a page."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from forefolio.core.kinds import in_words
from forefolio.core.wording import counted, multiple, percent, plus_minus, sessions
from forefolio.studies.path_losses import of_horizon
from forefolio.studies.portfolio_history import MonteCarloEstimate
from forefolio.studies.simulation import PortfolioSimulation
from forefolio.views.figures.fan import draw_fan
from forefolio.views.figures.spread import draw_ends, draw_falls
from forefolio.views.of_portfolio import chance, headline, origin
from forefolio.views.page import Page, Picture, Sheet, Table, sentences, table
from forefolio.views.remarks import in_full, in_short

ROWS = 6  # of the fan's table


def simulation_page(result: PortfolioSimulation) -> Page:
    """How likely a loss, the goal and drawdowns are, and the fan of values."""
    return Page(
        headline=headline("Simulation", result),
        summary=(_ends(result), _losses(result), _basis(result), *in_short(result.remarks)),
        main=(_chances(result),),
        evidence=(
            _fan(result),
            *_tails(result),
            *_falls(result),
            *sentences("What was assumed", [_assumed(result), origin(result)]),
            *in_full(result.remarks),
        ),
        pictures=_pictures(result),
        sheet=Sheet(
            columns=("session", *map(str, result.levels)),
            rows=tuple((point.session, *point.values) for point in result.fan),
        ),
    )  # fmt: skip


def _ends(result: PortfolioSimulation) -> str:
    low, middle, high = (_at_end(result, level) for level in (0.05, 0.5, 0.95))
    reached = percent(result.probability_of_goal.value)
    return (
        f"After {sessions(result.horizon)} expect about {multiple(middle)} of the beginning: in 9 "
        f"cases of 10 between {multiple(low)} and {multiple(high)}. The goal, "
        f"{multiple(result.goal)} or more, has a probability of {reached}."
    )


def _at_end(result: PortfolioSimulation, level: float) -> float:
    return float(np.interp(level, result.levels, result.fan[-1].values))


def _losses(result: PortfolioSimulation) -> str:
    often = round(1.0 / (1.0 - result.level))
    return (
        f"A loss has a probability of {percent(result.probability_of_loss.value)}; one time in "
        f"{often} it is at least {percent(result.value_at_risk.value)} (value at risk "
        f"{percent(result.level, 0)}), and {percent(result.expected_shortfall.value)} on average "
        "then (expected shortfall, CVaR)."
    )


def _basis(result: PortfolioSimulation) -> str:
    """Of what, and at which expected return, in a line."""
    return (
        f"{counted(result.paths, 'path')} of {in_words(result.model)}, expecting "
        f"{percent(result.drift_annual_return, signed=True)} a year ({result.data.name})."
    )


def _assumed(result: PortfolioSimulation) -> str:
    """How it was simulated, and whose expected returns were used."""
    by = {
        "history": f"each asset's own mean from {result.first} to {result.last}",
        "prior": "the mean of all assets, the same for each",
        "zero": "nothing for each asset",
    }
    drift = result.drift
    words = by[drift] if isinstance(drift, str) else f"{percent(drift)} a year for each asset"
    how = "bought and held" if result.hold else "brought back to its weights every session"
    return (
        f"{counted(result.paths, 'path')} of {in_words(result.model)}, {how}. Expected "
        f"return: {words}; of the portfolio "
        f"{percent(result.drift_annual_return, signed=True)} a year, cash included."
    )


def _chances(result: PortfolioSimulation) -> Table:
    paid, level = result.paid_in, percent(result.level, 0)
    below = "a loss" if paid == 1.0 else f"less than the {multiple(paid)} paid in"
    rows = [
        ("mean value", _times(result.mean)),
        (f"probability of {below}", chance(result.probability_of_loss)),
        (f"probability of {multiple(result.goal)} or more", chance(result.probability_of_goal)),
    ]
    if result.probability_of_ruin.value > 0.0:
        ruined = chance(result.probability_of_ruin)
        rows.append(("probability that nothing is left on the way", ruined))
    rows += [
        (f"probability of a drawdown of {percent(one.depth, 0)}", chance(one.probability))
        for one in result.probability_of_drawdown
    ]
    rows += [
        (f"value at risk, {level}", chance(result.value_at_risk)),
        (f"expected shortfall (CVaR), {level}", chance(result.expected_shortfall)),
    ]
    note = (
        "± is the Monte Carlo error: what another seed would change. Models and drifts differ by "
        "more: try --model and --drift."
    )
    return table(f"After {sessions(result.horizon)}", ("",), rows, note)


def _fan(result: PortfolioSimulation) -> Table:
    step = max((len(result.fan) - 1) // ROWS, 1)
    points = [*result.fan[step:-1:step], result.fan[-1]]
    return table(
        "Value, by share of paths below",
        [percent(level, 0) for level in result.levels],
        [(sessions(point.session), *map(multiple, point.values)) for point in points],
    )


def _tails(result: PortfolioSimulation) -> Iterator[Table]:
    """What may be lost, by horizon and method: value at risk, and expected shortfall."""
    if not result.losses:
        return
    levels = sorted({one.level for one in result.losses})
    headings = [f"{name} {percent(level, 0)}" for name in ("VaR", "CVaR") for level in levels]
    rows = [
        (
            f"{sessions(horizon)}, {in_words(method)}",
            *(percent(by[level].value_at_risk) for level in levels),
            *(percent(by[level].expected_shortfall) for level in levels),
        )
        for horizon, method, by in of_horizon(result.losses)
    ]
    note = "A loss is positive. Of the paths: Monte Carlo; the others by models of the returns."
    yield table("What may be lost, by horizon and method", headings, rows, note)


def _falls(result: PortfolioSimulation) -> Iterator[Table]:
    """The deepest fall on the way, by share of the paths that fall deeper."""
    if result.drawdown_values:
        headings = [percent(level, 0) for level in result.levels]
        row = ("deepest fall", *map(percent, result.drawdown_values))
        yield table("Deepest fall on the way, by share of paths that fall deeper", headings, [row])


def _times(one: MonteCarloEstimate) -> str:
    return plus_minus(one.value, one.error, 3)


def _pictures(result: PortfolioSimulation) -> Mapping[str, Picture]:
    """The fan, and how the paths are spread, where the result says it."""
    drawn: dict[str, Picture] = {"fan": lambda: _picture(result)}
    if result.ends is not None:
        drawn["ends"] = lambda: draw_ends(result)
    if result.drawdowns is not None and result.drawdown_values:
        drawn["falls_on_the_way"] = lambda: draw_falls(result)
    return drawn


def _picture(result: PortfolioSimulation) -> Any:
    return draw_fan(
        np.array([point.session for point in result.fan], dtype=np.float64),
        result.levels,
        np.array([point.values for point in result.fan], dtype=np.float64),
        goal=(result.goal, result.probability_of_goal.value),
        subtitle=f"{counted(result.paths, 'path')}; "
        f"{percent(result.probability_of_loss.value)} end below what was paid in",
    )
