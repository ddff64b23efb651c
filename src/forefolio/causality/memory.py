"""Fresh copies of a component: its state before any call.

1. State inside the object: a deep copy is taken before each call.
2. State outside it is cleared: caches of `functools`, and the containers and names of its modules,
   classes, closures and defaults that a call fills again. One that a call does not fill again is
   a constant table, not a cache, and is left as it is.
3. Afterwards everything is restored.
"""

import dis
from collections.abc import Callable, Iterator, MutableMapping, MutableSequence, MutableSet
from copy import copy, deepcopy
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

MISSING = object()
MOST_NODES = 3000  # functions and classes that are searched


class ComponentMemory:
    """The places where a component may keep state between calls, so that they can be cleared."""

    def __init__(self, component: Any) -> None:
        self._component = component
        self._places = list(_places(component))
        self._original = [place.content() for place in self._places]
        self._wanted = list(self._original)
        self._own: dict[str, Any] = {}  # attributes that calls set, and their initial values

    def find_caches(self, evaluate: Callable[[Any], Any]) -> None:
        """Find the places that a call fills again: these are cleared for every copy."""
        for number, place in enumerate(self._places):
            for empty in place.empty_values:
                if self._filled_again(fresh(self._component), place, empty, evaluate):
                    self._wanted[number] = empty
                    break
        for name in _attributes(self._component):
            for empty in _Name.empty_values:
                fresh_copy = fresh(self._component)
                if self._filled_again(
                    fresh_copy, _Name(fresh_copy.__dict__, name), empty, evaluate
                ):
                    self._own[name] = empty
                    break

    def _filled_again(
        self, component: Any, place: "_Place", empty: Any, evaluate: Callable[[Any], Any]
    ) -> bool:
        if place.holds(empty):
            return False
        place.set(empty)
        try:
            evaluate(component)
            return not place.holds(empty)
        except Exception:  # noqa: BLE001 - the call needs the content: a table
            return False
        finally:
            self.restore()

    def copy(self) -> Any:
        """A copy of the component as before any call; state outside it is cleared."""
        self._put(self._wanted)
        fresh_copy = fresh(self._component)
        for name, empty in self._own.items():
            _Name(fresh_copy.__dict__, name).set(empty)
        return fresh_copy

    def restore(self) -> None:
        """Restore the original state."""
        self._put(self._original)

    def _put(self, contents: list[Any]) -> None:
        for place, content in zip(self._places, contents, strict=True):
            place.set(content)


def fresh(component: T) -> T:
    """A deep copy, or the object itself where it cannot be copied."""
    try:
        return deepcopy(component)
    except Exception:  # noqa: BLE001 - locks, open files: whatever cannot be copied is shared
        return component


# -- places ----------------------------------------------------------------------------------------


class _Container:
    """A dict, a list or a set that outlives a call."""

    empty_values: tuple[Any, ...] = ((),)

    def __init__(self, of: Any) -> None:
        self._of = of

    def content(self) -> Any:
        return copy(self._of)

    def holds(self, empty: Any) -> bool:
        return len(self._of) == len(empty)

    def set(self, content: Any) -> None:
        self._of.clear()
        if isinstance(self._of, MutableSequence):
            self._of.extend(content)
        else:
            self._of.update(content)


class _Cache:
    """A cache of `functools`, which can only be emptied."""

    empty_values: tuple[Any, ...] = ()

    def __init__(self, of: Any) -> None:
        self._of = of

    def content(self) -> Any:
        return None

    def holds(self, empty: Any) -> bool:
        return empty is None

    def set(self, content: Any) -> None:
        assert content is None
        self._of.cache_clear()


class _Cell:
    """A variable that a function binds anew in the function around it."""

    empty_values: tuple[Any, ...] = (None,)

    def __init__(self, of: CellType) -> None:
        self._of = of

    def content(self) -> Any:
        return self._of.cell_contents

    def holds(self, empty: Any) -> bool:
        return self._of.cell_contents is empty

    def set(self, content: Any) -> None:
        self._of.cell_contents = content


class _Name:
    """A name of a module or an object: bound anew, or not there before the first call."""

    empty_values: tuple[Any, ...] = (None, MISSING)

    def __init__(self, of: dict[str, Any], name: str) -> None:
        self._of, self._name = of, name

    def content(self) -> Any:
        return self._of.get(self._name, MISSING)

    def holds(self, empty: Any) -> bool:
        return self.content() is empty

    def set(self, content: Any) -> None:
        if content is MISSING:
            self._of.pop(self._name, None)
        else:
            self._of[self._name] = content


_Place: TypeAlias = _Container | _Cache | _Cell | _Name


def _places(component: Any) -> Iterator[_Place]:
    todo, seen = list(_parts(component)), set[int]()
    roots = {_root(part) for part in todo} - {""}
    while todo and len(seen) < MOST_NODES:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if hasattr(node, "cache_clear"):
            yield _Cache(node)
            todo.append(getattr(node, "__wrapped__", None))
        elif isinstance(node, MutableMapping | MutableSequence | MutableSet):
            if hasattr(node, "clear"):
                yield _Container(node)
        elif isinstance(node, type):
            todo.extend(_of_class(node) if _root(node) in roots else ())
        elif isinstance(node, FunctionType) and _root(node) in roots:
            todo.extend(_of_function(node))
            yield from _bound_anew(node)


def _parts(component: Any, depth: int = 0) -> Iterator[Any]:
    """The functions and classes of an object and of what it holds."""
    if isinstance(component, partial):
        component = component.func
    if isinstance(component, MethodType):
        yield component.__func__
        component = component.__self__
    if isinstance(component, FunctionType) or hasattr(component, "cache_clear"):
        yield component
        return
    yield type(component)
    held = getattr(component, "__dict__", {}) if depth < 4 else {}
    for value in [*held.values(), *(v for h in held.values() if isinstance(h, tuple) for v in h)]:
        if hasattr(value, "__dict__") or isinstance(value, FunctionType):
            yield from _parts(value, depth + 1)


def _root(thing: Any) -> str:
    return str(getattr(thing, "__module__", "") or "").split(".")[0]


def _of_class(owner: type) -> Iterator[Any]:
    for each in owner.__mro__:
        if _root(each) != _root(owner) or each.__module__ == "forefolio.core.component":
            continue
        for name, value in list(vars(each).items()):  # Pydantic may add attributes meanwhile
            plain = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
            if name.startswith(("__", "model_", "_abc")) and not isinstance(plain, FunctionType):
                continue
            yield plain


def _of_function(function: FunctionType) -> Iterator[Any]:
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    if "__wrapped__" not in function.__dict__:
        yield function.__dict__
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not bound yet
            continue
    for name in {name for code in _codes(function.__code__) for name in code.co_names}:
        if name in function.__globals__:
            yield function.__globals__[name]


def _bound_anew(function: FunctionType) -> Iterator[_Place]:
    """Names that the function binds with `global` or `nonlocal`."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    for code in _codes(function.__code__):
        for step in dis.get_instructions(code):
            name = str(step.argval)
            if step.opname == "STORE_GLOBAL":
                yield _Name(function.__globals__, name)
            elif step.opname == "STORE_DEREF" and name in cells:
                yield _Cell(cells[name])


def _attributes(component: Any) -> list[str]:
    """The attributes of an object that are not its settings."""
    if isinstance(component, FunctionType | partial | MethodType):
        return []
    settings = getattr(component, "__dataclass_fields__", None) or getattr(
        type(component), "model_fields", {}
    )
    return [name for name in getattr(component, "__dict__", {}) if name not in settings]


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
