"""The health of models as a page."""

from collections.abc import Mapping

from forefolio.core.wording import counted, number, percent, sessions
from forefolio.evidence.claims import MANY_YEARS
from forefolio.studies.health import Action, ForecastPromise
from forefolio.studies.monitor import FeatureDrift, HealthFinding, ModelHealth, Threshold
from forefolio.views.figures.health import draw_drift, draw_health
from forefolio.views.page import Column, Page, Row, Sheet, Table, table
from forefolio.views.remarks import in_full, in_short

DOES: Mapping[Action, str] = {
    "none": "shown only",
    "retrain": "train the models anew: `forefolio run`",
    "fetch": "fetch prices first: `forefolio data fetch`",
    "shrink": "halve every position; the rest is cash",
    "fall_back": "hold what needs no forecasts of returns, at half its size",
    "stop": "sell everything",
}
STATES = {
    "kept": "kept",
    "doubtful": "doubtful",
    "broken": "not kept",
    "not_watched": "not watched",
}
SHORT = 10.0  # years of a record that are told with their tenths
DRIFTS = 8  # features that are listed
MONTHS = 12  # that are listed; the picture has all


def monitor_page(result: ModelHealth) -> Page:
    """What was found and what it does; the promises, and what is shown only, as evidence."""
    about = result.about
    return Page(
        headline=f"Model health of {about.strategy}, after the close of {result.as_of}",
        summary=(
            _verdict(result),
            _promised(result),
            _history(result),
            *in_short(result.remarks),
        ),
        main=(_findings(result.findings), _promises(result)),
        evidence=(
            _alarms(result),
            _rolling(result),
            _thresholds(result.thresholds),
            *([_drift(result.drift)] if result.drift else []),
            *([_weights(result)] if result.weights or result.action == "stop" else []),
            *in_full(result.remarks),
        ),
        pictures={
            "model_health": lambda: draw_health(result),
            **({"drift": lambda: draw_drift(result)} if result.drift else {}),
        },
        sheet=Sheet(
            columns=("promise", "state", "promised", "recent", "all", "evidence_years"),
            rows=tuple(
                (one.code, one.state, one.promised_value, one.recent, one.value, one.evidence)
                for one in result.promises
            ),
        ),
    )


def _verdict(result: ModelHealth) -> str:
    if result.action == "none" and not _watched(result):
        return "Nothing has to be done, and nothing is known of the models' health."
    if result.action == "none":
        return "The models are healthy: nothing has to be done."
    acting = [one for one in result.findings if one.action == result.action]
    return f"To do: {DOES[result.action]}, because {acting[0].sentence}."


def _watched(result: ModelHealth) -> list[ForecastPromise]:
    return [one for one in result.promises if one.state != "not_watched"]


def _promised(result: ModelHealth) -> str:
    """How many of those that are watched are kept; what nothing is known of is not broken."""
    watched, every = _watched(result), len(result.promises)
    if not watched:
        return (
            f"None of {counted(every, 'promise')} of the forecasts over {sessions(result.horizon)} "
            "is watched: their outcomes are not known, or too few of them."
        )
    kept = sum(one.state == "kept" for one in watched)
    others = every - len(watched)
    left = f"; {others} {'is' if others == 1 else 'are'} not watched" if others else ""
    return (
        f"{kept} of {counted(len(watched), 'promise')} of the forecasts over "
        f"{sessions(result.horizon)} are kept, watched on {sessions(result.watched)}{left}."
    )


def _history(result: ModelHealth) -> str:
    alarms = sum(len(one.alarms) for one in result.promises)
    said = counted(alarms, "alarm") if alarms else "no alarm"
    years = number(result.about.years, 0 if result.about.years >= SHORT else 1)
    return f"In {years} years there was {said}; luck has one in 100 years."


def _findings(findings: tuple[HealthFinding, ...]) -> Table:
    rows = [
        (one.code.replace("_", " "), one.sentence, one.since, DOES[one.action]) for one in findings
    ]
    headings = (Column("what", "left"), Column("since", "left"), Column("does", "left"))
    return table("Findings", headings, rows or [("none", "all is well", "", DOES["none"])])


def _promises(result: ModelHealth) -> Table:
    def cells(one: ForecastPromise) -> tuple[str, ...]:
        return (
            one.promised,
            STATES[one.state],
            _number(one, one.recent),
            _number(one, one.value),
            _years(one.evidence),
        )

    return table(
        "What the forecasts promise",
        (Column("", "left"), f"last {result.recent}", "all", "evidence"),
        [Row(cells(one), "strong" if one.state == "broken" else "") for one in result.promises],
        note="Evidence is how many years one waits for as much by luck: against the promise while "
        "it is kept, for it while it is not. An alarm takes 100 years, its end 20.",
    )


def _number(one: ForecastPromise, value: float | None) -> str:
    return number(value, 3) if one.code == "volatility" else percent(value)


def _years(years: float | None) -> str:
    if years is None:
        return "n/a"
    if years >= MANY_YEARS:
        return "over 1,000 years"
    return f"{number(years, 1)} years"


def _alarms(result: ModelHealth) -> Table:
    rows = [
        (one.promised, str(each.since), str(each.raised), str(each.ended or "not yet"))
        for one in result.promises
        for each in one.alarms
    ]
    headings = tuple(Column(name, "left") for name in ("broken since", "alarm", "ended"))
    return table("Alarms", headings, rows or [("none", "", "", "")])


def _rolling(result: ModelHealth) -> Table:
    rows = [
        (str(one.session), percent(one.right), percent(one.inside), number(one.volatility_loss, 3))
        for one in result.rolling[-MONTHS:]
    ]
    headings = ("signs right", "inside intervals", "QLIKE less the reference's")
    return table(f"Over {sessions(result.recent)}, by month's end", headings, rows)


def _thresholds(thresholds: tuple[Threshold, ...]) -> Table:
    rows = [
        (one.asked, percent(one.value), "below" if one.crossed else "above") for one in thresholds
    ]
    note = "A healthy model falls below it again and again: it changes nothing."
    return table("Stated thresholds", ("recently", Column("", "left")), rows, note=note)


def _drift(drift: tuple[FeatureDrift, ...]) -> Table:
    rows = [
        Row(
            (one.feature, number(one.index), number(one.usual), number(one.p_value, 3),
             "yes" if one.drifted else "no"),
            "strong" if one.drifted else "",
        )
        for one in drift[:DRIFTS]
    ]  # fmt: skip
    headings = ("index", "95 % of windows before", "p", Column("drifted", "left"))
    return table("Features whose recent values are furthest from those before", headings, rows)


def _weights(result: ModelHealth) -> Table:
    held = [(name, percent(weight)) for name, weight in result.weights.items()]
    return table("What to hold after all of this", ("weight",),
                 [*held, ("cash", percent(result.cash))])  # fmt: skip
