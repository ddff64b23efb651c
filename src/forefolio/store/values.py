"""Values as bytes and back, exactly and without pickle.

1. A value becomes a JSON document; each array in it becomes a number, and everything JSON has no
   word for (a tuple, a date, a dataclass, a component) an object with a single `~tag`.
2. The bytes are a mark, the document's length, the document, then the arrays as consecutive npy.
3. An object is written under the tag of its class (`store/tags.py`), and only dataclasses and
   components of this package are rebuilt; arrays come back read-only, with the same bits, dtype
   and memory order. Equal values have equal bytes.
"""

import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path, PurePath
from tokenize import TokenError
from typing import Any, TypeAlias

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from forefolio.core.component import Component
from forefolio.core.errors import StoreError
from forefolio.store.tags import class_of, tag_of

_MARK = b"forefolio-value-1\n"

_Arrays: TypeAlias = list[NDArray[Any]]

_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TokenError,
    TypeError,
    ValueError,
)


def pack(value: Any) -> bytes:
    """Write `value` down.

    It may hold None, bool, int, float, str, bytes, dates, paths, tuples, lists, dicts, frozen sets,
    numpy arrays and scalars, and this package's dataclasses and components of those.

    Raises:
        TypeError: `value` holds something else, such as a function or an array of objects.
    """
    arrays: _Arrays = []
    document = json.dumps(_encode(value, arrays), separators=(",", ":"), allow_nan=False).encode()
    out = io.BytesIO()
    out.write(_MARK + len(document).to_bytes(8, "big") + document)
    for array in arrays:
        npy.write_array(out, array, version=(2, 0), allow_pickle=False)
    return out.getvalue()


def unpack(raw: bytes) -> Any:
    """Read what `pack` wrote.

    Raises:
        StoreError: these are not the bytes of a value, or of a class this version does not have.
    """
    try:
        source = io.BytesIO(raw)
        if source.read(len(_MARK)) != _MARK:
            raise ValueError("the mark of a value is missing")
        document = json.loads(source.read(int.from_bytes(source.read(8), "big")))
        arrays: _Arrays = []
        while source.tell() < len(raw):
            array = npy.read_array(source, allow_pickle=False)
            array.setflags(write=False)
            arrays.append(array)
        return _decode(document, arrays)
    except _UNREADABLE as problem:
        raise StoreError(f"these bytes are not a value that can be read: {problem}") from problem


def unpacked(raw: bytes | None) -> tuple[Any, ...]:
    """What `pack` wrote, alone in a tuple; empty where nothing is there, or it cannot be read.

    What an older version wrote may be of classes that are gone: then it is computed again.
    """
    try:
        return () if raw is None else (unpack(raw),)
    except StoreError:
        return ()


def _encode(value: Any, arrays: _Arrays) -> Any:
    match value:
        case np.ndarray():
            return {"~array": _keep(value, arrays)}
        case np.generic():
            return {"~scalar": _keep(np.asarray(value), arrays)}
        case bytes():
            return {"~bytes": _keep(np.frombuffer(value, dtype=np.uint8), arrays)}
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"~float": str(value)}
        case datetime():
            return {"~datetime": value.isoformat()}
        case date():
            return {"~date": value.isoformat()}
        case PurePath():
            return {"~path": str(value)}
        case list():
            return [_encode(item, arrays) for item in value]
        case tuple():
            return {"~tuple": [_encode(item, arrays) for item in value]}
        case frozenset():
            return {"~frozenset": [_encode(item, arrays) for item in sorted(value)]}
        case Mapping():
            return {"~dict": [[_encode(k, arrays), _encode(v, arrays)] for k, v in value.items()]}
        case _:
            return _encode_object(value, arrays)


def _keep(array: NDArray[Any], arrays: _Arrays) -> int:
    if array.dtype.hasobject:
        raise TypeError(f"an array of {array.dtype} cannot be packed: its items are Python objects")
    arrays.append(array)
    return len(arrays) - 1


def _encode_object(value: Any, arrays: _Arrays) -> Any:
    tag = tag_of(type(value))
    return {"~value": [tag, {n: _encode(getattr(value, n), arrays) for n in _field_names(value)}]}


def _field_names(value: Any) -> list[str]:
    if isinstance(value, Component):
        return list(type(value).model_fields)
    return [f.name for f in fields(value) if f.init]


def _decode(node: Any, arrays: _Arrays) -> Any:
    if isinstance(node, list):
        return [_decode(item, arrays) for item in node]
    if not isinstance(node, dict):
        return node
    ((tag, body),) = node.items()
    return _READERS[tag](body, arrays)


def _decode_object(body: Any, arrays: _Arrays) -> Any:
    tag, held = body
    return class_of(tag)(**{n: _decode(item, arrays) for n, item in held.items()})


_READERS: Mapping[str, Callable[[Any, _Arrays], Any]] = {
    "~array": lambda at, arrays: arrays[at],
    "~scalar": lambda at, arrays: arrays[at][()],
    "~bytes": lambda at, arrays: arrays[at].tobytes(),
    "~float": lambda text, _: float(text),
    "~datetime": lambda text, _: datetime.fromisoformat(text),
    "~date": lambda text, _: date.fromisoformat(text),
    "~path": lambda text, _: Path(text),
    "~tuple": lambda items, arrays: tuple(_decode(item, arrays) for item in items),
    "~frozenset": lambda items, arrays: frozenset(_decode(item, arrays) for item in items),
    "~dict": lambda items, arrays: {_decode(k, arrays): _decode(v, arrays) for k, v in items},
    "~value": _decode_object,
}
