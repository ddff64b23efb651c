"""The parts of the documentation that are written by the code itself.

A page holds `<!-- component: forefolio.features.PriceMomentum -->` and `<!-- end -->`; what stands
between is what the component says of itself: kind, docstring, settings with unit and default.
Likewise `<!-- options: risk simulate -->` and `<!-- end options -->` (the options of those commands
that not every one has; `<!-- options: -->` are those that all have), and `<!-- layers -->`.
Run `.venv/bin/python tests/docs/reference.py` to write it anew.
"""

import inspect
import json
import re
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import click

from forefolio.api.app import create_app
from forefolio.api.described import openapi_document
from forefolio.cli.commands import PRICES, VIEWS, command_named
from forefolio.core.component import Component
from forefolio.core.settings import Settings
from forefolio.features import CATALOGUE as FEATURES
from forefolio.forecast import MODELS, TARGETS
from forefolio.market import AnySchedule, AnySource
from forefolio.optimize import (
    CONSTRAINTS,
    COSTS,
    COVARIANCE_SETS,
    OPTIMIZERS,
    RISK_MEASURES,
    TERMS,
)
from forefolio.risk import RETURN_MODELS, RISK_MODELS, STRESSES, TAIL_MODELS
from forefolio.runs.opening import opening
from forefolio.signals import SIZINGS
from forefolio.strategy import STRATEGIES
from forefolio.studies.catalog import STUDIES
from forefolio.studies.settings import settings_of
from forefolio.views.glossary import GLOSSARY
from forefolio.views.guide import guide

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "docs"
GUIDE = BOOK / "llms.txt"
CHAPTERS = tuple(sorted(BOOK.glob("*.md")))
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *CHAPTERS)

SOURCES: tuple[type[Component], ...] = get_args(AnySource)[1].choices
SCHEDULES: tuple[type[Component], ...] = get_args(AnySchedule)[1].choices

_BLOCK = re.compile(r"<!-- component: (?P<name>\S+) -->\n(?P<told>.*?)<!-- end -->", re.DOTALL)
FAMILIES: dict[tuple[tuple[type[Component], ...], str], str] = {
    (SOURCES, "a source"): "data.md",
    (SCHEDULES, "a schedule"): "backtest.md",
    (FEATURES, "a feature"): "features.md",
    (MODELS, "a forecaster"): "forecasting.md",
    (TARGETS, "a target"): "forecasting.md",
    (RISK_MODELS, "a risk model"): "optimisation.md",
    (TAIL_MODELS, "a tail model"): "risk.md",
    (RETURN_MODELS, "a model of returns"): "risk.md",
    (STRESSES, "a stress"): "risk.md",
    (SIZINGS, "a sizing"): "signals.md",
    (OPTIMIZERS, "an objective"): "optimisation.md",
    (TERMS, "a term"): "optimisation.md",
    (RISK_MEASURES, "a risk measure"): "optimisation.md",
    (COVARIANCE_SETS, "a set of covariances"): "optimisation.md",
    (CONSTRAINTS, "a constraint"): "optimisation.md",
    (COSTS, "a cost"): "optimisation.md",
    (STRATEGIES, "a strategy"): "backtest.md",
}
"""Every catalogue, what one of its components is called, and the page that describes them."""

_GLOSSARY = re.compile(
    r"(?P<head><!-- glossary -->\n).*?(?P<tail><!-- end glossary -->)", re.DOTALL
)
_ROUTES = re.compile(r"(?P<head><!-- routes -->\n).*?(?P<tail><!-- end routes -->)", re.DOTALL)
_LAYERS = re.compile(
    r"(?P<head><!-- layers(?: of (?P<room>\S+))? -->\n```text\n).*?(?P<tail>\n```)", re.DOTALL
)
_OPTIONS = re.compile(
    r"(?P<head><!-- options:(?P<commands>[a-z ]*) -->\n).*?(?P<tail><!-- end options -->)",
    re.DOTALL,
)
_EXAMPLE = re.compile(r"^>>> .*?(?=\n\n|\Z)", re.DOTALL | re.MULTILINE)
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}


def component(name: str) -> type[Component]:
    module, _, attribute = name.rpartition(".")
    found: type[Component] = getattr(import_module(module), attribute)
    return found


def described(page: str) -> list[type[Component]]:
    """The components that a page describes."""
    return [component(match["name"]) for match in _BLOCK.finditer(page)]


def rewritten(page: str) -> str:
    """The page, its blocks written anew."""
    page = _GLOSSARY.sub(lambda m: f"{m['head']}{glossary()}{m['tail']}", page)
    page = _ROUTES.sub(lambda m: f"{m['head']}{routes()}{m['tail']}", page)
    page = _OPTIONS.sub(lambda m: f"{m['head']}{options(m['commands'].split())}{m['tail']}", page)
    page = _LAYERS.sub(lambda m: f"{m['head']}{layers(m['room'])}{m['tail']}", page)
    return _BLOCK.sub(
        lambda m: f"<!-- component: {m['name']} -->\n{told(component(m['name']))}<!-- end -->", page
    )


def glossary() -> str:
    """The words, as a table."""
    rows = [f"| {name} | {term.meaning} | {term.written} |" for name, term in GLOSSARY.items()]
    return (
        "\n"
        + "\n".join(["| word | what it means | how it is written |", "|---|---|---|", *rows])
        + "\n\n"
    )


@cache
def routes() -> str:
    """What the service answers, as a table."""
    document = openapi_document(create_app(opening(Settings(home=ROOT))))
    rows = [
        f"| `{method.upper()} {path}` | {operation['summary'].rstrip('.')} |"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return "\n" + "\n".join(["| request | what |", "|---|---|", *rows]) + "\n\n"


ASKING: dict[str, type[Component]] = {
    **{study.command: study for study in STUDIES if " " not in study.command},
    **{view.command: view.study for view in VIEWS},
}
"""What each command asks."""


def options(commands: list[str]) -> str:
    """The options of some commands that not all have, or of none: those that all have.

    "All" are those about prices; a question about a run has the run's own.
    """
    every = {name: _options(name) for name in ASKING}
    about_prices = [rows for rows in every.values() if "`--source`" in {row[0] for row in rows}]
    shared = [row for row in every["risk"] if all(row in rows for rows in about_prices)]
    chosen = {name: [row for row in every[name] if row not in shared] for name in commands}
    named = {"every command": shared} if not commands else chosen
    owners: dict[tuple[str, str, str], list[str]] = {}
    for name, rows in named.items():
        for row in rows:
            owners.setdefault(row, []).append(name)
    of = ", ".join(f"`{name}`" for name in commands) or "every command that asks about prices"
    lines = [f"| option of {of} | what it does | default |", "|---|---|---|"]
    for (flag, meaning, default), those in owners.items():
        whose = "" if len(those) == len(named) else f"{', '.join(f'`{one}`' for one in those)}: "
        lines.append(f"| {flag} | {whose}{meaning} | {default} |")
    return "\n" + "\n".join(lines) + "\n\n"


def _options(command: str) -> list[tuple[str, str, str]]:
    """Flag, meaning and default of each option that help shows."""
    study = ASKING[command]
    fields = {one.name: one for one in settings_of(study)}
    return [
        (
            f"`{one.opts[0]}`" if isinstance(one, click.Option) else f"`{one.name.upper()}`",
            (getattr(one, "help", None) or fields[str(one.name)].description).replace("|", "\\|"),
            _usual(fields[one.name].field.get_default()) if one.name in fields else "",
        )
        for one in command_named(command).params
        if not getattr(one, "hidden", False) and one.name != PRICES
    ]


def _usual(value: Any) -> str:
    """A default in a word, nothing where there is none or a flag is not set."""
    if isinstance(value, Component):
        value = getattr(value, "kind", "")
    shown = isinstance(value, str | int | float) and not isinstance(value, bool)
    return f"`{value}`" if shown else ""


def layers(room: str | None = None) -> str:
    """The layers that `lint-imports` checks, of the package or inside a room, highest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    containers = [f"forefolio.{room}"] if room else None
    (contract,) = (one for one in contracts if one.get("containers") == containers)
    return "\n".join(layer.replace("forefolio.", "") for layer in contract["layers"])


def told(of: type[Component]) -> str:
    """What stands between the marks of a block."""
    parts = [_facts(of), _docstring(of), _settings(of)]
    return "\n" + "\n\n".join(filter(None, parts)) + "\n\n"


def _docstring(of: type[Component]) -> str:
    """Its docstring, the examples in fences."""
    text = inspect.getdoc(of) or ""
    return _EXAMPLE.sub(lambda m: f"```pycon\n{m[0].rstrip()}\n```", text)


def _facts(of: type[Component]) -> str:
    """Its kind, and what a feature is called and needs."""
    if "kind" not in of.model_fields:
        return ""
    kind = f"`kind: {of.model_fields['kind'].default}`"
    if of not in FEATURES:
        return kind
    made: Any = of()
    needs = ", ".join(f"`{need}`" for need in made.needs)
    return f"{kind} · needs {needs} · called “{made.name}” as it stands"


def _settings(of: type[Component]) -> str:
    schema = of.model_json_schema()
    others = schema.get("$defs", {})
    parts = {name: part for name, part in schema["properties"].items() if name != "kind"}
    explained = any("description" in part for part in parts.values())
    columns = ["setting", *(["meaning"] if explained else []), "default", "what it may be"]
    rows = [
        [
            f"`{name}`",
            *([part.get("description", "")] if explained else []),
            _default(of, name),
            _may_be(part, others),
        ]
        for name, part in parts.items()
    ]
    lines = [f"| {' | '.join(row)} |" for row in (columns, *rows)]
    lines.insert(1, "|" + "---|" * len(columns))
    return "\n".join(lines) if rows else ""


def _default(of: type[Component], name: str) -> str:
    field = of.model_fields[name]
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, tuple) and value and isinstance(value[0], Component):
        return "<br>".join(f"`{_short(item)}`" for item in value)
    told = _short(value)
    return f"`{told}`" if told else "its own defaults"


def _short(value: Any) -> str:
    """A value as it would stand in a study, without what is usual."""
    if not isinstance(value, Component):
        return json.dumps(value, default=str)
    named: dict[str, Any] = {"kind": value.kind} if hasattr(value, "kind") else {}
    changed = {
        name: getattr(value, name)
        for name, field in type(value).model_fields.items()
        if not field.is_required() and getattr(value, name) != field.get_default()
    }
    if not changed:
        return str(named.get("kind", ""))
    inner = ", ".join(f"{n}: {_nested(v)}" for n, v in {**named, **changed}.items())
    return "{" + inner + "}"


def _nested(value: Any) -> str:
    if isinstance(value, tuple) and value and isinstance(value[0], Component):
        return "[" + ", ".join(map(_short, value)) + "]"
    if isinstance(value, str):
        return value
    return _short(value)


def _may_be(part: dict[str, Any], others: dict[str, Any]) -> str:
    if kinds := part.get("discriminator", {}).get("mapping"):
        return _one_of(frozenset(kinds))
    several = part.get("anyOf") or part.get("oneOf") or []
    if {"type": "string", "title": "in words"} in several:
        return f"{_may_be(several[0], others)}, in words too"
    several = [one for one in several if one.get("title") != "by name"]  # said once of all
    kinds = frozenset(_kind(one["$ref"], others) for one in several if "$ref" in one)
    if kinds and "" not in kinds:
        return _one_of(kinds)
    if several:
        return " or ".join(_may_be(one, others) for one in several)
    if "$ref" in part:
        return _named(part["$ref"], others)
    if part.get("type") == "array":
        if fixed := part.get("prefixItems"):
            return "(" + "; ".join(_may_be(item, others) for item in fixed) + ")"
        inner = _may_be(part.get("items", {}), others)
        return f"list of: {inner}" + ("; at least one" if part.get("minItems") == 1 else "")
    return _plain(part)


def _one_of(kinds: frozenset[str]) -> str:
    for (catalogue, called), page in FAMILIES.items():
        if kinds == {c.model_fields["kind"].default for c in catalogue}:
            return f"[{called}]({page})"
    return "one of " + ", ".join(f"`{kind}`" for kind in sorted(kinds))


def _plain(part: dict[str, Any]) -> str:
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return " or ".join(f"`{word}`" for word in part["enum"])
    plain = {"integer": "whole number", "boolean": "`true` or `false`", "null": "`null`"}
    said = part.get("format") or part.get("type", "anything")
    words = [part.get("unit") or plain.get(said, said)]
    words += [text.format(f"{part[limit]:g}") for limit, text in _LIMITS.items() if limit in part]
    return ", ".join(words)


def _named(reference: str, others: dict[str, Any]) -> str:
    name = reference.rpartition("/")[2]
    kind = _kind(reference, others)
    return f"`{kind}`" if kind else f"settings of {name}"


def _kind(reference: str, others: dict[str, Any]) -> str:
    found = others.get(reference.rpartition("/")[2], {})
    return str(found.get("properties", {}).get("kind", {}).get("const", ""))


if __name__ == "__main__":
    for path in CHAPTERS:
        path.write_text(rewritten(path.read_text()))
    GUIDE.write_text(guide())
