"""A trained model in the registry, what was done to aliases, and how models are compared."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeAlias

from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError

ModelUse: TypeAlias = Literal["model", "baseline", "volatility"]
Act: TypeAlias = Literal["promote", "rollback"]

_DOCUMENTS = ("data", "features", "settings", "scores", "libraries")  # JSON in the table
_PLAIN = (
    "id",
    "name",
    "use",
    "horizon",
    "run",
    "data_version",
    "code_digest",
    "form",
    "bytes",
    "seconds",
)
_RETURNS = ("r2_mean", 1, "R² against the prior")
_SKILL: Mapping[ModelUse, tuple[str, int, str]] = {
    "model": _RETURNS,
    "baseline": _RETURNS,
    "volatility": ("qlike", -1, "QLIKE against the reference"),
}
"""By which score models of one use are compared, whether more or less of it is better, its name."""


LONGEST = 40  # characters of an alias
ALIAS = re.compile(rf"[a-z][a-z0-9_.-]{{0,{LONGEST - 1}}}", re.ASCII)
ID = re.compile(r"[0-9a-f]{8,64}", re.ASCII)
"""The beginning of a model's id, or all of it."""


class RegisteredModel(Component):
    """A trained model: what it was fitted with and on, and how good it was out of sample."""

    id: str = Field(description="The name of its content; `load_predictor` reads it.")
    name: str = Field(description="The model's name.")
    use: ModelUse = Field(description="What it is used as.")
    horizon: int = Field(description="Sessions ahead.")
    number: int = Field(description="1, 2, ... of its name and horizon, as they were registered.")
    parent: str | None = Field(description="The model of that name and horizon before it.")
    trained: date = Field(description="The last session that it has seen.")
    run: str = Field(description="The id of the run that fitted it.")
    data: dict[str, Any] = Field(description="Which prices it was fitted on.")
    data_version: str = Field(description="A digest of their content.")
    features: tuple[str, ...] = Field(description="The features it learnt from.")
    settings: dict[str, Any] = Field(description="The settings it was fitted with.")
    scores: dict[str, float] = Field(
        description="Walk-forward scores of these settings on these prices; empty: not scored."
    )
    code_digest: str = Field(description="A digest of the code and libraries that fitted it.")
    libraries: dict[str, str] = Field(description="Versions of the libraries that its file needs.")
    form: Literal["value", "joblib"] = Field(description="How its file is written.")
    bytes: int = Field(description="Size of its file.")
    seconds: float | None = Field(
        None,
        description="How long its fit took, on the machine that did it; none: not measured.",
    )
    created: datetime = Field(description="When it was registered, UTC.")
    aliases: tuple[str, ...] = Field(description="What it is called just now, such as production.")

    @property
    def skill(self) -> float | None:
        """By what it is compared with others of its use, more is better; None: not scored."""
        name, sign, _ = _SKILL[self.use]
        return None if name not in self.scores else sign * self.scores[name]


class AliasChange(Component):
    """Something that was done to an alias at one horizon."""

    alias: str = Field(description="Such as production.")
    horizon: int = Field(description="Sessions ahead.")
    number: int = Field(description="1, 2, ... of this alias and horizon.")
    act: Act = Field(description="promote: to a model; rollback: to the one before.")
    model: str = Field(description="The id of the model that has the alias since.")
    reason: str = Field(description="Why.")
    at: datetime = Field(description="When, UTC.")


class Promotion(Component):
    """What a promotion came to."""

    alias: str = Field(description="The alias.")
    horizon: int = Field(description="Sessions ahead.")
    model: str = Field(description="The id of the model that was to have it.")
    before: str | None = Field(description="The id of the model that had it; none: nobody.")
    promoted: bool = Field(description="Whether the model has it now.")
    reason: str = Field(description="Why, or why not.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """A model to register: see `RegisteredModel`."""

    id: str
    name: str
    use: ModelUse
    horizon: int
    trained: date
    run: str
    data: Mapping[str, Any]
    data_version: str
    features: Sequence[str]
    settings: Mapping[str, Any]
    scores: Mapping[str, float]
    code_digest: str
    libraries: Mapping[str, str]
    form: str
    bytes: int
    seconds: float | None = None


def as_good(new: RegisteredModel, old: RegisteredModel | None) -> tuple[bool, str]:
    """Whether a model's walk-forward skill is no worse than another's, and why (not)."""
    if new.skill is None:
        return False, "it has no walk-forward scores, so it can be promoted by hand alone"
    if old is None:
        return True, f"nobody had it; {_skill_in_words(new)}"
    if (old.use == "volatility") != (new.use == "volatility"):
        return False, f"{old.name}, which has it, forecasts something else; promote by hand"
    if old.skill is None:
        return False, f"{old.name}, which has it, has no walk-forward scores; promote by hand"
    compared = f"{_skill_in_words(new)}, before {_skill_in_words(old)}"
    if new.skill < old.skill:
        return False, f"its walk-forward skill is worse: {compared}"
    return True, compared


def _skill_in_words(one: RegisteredModel) -> str:
    score, _, label = _SKILL[one.use]
    return f"{label} {one.scores[score]:+.5f}"


def row_of(new: NewModel) -> dict[str, Any]:
    """The row of a model, but for its number and its parent."""
    documents = {
        name: json.dumps(getattr(new, name), sort_keys=True, default=str) for name in _DOCUMENTS
    }
    plain = {name: getattr(new, name) for name in _PLAIN}
    return {**plain, **documents, "trained": new.trained.isoformat()}


def registered(row: Any, aliases: Sequence[str] = ()) -> RegisteredModel:
    """The model in a row."""
    held = dict(row._mapping)
    created = datetime.fromtimestamp(held.pop("created_at"), UTC)
    held |= {name: json.loads(held[name]) for name in _DOCUMENTS}
    return RegisteredModel(**held, created=created, aliases=tuple(aliases))


def change_of(row: Mapping[Any, Any]) -> AliasChange:
    """What a row says was done to an alias."""
    return AliasChange(**{**row, "at": datetime.fromtimestamp(row["at"], UTC)})


def checked_alias(alias: str) -> str:
    """An alias, if it can be one.

    Raises:
        InputError: it cannot.
    """
    if not ALIAS.fullmatch(alias) or ID.fullmatch(alias):
        raise InputError(
            f"{alias[: LONGEST + 1]!r} is no alias; use 1 to {LONGEST} small letters, "
            "digits, dots and dashes that begin with a letter, such as production"
        )
    return alias
