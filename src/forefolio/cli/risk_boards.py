"""Risk, simulations and stress tests as tables a person reads in a terminal."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from forefolio.cli.tables import columns, table
from forefolio.core.wording import (
    MISSING,
    counted,
    listed,
    multiple,
    number,
    percent,
    plus_minus,
    sessions,
)

_MOST = 12  # assets of a table; the rest are summed


def _per_cent(value: float | None) -> str:
    return percent(value)


def _fine(value: float | None) -> str:
    return percent(value, 2)


def _ratio(value: float | None) -> str:
    return number(value)


def _whole(value: float | None) -> str:
    return number(value, 0)


_MEASURES: Mapping[str, tuple[str, Callable[[float | None], str]]] = {
    "annual_return": ("annual return", _per_cent),
    "annual_volatility": ("annual volatility", _per_cent),
    "sharpe": ("Sharpe, as earned", _ratio),
    "sortino": ("Sortino ratio", _ratio),
    "calmar": ("Calmar ratio", _ratio),
    "max_drawdown": ("maximum drawdown", _per_cent),
    "longest_drawdown": ("longest drawdown, sessions", _whole),
    "hit_rate": ("sessions with a gain", _per_cent),
    "profit_factor": ("gains / losses", _ratio),
    "tail_ratio": ("best / worst 5 %", _ratio),
    "skew": ("skew", _ratio),
    "kurtosis": ("excess kurtosis", _ratio),
    "beta": ("beta to the index", _ratio),
    "alpha": ("alpha a year", _per_cent),
    "tracking_error": ("tracking error", _per_cent),
    "information_ratio": ("information ratio", _ratio),
}


def show_risk(document: Mapping[str, Any], console: Console) -> None:
    """Print every measure with its interval, the tail, where the risk comes from, and factors."""
    console.print(_headline("Risk", document), "", sep="\n", highlight=False)
    shown = [_measures(document), _tail(document)]
    if document["attribution"]:
        shown += [_assets(document), _parts("sectors", "By sector", document)]
        shown += [_parts("principal", "By principal component", document)]
    if document["factors"]:
        shown.append(_factors(document))
    for each in shown:
        console.print(each, "", sep="\n")
    level, rare = (percent(part, 0) for part in (document["level"], 1 - document["level"]))
    attributed = document["attribution"]
    span = f"Volatility: last {sessions(attributed['sessions'])}. " if attributed else ""
    console.print(
        f"Ratios are over cash, {percent(document['annual_cash_return'])} a year. Intervals "
        "count\nneighbouring sessions that are alike; there is none where it could not keep its\n"
        f"promise. Loss at {level}: exceeded on {rare} of the sessions; beyond: mean of those;\n"
        "breached: how often it would have been, asked before every session; p: whether\n"
        f"that is {rare}. {span}Shares sum to the whole, minus is a hedge.",
        highlight=False,
    )
    _say_notes(document["notes"], console)


def show_simulation(document: Mapping[str, Any], console: Console) -> None:
    """Print how likely losses, the goal and drawdowns are, and the fan."""
    plan = document["plan"]
    console.print(_headline("Simulation", document), "", sep="\n", highlight=False)
    console.print(_chances(document), "", _fan(document), "", sep="\n")
    how = "brought back to its weights every session" if plan["rebalanced"] else "bought and held"
    console.print(
        f"{counted(plan['paths'], 'path')} of {escape(plan['model']['kind'])}, {how}.\n"
        f"{_drift_said(document)}\n"
        "± is the Monte Carlo error: what another seed would change. Models and drifts\n"
        "differ by more: try --model and --drift.",
        highlight=False,
    )
    _say_notes(document["notes"], console)
    if "figure" in document:
        console.print(f"Figure: {document['figure']}", highlight=False, soft_wrap=True)


def _drift_said(document: Mapping[str, Any]) -> str:
    """Whose expected returns were simulated, and what they come to."""
    drift, data = document["drift"], document["data"]
    by = {
        "history": f"each asset's own mean from {data['first']} to {data['last']}",
        "prior": "the mean of all assets, the same for each",
        "zero": "nothing for each asset",
    }.get(drift["by"]) or f"{percent(drift['by'])} a year for each asset"
    told = percent(drift["annual_return"], signed=True)
    return f"Expected return: {by}; of the portfolio {told} a year, cash included."


def show_stress(document: Mapping[str, Any], console: Console) -> None:
    """Print the loss of every stress, what adds to it, and what could not be tried."""
    console.print(_headline("Stress", document), "", sep="\n", highlight=False)
    shown = table("What the portfolio would do")
    columns(shown, ("return",))
    shown.add_column("most by")
    for one in document["stresses"]:
        error = f" ± {number(100 * one['error'], 1)}" if one["error"] else ""
        told = f"{number(-100 * one['loss'], 1, signed=True)}{error} %"
        shown.add_row(escape(one["name"]), told, escape(_drivers(one)))
    console.print(shown)
    if ruins := [one["name"] for one in document["stresses"] if one["ruined"]]:
        _say_notes([f"ruined, nothing would be left: {listed(ruins)}"], console)
    for one in document["stresses"]:
        _say_notes([f"{one['name']}: {note}" for note in one["notes"]], console)
    _say_notes([f"{name} left out: {why}" for name, why in document["left_out"].items()], console)
    if any(one["error"] for one in document["stresses"]):
        console.print("± is the error of the regression that spreads a shock.", highlight=False)
    _say_notes(document["notes"], console)


def _headline(what: str, document: Mapping[str, Any]) -> str:
    data, count = document["data"], len(document["weights"])
    where = data["source"].get("path") or f"{data['source']['kind']} data"
    held = f"{count} asset{'' if count == 1 else 's'}"
    return (
        f"[bold]{what} after the close of {document['as_of']}[/bold] "
        f"({escape(document['portfolio'])}, {held}, {sessions(data['sessions'])} from "
        f"{data['first']}, {escape(where)})"
    )


def _measures(document: Mapping[str, Any]) -> Table:
    shown = table("Measures")
    columns(shown, ("", f"{percent(document['confidence'], 0)} interval"))
    for name, (told, form) in _MEASURES.items():
        if one := document["measures"].get(name):
            shown.add_row(told, form(one["value"]), _interval(one, form))
    return shown


def _tail(document: Mapping[str, Any]) -> Table:
    tests = {one["model"]: one for one in document["value_at_risk_tests"]}
    shown = table(
        f"Loss of a session at {percent(document['level'], 0)}, and what it would have been worth"
    )
    columns(shown, ("loss", "interval", "beyond", "breached", "p", "clusters"))
    prefix = "value_at_risk_"
    for name, one in document["measures"].items():
        if name.startswith(prefix):
            model = name.removeprefix(prefix)
            beyond = document["measures"][f"expected_shortfall_{model}"]["value"]
            numbers = _fine(one["value"]), _hundredths(one), _fine(beyond)
            shown.add_row(model.replace("_", " "), *numbers, *_tested(tests.get(model)))
    return shown


def _tested(test: Mapping[str, Any] | None) -> tuple[str, str, str]:
    if test is None:
        return MISSING, MISSING, MISSING
    share = test["breaches"] / test["sessions"]
    clusters = test["p_independence"]
    told = MISSING if clusters is None else "yes" if clusters < 0.05 else "no"
    return percent(share), number(test["p_coverage"]), told


def _assets(document: Mapping[str, Any]) -> Table:
    rows = sorted(document["attribution"]["assets"], key=lambda row: -abs(row["component"]))
    told = percent(document["attribution"]["annual_volatility"])
    shown = table(f"By asset: volatility {told} a year")
    columns(shown, ("weight", "share", "adds", "marginal"))
    for row in rows[:_MOST]:
        numbers = percent(row["exposure"]), percent(row["share"]), _fine(row["component"])
        shown.add_row(row["name"], *numbers, number(row["marginal"], 3))
    if rest := rows[_MOST:]:
        sums = [sum(row[part] or 0.0 for row in rest) for part in ("exposure", "share")]
        added = sum(row["component"] for row in rest)
        shown.add_row(f"{len(rest)} others", *map(percent, sums), _fine(added), "")
    return shown


def _parts(part: str, title: str, document: Mapping[str, Any]) -> Table:
    shown = table(title)
    heading = "weight" if part == "sectors" else "exposure"
    columns(shown, (heading, "share", "adds"))
    for row in document["attribution"][part]:
        exposure = percent(row["exposure"]) if part == "sectors" else number(row["exposure"], 2)
        shown.add_row(escape(row["name"]), exposure, percent(row["share"]), _fine(row["component"]))
    return shown


def _factors(document: Mapping[str, Any]) -> Table:
    shown = table(f"What it follows, last {sessions(document['factor_sessions'])}")
    columns(shown, ("exposure", "share of the variance"))
    for row in document["factors"]:
        known = row["exposure"] is not None
        exposure = plus_minus(row["exposure"], row["error"], 3, signed=True) if known else ""
        shown.add_row(escape(row["factor"]), exposure, percent(row["share"]))
    return shown


def _chances(document: Mapping[str, Any]) -> Table:
    horizon = document["plan"]["horizon"]
    shown = table(f"After {sessions(horizon)}")
    columns(shown, ("",))
    paid = document["paid_in"]
    below = "a loss" if paid == 1.0 else f"less than the {multiple(paid)} paid in"
    goal = f"{multiple(document['goal'])} or more"
    shown.add_row("mean value", _times(document["mean"]))
    shown.add_row(f"probability of {below}", _chance(document["probability_of_loss"]))
    shown.add_row(f"probability of {goal}", _chance(document["probability_of_goal"]))
    if document["probability_of_ruin"]["value"] > 0.0:
        ruined = _chance(document["probability_of_ruin"])
        shown.add_row("probability that nothing is left on the way", ruined)
    for depth, chance in document["probability_of_drawdown"].items():
        shown.add_row(f"probability of a fall by {percent(float(depth), 0)}", _chance(chance))
    level = percent(document["level"], 0)
    shown.add_row(f"value at risk, {level}", _chance(document["value_at_risk"]))
    shown.add_row(f"expected shortfall, {level}", _chance(document["expected_shortfall"]))
    return shown


def _fan(document: Mapping[str, Any]) -> Table:
    rows = document["fan"]
    levels = [level for level in rows[0] if level != "session"]
    shown = table("Value, by share of paths below")
    columns(shown, [percent(float(level), 0) for level in levels])
    step = max((len(rows) - 1) // 6, 1)
    for row in [*rows[step:-1:step], rows[-1]]:
        told = [multiple(row[level]) for level in levels]
        shown.add_row(sessions(row["session"]), *told)
    return shown


def _drivers(one: Mapping[str, Any]) -> str:
    sign = -1 if one["loss"] > 0 else 1
    rows = sorted(one["assets"].items(), key=lambda item: -sign * item[1]["effect"])
    told = [
        f"{asset} {number(100 * row['effect'], 1, signed=True)}"
        for asset, row in rows[:3]
        if sign * row["effect"] > 0
    ]
    return ", ".join(told)


def _interval(one: Mapping[str, Any], form: Callable[[float | None], str]) -> str:
    return "" if one["low"] is None else f"{form(one['low'])} to {form(one['high'])}"


def _hundredths(one: Mapping[str, Any]) -> str:
    if one["low"] is None:
        return ""
    return f"{number(100 * one['low'])} to {number(100 * one['high'])}"


def _chance(one: Mapping[str, float]) -> str:
    return f"{plus_minus(100 * one['value'], 100 * one['error'], 1)} %"


def _times(one: Mapping[str, float]) -> str:
    return plus_minus(one["value"], one["error"], 3)


def _say_notes(notes: Sequence[str], console: Console) -> None:
    for note in notes:
        console.print(f"- {escape(note)}", highlight=False)
