"""A component is a frozen value: its fields are its settings, its methods are its behaviour.

It is the same object in Python, in a JSON body, in a YAML file and in a database row, so it
needs no separate configuration class, and its digest names everything computed from it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema
from pydantic_core.core_schema import (
    json_or_python_schema,
    no_info_wrap_validator_function,
    tagged_union_schema,
)

from forefolio.core.errors import InputError
from forefolio.core.market_argument import methods_take_markets


class Component(BaseModel):
    """Base of everything a user configures."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=False, allow_inf_nan=False, defer_build=True
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Let every method that takes a market insist on one."""
        super().__pydantic_init_subclass__(**kwargs)
        for name, method in methods_take_markets(vars(cls)).items():
            setattr(cls, name, method)

    @property
    def digest(self) -> str:
        """Name this configuration by its content."""
        return content_digest(type(self).__qualname__, self.model_dump_json())


class Document(Component):
    """A component that other processes read: all its parts are ones that it can name.

    Raises:
        InputError: a part is somebody's own, or may not stand where it does.
    """

    @model_validator(mode="after")
    def _can_be_read_back(self) -> Self:
        for where, part in _unnamed(self):
            name = type(part).__name__
            raise InputError(
                f"{where}: {type(self).__name__} is a document that other processes read, and "
                f"it cannot name {name} there; what is your own works without one: a strategy in "
                "backtest or AllocationStrategy, a model in ml_forecast_returns, an objective or a "
                "constraint in optimize_portfolio"
            )
        return self


def content_digest(*parts: str | bytes) -> str:
    """Name any content: 32 hexadecimal digits of its SHA-256, parts kept apart."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()[:32]


class OneOf:
    """Marks a protocol-typed field: a document names one of `choices`, Python passes anything.

    Where there is a way to read one from `words`, both may pass a string.
    """

    def __init__(
        self, *choices: type[Component], words: Callable[[str], object] | None = None
    ) -> None:
        self.choices, self.words = choices, words

    def __get_pydantic_core_schema__(
        self, protocol: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate a document by its `kind`, and an object by the protocol."""
        kinds = {c.model_fields["kind"].default: handler.generate_schema(c) for c in self.choices}
        document: CoreSchema = tagged_union_schema(kinds, discriminator="kind")
        if self.words:
            document = no_info_wrap_validator_function(self._read, document)
        return json_or_python_schema(
            json_schema=document,
            python_schema=no_info_wrap_validator_function(
                lambda value, parse: value if isinstance(value, protocol) else parse(value),
                document,
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Say that words will do, where they will."""
        told = handler(schema)
        if not self.words:
            return told
        return {"oneOf": [*told["oneOf"], {"type": "string", "title": "in words"}]}

    def _read(self, value: Any, parse: Callable[[Any], Any]) -> Any:
        if not (self.words and isinstance(value, str)):
            return parse(value)
        try:
            return self.words(value)
        except InputError as error:
            raise ValueError(str(error)) from None


def _unnamed(component: Component, within: str = "") -> Iterator[tuple[str, object]]:
    """Parts, and where they stand, that are none of the choices a document has there."""
    for name, field in type(component).model_fields.items():
        choices = {c for one in (*field.metadata, *_marks(field.annotation)) for c in _named(one)}
        for part in _parts(getattr(component, name)):
            if choices and type(part) not in choices:
                yield within + name, part
            elif isinstance(part, Component):
                yield from _unnamed(part, f"{within}{name}.")


def _marks(annotation: object) -> Iterator[object]:
    """What an annotation is made of, at any depth."""
    for part in get_args(annotation):
        yield part
        yield from _marks(part)
    yield from getattr(annotation, "__metadata__", ())


def _named(mark: object) -> tuple[type[Component], ...]:
    return mark.choices if isinstance(mark, OneOf) else ()


def _parts(value: object) -> Iterator[object]:
    """A value or what it holds, leaving out plain ones, which a document can always write."""
    if isinstance(value, tuple | list):
        yield from (part for one in value for part in _parts(one))
    elif isinstance(value, Mapping):
        yield from (part for one in value.values() for part in _parts(one))
    elif value is not None and not isinstance(value, str | int | float):
        yield value
