"""The code of what somebody brings along: a class or a function from outside this package.

What is computed from it is remembered under its name; were its code no part of the name, a changed
function would be answered with what the old one said.
"""

import hashlib
import sys
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

PACKAGE = __name__.partition(".")[0]


def is_own(thing: object) -> bool:
    """Whether a value, a class or a function is somebody's own: not of this package."""
    return _module(thing).partition(".")[0] not in (PACKAGE, "builtins", "pathlib", "datetime")


def code_of(thing: object) -> str:
    """Name the code of a value, a class or a function: its module's, or where that has no file
    its own."""
    file = getattr(sys.modules.get(_module(thing)), "__file__", None)
    digest = hashlib.sha256()
    if file and Path(file).suffix == ".py" and Path(file).exists():
        digest.update(Path(file).read_bytes())
    cls = thing if isinstance(thing, type | FunctionType) else type(thing)
    for name, code in _codes(cls):
        digest.update(name.encode())
        _add(code, digest)
    for cell in getattr(thing, "__closure__", None) or ():
        digest.update(repr(cell.cell_contents).encode())
    return digest.hexdigest()[:32]


def _module(thing: object) -> str:
    named = thing if isinstance(thing, type | FunctionType) else type(thing)
    return str(getattr(named, "__module__", ""))


def _codes(thing: type | FunctionType) -> list[tuple[str, CodeType]]:
    if isinstance(thing, FunctionType):
        return [(thing.__qualname__, thing.__code__)]
    own = sorted((n, m) for n, m in vars(thing).items() if isinstance(m, FunctionType))
    return [(name, member.__code__) for name, member in own]


def _add(code: CodeType, digest: Any) -> None:
    digest.update(code.co_code)
    digest.update(repr(code.co_names).encode())
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _add(constant, digest)
        elif isinstance(constant, frozenset):
            digest.update(repr(sorted(map(repr, constant))).encode())
        else:
            digest.update(repr(constant).encode())
