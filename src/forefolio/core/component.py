"""A component is a frozen value: its fields are its settings, its methods are its behaviour.

It is the same object in Python, in a JSON body, in a YAML file and in a database row, so it
needs no separate configuration class, and its digest names everything computed from it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    SerializationInfo,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import (
    json_or_python_schema,
    no_info_wrap_validator_function,
    tagged_union_schema,
    wrap_serializer_function_ser_schema,
)

from forefolio.core.errors import BadSettings, InputError
from forefolio.core.kinds import kind_named, kind_of, plain, title_of
from forefolio.core.market_argument import methods_take_markets
from forefolio.core.own_code import code_of, is_own
from forefolio.core.problems import in_plain_words, mistaken, problems
from forefolio.core.registered import kind_registered, registered
from forefolio.core.wording import listed

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Component(BaseModel):
    """Base of everything a user configures.

    Raises:
        BadSettings: a setting is unknown or has a value that it may not have.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=False,
        allow_inf_nan=False,
        model_title_generator=title_of,
        defer_build=True,
    )

    if not TYPE_CHECKING:  # a checker knows the settings of each component, which this would hide

        def __init__(self, /, **settings: Any) -> None:
            if self._needs_no_validator(settings):
                made = self.model_construct(**settings)
                object.__setattr__(self, "__dict__", made.__dict__)
                object.__setattr__(self, "__pydantic_fields_set__", made.model_fields_set)
                object.__setattr__(self, "__pydantic_extra__", None)
                object.__setattr__(self, "__pydantic_private__", made.__pydantic_private__)
                return
            try:
                super().__init__(**settings)
            except ValidationError as error:
                raise BadSettings(problems(error), type(self).__name__) from None

        def __setattr__(self, name: str, value: object) -> None:
            reason = "a component is frozen; make another, as by model_copy(update={...})"
            raise BadSettings([(name, reason)], type(self).__name__)

        # what a document holds is validated, not constructed: all its problems are collected
        __init__.__pydantic_base_init__ = True

    @model_validator(mode="wrap")
    @classmethod
    def _as_it_was_written(cls, given: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            made = validate(given)
        except ValidationError as error:
            raise in_plain_words(error, cls.setting_names()) from None
        if isinstance(given, dict) and (wrong := mistaken(given, made.__dict__)):
            raise ValidationError.from_exception_data(cls.__name__, wrong)
        return made

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Let every method that takes a market insist on one."""
        super().__pydantic_init_subclass__(**kwargs)
        for name, method in methods_take_markets(vars(cls)).items():
            setattr(cls, name, method)

    @classmethod
    def _needs_no_validator(cls, settings: Mapping[str, Any]) -> bool:
        """Whether nothing would be checked or changed, and its validator is not built yet.

        So it is where all is a default, or a part that is one of the choices of its field. Building
        one takes milliseconds, and most of what modules have as a default is never read from a
        document.
        """
        if cls.__pydantic_complete__ or cls.__pydantic_post_init__ is not None:
            return False
        decorators, fields = cls.__pydantic_decorators__, cls.model_fields
        if {*decorators.model_validators} - {"_as_it_was_written"}:
            return False
        if settings and decorators.field_validators:
            return False
        if any(field.is_required() for name, field in fields.items() if name not in settings):
            return False
        return all(name in fields and _is_chosen(fields[name], settings[name]) for name in settings)

    @classmethod
    def unchecked(cls, **settings: Any) -> Self:
        """One of values that are known to be right, for what is made thousands of times.

        They are taken as they are: a check takes ten times as long.
        """
        made = cls.__new__(cls)
        put = object.__setattr__
        put(made, "__dict__", {**_unset(cls), **settings})
        put(made, "__pydantic_fields_set__", set(settings))
        put(made, "__pydantic_extra__", None)
        put(made, "__pydantic_private__", None)
        return made

    @classmethod
    def setting_names(cls) -> tuple[str, ...]:
        """The names that a document of this component may use."""
        return tuple(cls.model_fields)

    @property
    def digest(self) -> str:
        """Name this configuration by its content, and by the code of what is somebody's own."""
        return content_digest(type(self).__qualname__, self.model_dump_json(), *_own_code(self))


@lru_cache(maxsize=64)
def _unset(cls: type[Component]) -> Mapping[str, Any]:
    """The settings of a component in their order, each with its default if it has one."""
    return {
        name: None if field.is_required() else field.get_default(call_default_factory=True)
        for name, field in cls.model_fields.items()
    }


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
                f"it cannot name {name} there; give what is your own a name by forefolio.register, "
                "or use it without a study, as in forefolio.backtest, forecast and optimize"
            )
        return self


def content_digest(*parts: "str | bytes | NDArray[Any]") -> str:
    """Name any content: 32 hexadecimal digits of its SHA-256, parts kept apart.

    An array counts as its bytes, row by row.
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, str | bytes):
            raw = part.encode() if isinstance(part, str) else part
            digest.update(len(raw).to_bytes(8, "big"))
            digest.update(raw)
        else:
            digest.update(part.nbytes.to_bytes(8, "big"))
            for piece in _pieces(part):
                digest.update(piece.data)
    return digest.hexdigest()[:32]


def _pieces(array: "NDArray[Any]") -> "Iterator[NDArray[Any]]":
    """The bytes of an array, row by row, of which as few as possible are copied."""
    if array.flags.c_contiguous:
        yield array.reshape(-1).view("u1")
    elif array.ndim == 1:
        yield array.copy().view("u1")
    else:
        for part in array:
            yield from _pieces(part)


class OneOf:
    """Marks a field that is typed by a protocol: one of `choices`, or in Python anything that fits.

    A document, and Python as well, may name one of the choices:

    * by its kind and settings, {"kind": "momentum", "window": 63};
    * by its kind alone, "momentum", where its defaults will do; "Maximum Sharpe" is understood;
    * in other words, where `words` reads such a text.

    Either may also be of a kind that somebody registered. Python may also pass a class, which
    stands for its defaults, and what `adapt` makes fit: a function, an estimator.
    """

    def __init__(
        self,
        *choices: type[Component],
        words: Callable[[str], object] | None = None,
        adapt: Callable[[object], object] | None = None,
    ) -> None:
        self.choices, self.words, self.adapt = choices, words, adapt

    def __get_pydantic_core_schema__(
        self, protocol: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate a document by its `kind`, and an object by the protocol."""
        kinds = {kind_of(choice): handler.generate_schema(choice) for choice in self.choices}
        document = no_info_wrap_validator_function(
            lambda given, parse: self._read(given, protocol, parse),
            tagged_union_schema(kinds, discriminator="kind"),
        )
        return json_or_python_schema(
            json_schema=document,
            python_schema=no_info_wrap_validator_function(
                lambda given, parse: self._object(given, protocol, parse), document
            ),
            serialization=wrap_serializer_function_ser_schema(self._dumped, info_arg=True),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Say that a name will do, or words, where they will."""
        name: dict[str, Any] = {"type": "string", "title": "by name", "enum": self._kinds}
        words = {"type": "string", "title": "in words"}
        return {"anyOf": [handler(schema), words if self.words else name]}

    @property
    def _kinds(self) -> list[str]:
        return [kind_of(choice) for choice in self.choices]

    def _object(self, given: Any, protocol: Any, parse: Callable[[Any], Any]) -> Any:
        """What Python passes: an object, a class of such objects, or what a document may hold."""
        one = given() if isinstance(given, type) else given
        if self.adapt is not None and not isinstance(one, str | Mapping):
            one = self.adapt(one)
        if isinstance(one, protocol):
            return one
        if isinstance(one, str | Mapping):
            return parse(one)
        raise _no_such_kind(
            f"{type(one).__name__} will not do: name a kind, such as {self._kinds[0]!r}, or pass "
            f"an object with {listed(_members(protocol))}"
        )

    def _read(self, given: Any, protocol: Any, parse: Callable[[Any], Any]) -> Any:
        if isinstance(given, Component) and isinstance(given, protocol):
            return given  # a study has put it in the place of a word of its document
        if isinstance(given, str):
            return self._by_name(given, protocol, parse)
        if not isinstance(given, Mapping):
            raise _no_such_kind(f"must be a kind, such as {self._kinds[0]!r}")
        if not isinstance(given.get("kind"), str):
            raise _no_such_kind(f"must say its kind, such as {{kind: {self._kinds[0]}}}")
        if (own := self._registered(given, protocol)) is not None:
            return own
        return parse({**given, "kind": self._kind(given["kind"])})

    def _by_name(self, word: str, protocol: Any, parse: Callable[[Any], Any]) -> Any:
        if (own := self._registered({"kind": word}, protocol)) is not None:
            return own
        try:
            return parse({"kind": self._kind(word)})
        except PydanticCustomError:
            if self.words is None:
                raise
        try:
            return self.words(word)
        except InputError as error:
            raise ValueError(str(error)) from None

    def _dumped(self, one: Any, dump: Callable[[Any], Any], info: SerializationInfo) -> Any:
        """As a document; somebody's own component by its own settings."""
        if isinstance(one, Component) and type(one) not in self.choices:
            return one.model_dump(mode=info.mode)
        return dump(one)

    def _registered(self, given: Mapping[str, Any], protocol: Any) -> Any:
        """What somebody registered under the kind of a document, if it fits; None if it is ours."""
        word = given["kind"]
        if plain(word) in map(plain, self._kinds) or (own := registered(word)) is None:
            return None
        kind, thing = own
        settings = {name: value for name, value in given.items() if name != "kind"}
        if isinstance(thing, type) and issubclass(thing, Component):
            made: object = thing.model_validate({**settings, "kind": kind})
            made = self.adapt(made) if self.adapt is not None else made
        else:
            made = self.adapt(thing) if self.adapt is not None else thing
            if isinstance(made, Component):
                made = made.model_copy(update={"kind": kind, **settings})
        if isinstance(made, protocol):
            return made
        raise _no_such_kind(
            f"{kind} is registered, and cannot stand here: it needs {listed(_members(protocol))}"
        )

    def _kind(self, word: str) -> str:
        try:
            return kind_of(kind_named(word, self.choices))
        except InputError as error:
            raise _no_such_kind(str(error)) from None


def _members(protocol: type[Any]) -> list[str]:
    """What an object of the protocol has."""
    names = {name for cls in protocol.__mro__ for name in (*vars(cls), *_annotated(cls))}
    return sorted(name for name in names if name == "__call__" or not name.startswith("_"))


def _annotated(cls: type[Any]) -> list[str]:
    return list(vars(cls).get("__annotations__", ()))


def _no_such_kind(reason: str) -> PydanticCustomError:
    return PydanticCustomError("no_such_kind", "{reason}", {"reason": reason})


def _unnamed(component: Component, within: str = "") -> Iterator[tuple[str, object]]:
    """Parts, and where they stand, that are none of the choices a document has there."""
    for name, field in type(component).model_fields.items():
        choices = {c for one in (*field.metadata, *_marks(field.annotation)) for c in _named(one)}
        for part in _parts(getattr(component, name)):
            if choices and type(part) not in choices and kind_registered(part) is None:
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


def _is_chosen(field: FieldInfo, value: object) -> bool:
    """Whether a field is a choice, or a tuple of choices, and the value is of what it names."""
    marks, parts = field.metadata, (value,)
    if get_origin(field.annotation) is tuple and isinstance(value, tuple) and not marks:
        one, *rest = get_args(field.annotation)
        marks, parts = list(getattr(one, "__metadata__", ())) if rest == [...] else [], value
    if len(marks) != 1 or not (choices := _named(marks[0])):
        return False
    return all(type(part) in choices for part in parts)


def _own_code(component: Component) -> Iterator[str]:
    """The code of a component and of its parts, at any depth, where they are somebody's own."""
    if is_own(component):
        yield code_of(component)
    for name in type(component).model_fields:
        for part in _parts(getattr(component, name)):
            if isinstance(part, Component):
                yield from _own_code(part)
            elif is_own(part):
                yield code_of(part)
                if hasattr(part, "get_params"):
                    yield repr(sorted(part.get_params().items()))


_PLAIN = (str, int, float, date)


def _parts(value: object) -> Iterator[object]:
    """A value or what it holds, leaving out plain ones, which a document can always write."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        yield from (p for one in value if not isinstance(one, _PLAIN) for p in _parts(one))
    elif value is not None and not isinstance(value, _PLAIN):
        yield value
