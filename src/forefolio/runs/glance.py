"""A run at a glance: what a list says of it beside its kind, kept so that no result is read twice.

A result may have megabytes, of which a line of a list needs a dozen numbers.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import Field, ValidationError
from pydantic_core import from_json

from forefolio.core.component import Component
from forefolio.core.kinds import in_words
from forefolio.store import Artifacts, Run
from forefolio.studies.result import Number

POINTS = 32  # of a line as small as a word
_OF_RUN = re.compile(r"^weights of run [0-9a-f]+ \((.*)\)$")  # whose id tells a reader nothing
MOST = 5_000  # glances that are kept in memory
_VERSION = 1  # of what a glance holds: one that was kept by another is made again


class RunGlance(Component):
    """What a run was about and what it came to, in a line; empty or none where it says nothing."""

    about: str = Field("", description="The objective, the strategy, or whose weights, in words.")
    limits: int = Field(0, description="How many limits were asked for.")
    assets: int | None = Field(None, description="How many assets there are; none: not known yet.")
    source: str = Field("", description="Where the prices are from.")
    sharpe: Number = Field(None, description="Sharpe ratio a year.")
    sharpe_error: Number = Field(None, description="Its standard error, where it was measured.")
    expected: bool = Field(
        False, description="Whether that ratio is what is expected, not what was measured."
    )
    seed: int | None = Field(None, description="Of the random numbers, if it is not the usual one.")
    line: tuple[float, ...] = Field(
        (), description="A series of values in its order, thinned, to be drawn small."
    )


class Glances:
    """Glances of runs: from memory, from what was kept on disk, else made of the result."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts
        self._known: dict[str, RunGlance] = {}

    def of(self, runs: Iterable[Run]) -> dict[str, RunGlance]:
        """The glance of each run, by its id."""
        return {run.id: self._one(run) for run in runs}

    def _one(self, run: Run) -> RunGlance:
        if run.state != "done" or run.result is None:
            return RunGlance(**_asked(run))
        name = f"{run.id} {run.result}"
        if name not in self._known:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[name] = self._kept(name) or self._made(name, run)
        return self._known[name]

    def _kept(self, name: str) -> RunGlance | None:
        raw = self._artifacts.recall(_key(name))
        if raw is None:
            return None
        try:
            return RunGlance.model_validate_json(raw)
        except ValidationError:
            return None

    def _made(self, name: str, run: Run) -> RunGlance:
        glance = RunGlance(**_asked(run) | _found(self._artifacts.get(run.result or "")))
        self._artifacts.remember(_key(name), glance.model_dump_json().encode())
        return glance


def _key(name: str) -> str:
    return f"glance {_VERSION} {name}"


# -- what was asked --------------------------------------------------------------------------------


def _asked(run: Run) -> dict[str, Any]:
    """What the question says."""
    study = json.loads(run.study)
    data = study.get("data") or study
    source = data.get("source") or {}
    return {
        "about": _objective(study),
        "limits": len(study.get("constraints") or ()),
        "assets": len(data.get("tickers") or ()) or None,
        "source": str(source.get("path") or source.get("kind", "")),
        "seed": study.get("seed") or None,
    }


def _objective(study: Mapping[str, Any]) -> str:
    for name in ("objective", "strategy"):
        if kind := _kind(study.get(name)):
            return in_words(kind)
    risk = _kind(study.get("risk_measure"))
    return f"return by {in_words(risk)}" if risk else ""


def _kind(part: Any) -> str:
    return str(part.get("kind", "")) if isinstance(part, Mapping) else ""


# -- what was found --------------------------------------------------------------------------------


def _found(raw: bytes | None) -> dict[str, Any]:
    """What the result says; nothing if it was lost, or is of a kind without a document."""
    try:
        document = from_json((raw or b"").partition(b"\n")[2])
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    data = document.get("data") or {}
    found = {"assets": len(data.get("tickers") or ()) or None, "source": data.get("name")}
    found |= {"about": _held(document), **_sharpe(document), "line": _thinned(_line(document))}
    return {name: value for name, value in found.items() if value}


def _held(document: Mapping[str, Any]) -> str:
    """Whose weights it is about, or which strategy was followed."""
    of, followed = document.get("portfolio"), document.get("about")
    if isinstance(of, Mapping):
        return _OF_RUN.sub(r"\1", str(of.get("words") or ""))
    strategy = followed.get("strategy") if isinstance(followed, Mapping) else None
    return str(document.get("strategy") or strategy or "")


def _sharpe(document: Mapping[str, Any]) -> dict[str, Any]:
    """The measured ratio of a record, else the expected one."""
    records = document.get("backtest") or [document.get("record")]
    if isinstance(record := records[0], Mapping) and "sharpe" in record:
        return {"sharpe": record["sharpe"], "sharpe_error": record.get("sharpe_error")}
    best = document.get("best")
    volatility = document.get("risk_measure") == "volatility"  # else the ratio is another one
    if volatility and isinstance(best, Mapping) and best.get("ratio") is not None:
        return {"sharpe": best["ratio"], "expected": True}
    ratio = document.get("expected_sharpe")
    return {} if ratio is None else {"sharpe": ratio, "expected": True}


def _line(document: Mapping[str, Any]) -> Sequence[float]:
    """The value of a strategy over time, or the middle of what is simulated."""
    if curves := document.get("curves"):
        return next((one["equity"] for one in curves.get("equity") or ()), ())
    return [one["values"][len(one["values"]) // 2] for one in document.get("fan") or ()]


def _thinned(line: Sequence[float]) -> tuple[float, ...]:
    """A few of the values, the first and the last among them.

    >>> _thinned(list(range(0, 101)))[::10]
    (0.0, 32.0, 65.0, 97.0)
    """
    if len(line) < 2:
        return ()
    few = min(len(line), POINTS)
    places = (round(n * (len(line) - 1) / (few - 1)) for n in range(few))
    return tuple(float(f"{line[place]:.4g}") for place in places)
