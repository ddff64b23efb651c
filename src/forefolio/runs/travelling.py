"""Tasks as bytes for another process, or one line that says what it could not import there."""

import io
import pickle
import sys
import threading
from types import FunctionType
from typing import Any

from forefolio.core.errors import InputError

script_hidden = threading.Lock()
"""Held while a process starts: until it has, the caller's program has no file to be told by."""


def packed(call: Any) -> bytes:
    """A call by pickle.

    Raises:
        InputError: it holds a class or a function that a fresh process cannot import: one that was
            defined in a notebook or at a prompt, within a function, or without a name.
    """
    into = io.BytesIO()
    _Packing(into, protocol=5).dump(call)
    return into.getvalue()


class _Packing(pickle.Pickler):
    """Refuses what pickle would only name, where that name means nothing elsewhere."""

    def reducer_override(self, thing: Any) -> Any:
        """Let pickle do what it does, but for classes and functions nobody else can import."""
        if isinstance(thing, type | FunctionType) and (reason := _unreachable(thing)):
            name = thing.__qualname__.rpartition(".")[2]
            raise InputError(
                f"{name} is defined {reason}, which worker processes cannot import; define it at "
                "the top of a module and import it, or set FOREFOLIO_EXECUTOR=inline: "
                "(settings=forefolio.Settings(executor='inline:'))"
            )
        return NotImplemented


def _unreachable(thing: type | FunctionType) -> str:
    """Where a class or function is, if a fresh process cannot import it from there."""
    if "<" in thing.__qualname__:
        return "without a name or within a function"
    if thing.__module__ != "__main__":
        return ""
    with script_hidden:
        main = sys.modules.get("__main__")
        is_program = getattr(main, "__file__", None) or getattr(main, "__spec__", None)
    return "" if is_program else "in a notebook or at a prompt"
