"""Heavy libraries, imported when they are first used.

`cvxpy = lazy("cvxpy")` at the top of a module keeps the import where a reader looks for it, and
its second of start-up away from whoever only asks for `--help`.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Lazy(ModuleType):
    _library: ModuleType | None = None  # once it is imported, to its end

    def __getattr__(self, name: str) -> Any:
        library = self._library
        if library is None or library is not sys.modules.get(self.__name__):
            library = self._library = import_module(self.__name__)
        return getattr(library, name)


def lazy(module: str) -> Any:
    """Return a stand-in for `module` that imports it at the first use of an attribute."""
    return _Lazy(module)


def is_a(value: object, module: str, *classes: str) -> bool:
    """Whether `value` is of one of the `classes` of a library, without importing the library.

    Nobody has a value of a library that nobody imported.
    """
    library = sys.modules.get(module)
    return library is not None and isinstance(value, tuple(getattr(library, c) for c in classes))
