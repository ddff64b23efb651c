"""Everything that can be asked, as one text for people's agents: written from the catalogue."""

from collections.abc import Iterator
from typing import Any

from forefolio.core.component import Component
from forefolio.core.kinds import kind_of
from forefolio.studies.base import StudyDocument, summary_of
from forefolio.studies.catalog import STUDIES
from forefolio.studies.result import Result
from forefolio.studies.settings import Setting, flag_of, settings_of

HEAD = """\
# Forefolio

> From market prices to tomorrow's portfolio weights, with the evidence for them. Everything
> that can be asked is a study: a document with settings, answered by a typed result.

## How to ask

- Shell: `forefolio COMMAND --json` prints `{"run", "created", "kind", "version", "data"}`: `data`
  is the result, `run` the id of the stored run or null; errors are `{"error": {"code",
  "message"}}` on standard error, with exit code 2 for what can be mended by asking otherwise.
- Python: `from forefolio import ask` and `ask(Study(...))`; settings of `data` may stand at the
  top of a document.
- Service: `POST /api/PATH` with the document answers 202 and an id; `GET /api/PATH/ID` has the
  result once it is done, and `GET /api/runs/ID` says how far it is. `/openapi.json` has every
  schema.
- Agents: `forefolio mcp` serves the same studies as tools of the Model Context Protocol, over
  standard input and output; `forefolio serve` has them at `/mcp`.
- The same question on the same data is answered from what is stored.

## Rules for whoever reads the numbers

- A bare number is a fraction: 0.1 is 10 %. Names say what is per year; a loss, value at risk
  and expected shortfall are positive, a drawdown is negative. `null` is not known, and never
  zero.
- Read `remarks` before you quote anything: what was repaired, fell back, was left out, and what
  flatters the numbers.
- `as_of` is the last close that was known. `expected_...` is forecast, everything else was
  measured.
- A forecast moves weights only as far as it has shown skill out of sample. No skill is a
  result, not an error.
- Nothing here places orders; `orders` lists them for a person.

## Studies
"""


def guide() -> str:
    """The catalogue of studies: how each is asked, its settings, and what its result holds."""
    return HEAD + "".join(f"\n{_section(study)}\n" for study in STUDIES)


def _section(study: type[StudyDocument]) -> str:
    settings = [one for one in settings_of(study) if not one.advanced]
    lines = [
        f"### {kind_of(study)}",
        "",
        summary_of(study),
        "",
        f"- Shell: `forefolio {study.command}`; service: `/api/{study.path}`; "
        f"Python: `{study.__name__}`",
        *map(_setting, settings),
        f"- Result `{study.result.__name__}`: {', '.join(_fields(study.result))}",
    ]
    return "\n".join(lines)


def _setting(setting: Setting) -> str:
    default = _default(setting.field.get_default(call_default_factory=True))
    unit = f" ({setting.unit})" if setting.unit else ""
    option = f", `{flag_of(setting)}`" if setting.in_a_word else ""
    return f"  - `{setting.name}`{option}{unit}: {setting.description}{default}"


def _default(value: Any) -> str:
    if isinstance(value, Component):
        value = getattr(value, "kind", None)
    if value is None or value == () or not isinstance(value, str | int | float | tuple):
        return ""
    if isinstance(value, tuple) and not all(isinstance(one, str | int | float) for one in value):
        return ""
    shown = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f" Default: {shown}."


def _fields(result: type[Result]) -> Iterator[str]:
    own = [name for name in result.model_fields if name not in Result.model_fields]
    yield from (f"`{name}`" for name in own if name != "kind")
