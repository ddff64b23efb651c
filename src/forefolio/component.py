"""A component is a frozen value: its fields are its settings, its methods are its behaviour.

It is the same object in Python, in a JSON body, in a YAML file and in a database row, so it
needs no separate configuration class, and its digest names everything computed from it.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import (
    json_or_python_schema,
    no_info_wrap_validator_function,
    tagged_union_schema,
)

from forefolio.errors import InputError


class Component(BaseModel):
    """Base of everything a user configures."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=False, allow_inf_nan=False
    )

    @property
    def digest(self) -> str:
        """Name this configuration by its content."""
        return content_digest(type(self).__qualname__, self.model_dump_json())


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
