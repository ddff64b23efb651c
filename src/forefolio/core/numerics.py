"""How numerical kernels are compiled, and how many threads they may use."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numba
from numba import types
from threadpoolctl import threadpool_limits

import forefolio

F = TypeVar("F", bound=Callable[..., Any])

Scalar = types.float64
Integer = types.int64
VECTOR = types.Array(types.float64, 1, "C", readonly=True)  # accepts writable arrays too
PANEL = types.Array(types.float64, 2, "C", readonly=True)
CUBE = types.Array(types.float64, 3, "C", readonly=True)
OUT_VECTOR = types.float64[::1]
OUT_PANEL = types.float64[:, ::1]
OUT_CUBE = types.float64[:, :, ::1]


def kernel(signature: tuple[Any, ...]) -> Callable[[F], F]:
    """Compile ahead for one `signature` and keep the machine code beside the source.

    Arguments that are only read are declared `VECTOR` or `PANEL`, so that frozen arrays, mapped
    arrays and ordinary ones share one compilation. Division by zero gives inf or NaN, as numpy.
    """
    compiled: Callable[[F], F] = numba.njit(signature, cache=True, error_model="numpy")  # type: ignore[assignment]
    return compiled


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread: results must not depend on how many cores there are."""
    with threadpool_limits(1):
        yield


def compile_kernels() -> None:
    """Import every module of the package, which compiles the kernels that are not cached yet."""
    for module in pkgutil.walk_packages(forefolio.__path__, "forefolio."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)


if __name__ == "__main__":
    compile_kernels()
