"""What of a return was expected, and what of it was luck, as a page."""

from collections.abc import Iterator

from forefolio.core.wording import number, percent
from forefolio.forecast.scoring.score import SIGNIFICANT
from forefolio.studies.attribution import StrategyAttribution
from forefolio.studies.return_layers import AttributedYear, LayerReturn, ReturnLayers
from forefolio.views.figures.layers import draw_layers
from forefolio.views.page import Page, Row, Sheet, Table, table
from forefolio.views.remarks import in_full, in_short

CHANCE = "more than chance alone explains"
WORDS = {"amount": "amount invested", "risk": "risk and the past"}


def attribution_page(result: StrategyAttribution) -> Page:
    """The layers that add up to the return, and each year as evidence."""
    about = result.about
    return Page(
        headline=f"Expected and luck: {about.strategy}, {about.first} to {about.last}",
        summary=(*_summary(result), *in_short(result.remarks)),
        main=(layers_table(result),),
        evidence=(_years(result.years), *in_full(result.remarks)),
        pictures={"attribution": lambda: draw_layers(_parts(result), "a year; layers over cash")},
        sheet=Sheet(
            columns=("part", "expected", "luck", "realised", "t"),
            rows=(
                *((one.name, one.expected, one.luck, one.realised, one.t) for one in result.layers),
                ("interest", result.interest, 0.0, result.interest, None),
                ("costs", result.costs, 0.0, result.costs, None),
                ("sum", result.expected, result.luck, result.annual_return, result.luck_t),
            ),
        ),
    )


def luck_sentence(result: ReturnLayers) -> str:
    """How much of the return was expected, and whether the rest is more than luck."""
    return (
        f"Of {percent(result.annual_return)} a year {percent(result.expected)} was expected after "
        f"costs, and {percent(result.luck, signed=True)} was luck"
        f"{_clear(result.luck_t, f'{CHANCE}: expectations were off')}."
    )


def _summary(result: StrategyAttribution) -> Iterator[str]:
    yield luck_sentence(result)
    each = {one.name: one for one in result.layers}
    yield _of_layer("Forecasts", each["forecasts"])
    yield _of_layer("Limits", each["limits"])


def _of_layer(what: str, one: LayerReturn) -> str:
    expected, came = _signed(one.expected), _signed(one.realised)
    if expected == came == _signed(0.0):
        return f"{what} changed nothing."
    return (
        f"{what} were expected to add {expected} a year, and added {came}{_clear(one.t, CHANCE)}."
    )


def _clear(t: float | None, otherwise: str) -> str:
    """Whether a mean is further from zero than luck would be, in brackets."""
    if t is None:
        return " (too short to tell from chance)"
    clear = abs(t) >= SIGNIFICANT
    return f" (t {number(t, 1)}: {otherwise if clear else 'no more than chance explains'})"


def layers_table(result: ReturnLayers) -> Table:
    """The layers that add up to the return, each expected and realised, with its t."""
    rows = [
        *(_row(one) for one in result.layers),
        Row(("interest", _signed(result.interest), "", _signed(result.interest), "")),
        Row(("costs", _signed(result.costs), "", _signed(result.costs), "")),
        Row(
            ("return a year", _signed(result.expected), _signed(result.luck),
             _signed(result.annual_return), ""),
            "strong",
        ),
    ]  # fmt: skip
    return table(
        "Where the return came from, in the order of deciding",
        ("expected", "luck", "came", "t"),
        rows,
        "A year, over cash; each row is what its step changes: equal weights of all, how much is "
        "invested, choosing by risk and the past, forecasts, limits, and drift between decisions. "
        f"Expected by {result.expected_by}. t: the mean by its error; beyond 2 hardly chance.",
    )


def _row(one: LayerReturn) -> Row:
    parts = (_signed(part) for part in (one.expected, one.luck, one.realised))
    return Row((WORDS.get(one.name, one.name), *parts, number(one.t, 1)))


def _years(years: tuple[AttributedYear, ...]) -> Table:
    return table(
        "By year: sums of the sessions, not compounded",
        ("expected", "luck", "interest", "costs", "return", "by forecasts", "by limits"),
        [
            (
                str(one.year),
                *(
                    _signed(value)
                    for value in (one.expected, one.luck, one.interest, one.costs, one.total,
                                  one.forecasts, one.limits)
                ),
            )
            for one in years
        ],
        "What forecasts and limits changed is part of expected and luck.",
    )  # fmt: skip


def _parts(result: ReturnLayers) -> list[tuple[str, float, float]]:
    layers = [(WORDS.get(one.name, one.name), one.expected, one.realised) for one in result.layers]
    costs = ("costs", result.costs, result.costs)
    return [*layers, ("interest", result.interest, result.interest), costs]


def _signed(value: float) -> str:
    return percent(value, 2, signed=True)
