"""Heavy libraries, imported when they are first used.

`cvxpy = lazy("cvxpy")` at the top of a module keeps the import where a reader looks for it, and
its second of start-up away from whoever only asks for `--help`.
"""

from importlib import import_module
from types import ModuleType
from typing import Any


class _Lazy(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


def lazy(module: str) -> Any:
    """Return a stand-in for `module` that imports it at the first use of an attribute."""
    return _Lazy(module)
