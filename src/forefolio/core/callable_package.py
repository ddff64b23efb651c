"""Packages that can be called: `forefolio.optimize(prices)` beside `forefolio.optimize.Budget`.

A package and the function a user looks for may share a name; importing the package would hide the
function. So the package is both.
"""

import inspect
import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class CallablePackage(ModuleType):
    """A package that passes calls to a function, which is imported at the first call."""

    _target: tuple[str, str]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function returns."""
        return self._function(*args, **kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function)

    @property
    def _function(self) -> Any:
        module, name = self._target
        return getattr(import_module(module), name)


def make_callable(package: str, module: str, name: str) -> None:
    """Let calls of a package go to the function `name` of `module`."""
    made = sys.modules[package]
    made.__class__ = CallablePackage
    made._target = (module, name)  # type: ignore[attr-defined]
