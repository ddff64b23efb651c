"""The settings of a study, as a command line, a form or a table of them shows them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from forefolio.core.component import Component, OneOf
from forefolio.core.kinds import kind_of
from forefolio.studies.base import nouns

FLAGS: Mapping[str, str] = {
    "penalties": "--penalty",
    "views": "--view",
    "constraints": "--constraint",
    "targets": "--target",
    "explained": "--explain",
    "horizons": "--horizon",
    "machine_learning": "--no-ml",
    "models": "--model",
    "stresses": "--file",
    "providers": "--source",
}
"""Options that are not spelt as their setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, which may stand at the top of its study's document."""

    name: str
    within: str  # the noun that has it, or nothing
    field: FieldInfo

    @property
    def description(self) -> str:
        """One sentence for people."""
        return self.field.description or ""

    @property
    def unit(self) -> str:
        """Of the number, if it has one."""
        return str(self._extra.get("unit", ""))

    @property
    def advanced(self) -> bool:
        """Whether it is rarely changed."""
        return bool(self._extra.get("advanced", False))

    @property
    def switch(self) -> bool:
        """Whether it is on or off."""
        return self.field.annotation is bool

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        parts = tuple(_parts(self.field.annotation))
        return any(int in (part, getattr(part, "__origin__", None)) for part in parts)

    @property
    def several(self) -> bool:
        """Whether it may be said several times, each time one text."""
        return bool(self._extra.get("several", False))

    @property
    def positional(self) -> bool:
        """Whether a command takes it as words without a name."""
        return bool(self._extra.get("positional", False))

    @property
    def listed(self) -> bool:
        """Whether it is a list."""
        return get_origin(self.field.annotation) is tuple

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it may be, if they are few and fixed."""
        return tuple(str(one) for part in _parts(self.field.annotation) for one in _literals(part))

    @property
    def in_a_word(self) -> bool:
        """Whether a text can say it: a number, a date, a name, or a kind with its defaults."""
        named = any(isinstance(mark, OneOf) for mark in self.field.metadata)
        parts = tuple(_parts(self.field.annotation))
        nested = any(isinstance(part, type) and issubclass(part, Component) for part in parts)
        marked = any(isinstance(mark, OneOf) for part in parts for mark in _marks(part))
        tables = any(get_origin(part) is Mapping for part in parts)
        return named or "in_words" in self._extra or not (nested or marked or tables)

    @property
    def kinds(self) -> dict[str, type[Component]]:
        """The kinds of component that it, or each of its items, may be, by name."""
        parts = _parts(self.field.annotation)
        marks = [*self.field.metadata, *(mark for part in parts for mark in _marks(part))]
        named = [mark for mark in marks if isinstance(mark, OneOf)]
        return {kind_of(choice): choice for mark in named for choice in mark.choices}

    @property
    def _extra(self) -> dict[str, Any]:
        extra = self.field.json_schema_extra
        return extra if isinstance(extra, dict) else {}


def settings_of(study: type[Component]) -> tuple[Setting, ...]:
    """The settings of a study, those of its nouns in the place of the noun."""
    return tuple(_settings(study))


def flag_of(setting: Setting) -> str:
    """How a setting is spelt in a command line."""
    if setting.positional:
        return setting.name.upper()
    return FLAGS.get(setting.name, "--" + setting.name.replace("_", "-"))


def _settings(study: type[Component]) -> Iterator[Setting]:
    shared = nouns(study)
    for name, field in study.model_fields.items():
        if name == "kind":
            continue
        if name not in shared:
            yield Setting(name=name, within="", field=field)
            continue
        for inner, one in shared[name].model_fields.items():
            if inner not in study.model_fields:
                yield Setting(name=inner, within=name, field=one)


def _parts(annotation: Any) -> Iterator[Any]:
    """What a type is made of: the alternatives of a union, the items of a tuple."""
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _parts(part)
    elif get_origin(annotation) is tuple:
        yield from (part for part in get_args(annotation) if part is not Ellipsis)
    elif annotation is not NoneType:
        yield annotation


def _literals(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _marks(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__metadata__", ())
