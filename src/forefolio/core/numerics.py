"""How numerical kernels are compiled, and how many threads they may use."""

import compileall
import importlib
import multiprocessing
import pkgutil
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache, update_wrapper
from typing import Any, TypeVar, cast

import forefolio
from forefolio.core.lazy import lazy

kept_code: Any = lazy("forefolio.core.kept_code")  # imports numba
numba: Any = lazy("numba")
threadpoolctl: Any = lazy("threadpoolctl")

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Argument:
    """The type of one argument: a number, or an array in C order that is only read, or written.

    Arrays that are only read may be frozen, mapped or ordinary ones: they share one compilation.
    """

    dtype: str  # a scalar type of numba
    dimensions: int = 0
    written: bool = False

    def declared(self) -> Any:
        """The type as numba declares it."""
        scalar = getattr(numba.types, self.dtype)
        if not self.dimensions:
            return scalar
        return numba.types.Array(scalar, self.dimensions, "C", readonly=not self.written)


Scalar = Argument("float64")
Integer = Argument("int64")
Flag = Argument("boolean")
VECTOR = Argument("float64", 1)
PANEL = Argument("float64", 2)
CUBE = Argument("float64", 3)
INDICES = Argument("int64", 1)
INDEX_PANEL = Argument("int64", 2)
INDEX_CUBE = Argument("int64", 3)
FLAGS = Argument("boolean", 1)
FLAG_PANEL = Argument("boolean", 2)
OUT_VECTOR = Argument("float64", 1, written=True)
OUT_PANEL = Argument("float64", 2, written=True)
OUT_CUBE = Argument("float64", 3, written=True)
OUT_INDICES = Argument("int64", 1, written=True)
OUT_INDEX_PANEL = Argument("int64", 2, written=True)
OUT_FLAGS = Argument("boolean", 1, written=True)

ANY_ORDER = ("contract", "reassoc", "nsz")

_limited = threading.local()  # the pools that this thread keeps to one thread by now


class Kernel:
    """A loop in machine code, which is loaded, with numba itself, when it is first called.

    A program that calls a few of the kernels does not wait for the others.
    """

    def __init__(
        self, function: Callable[..., Any], signature: tuple[Argument, ...], liberties: set[str]
    ) -> None:
        update_wrapper(self, function)
        self._function, self._signature, self._liberties = function, signature, liberties

    @cached_property
    def compiled(self) -> Any:
        """The function as numba compiled it, read from where it was kept."""
        declared = tuple(argument.declared() for argument in self._signature)
        compiler = numba.njit(
            error_model="numpy",
            fastmath=self._liberties or False,
            nogil=True,  # a service answers while one of its threads computes
        )
        made = compiler(self._function)
        made._cache = kept_code.KeptCode(self._function)  # as `cache=True` does with numba's own
        made.compile(declared)
        made.disable_compile()
        return made

    @property
    def _numba_type_(self) -> Any:
        """What numba asks for when another kernel calls this one."""
        return self.compiled._numba_type_

    def __call__(self, *arguments: Any) -> Any:
        """Call the machine code."""
        return self.compiled(*arguments)


def kernel(signature: tuple[Argument, ...], liberties: Collection[str] = ()) -> Callable[[F], F]:
    """Compile for one `signature` and keep the machine code beside the source.

    Division by zero gives inf or NaN, as numpy. `liberties` are what the compiler may do to sums:
    `ANY_ORDER` adds them up several terms at a time, so that their rounding differs.
    """

    def deferred(function: F) -> F:
        return cast(F, Kernel(function, signature, set(liberties)))

    return deferred


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread: results must not depend on how many cores there are.

    Only libraries that are loaded can be limited, so scipy's is loaded first.
    """
    importlib.import_module("scipy.linalg")
    with one_thread_of_loaded():
        yield


@contextmanager
def one_thread_of_loaded() -> Iterator[None]:
    """The same for the libraries that are loaded so far; nothing is loaded for it.

    Asking each library takes as long as a small decision: whoever is called inside asks none again.
    """
    pools, outer = _pools(len(sys.modules)), getattr(_limited, "pools", None)
    if pools is outer:
        yield
        return
    _limited.pools = pools
    try:
        with pools.limit(limits=1):
            yield
    finally:
        _limited.pools = outer


@lru_cache(maxsize=1)
def _pools(modules: int) -> Any:  # noqa: ARG001 - with more modules there may be more libraries
    """The thread pools of all libraries; looking for them takes longer than a small task."""
    return threadpoolctl.ThreadpoolController()


def load_compiler() -> None:
    """Import what every kernel needs, so that the first task of a worker does not wait for it."""
    numba.njit  # noqa: B018 - imported by being asked for


def compile_kernels() -> None:
    """Compile the package and its kernels, or read them where that was done before."""
    for folder in forefolio.__path__:
        compileall.compile_dir(folder, quiet=2)
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as workers:
        for _ in workers.map(compile_kernels_of, _modules()):  # an error of one is raised here
            pass


def compile_kernels_of(name: str) -> None:
    """Compile the kernels of a module, and what they call, or read them."""
    for member in vars(importlib.import_module(name)).values():
        if isinstance(member, Kernel) and member.__module__ == name:
            member.compiled  # noqa: B018 - compiled by being asked for


def _modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(forefolio.__path__, "forefolio."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            yield module.name


if __name__ == "__main__":
    importlib.import_module("forefolio.core.numerics").compile_kernels()  # not __main__'s Kernel
