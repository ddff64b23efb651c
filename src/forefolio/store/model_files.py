"""Fitted models as bytes and back.

1. A model of this package is a value (`store/values.py`): JSON and arrays, which run no code.
2. One that holds objects of another library, such as a regressor of scikit-learn, is written by
   joblib, which runs code when it is read: so it is signed by this home (`store/sealed.py`), and
   its header names the versions of all libraries whose objects it holds.
3. What is not signed, or was written with other versions, is refused before joblib sees it.
"""

import io
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, TypeAlias

from forefolio.core.errors import StoreError
from forefolio.core.lazy import lazy
from forefolio.core.wording import listed
from forefolio.store.sealed import is_sealed, seal, unseal
from forefolio.store.values import pack, unpack

joblib: Any = lazy("joblib")

ModelFormat: TypeAlias = Literal["value", "joblib"]

_ALWAYS = ("numpy", "joblib")  # their format is that of the file, whatever the model holds


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A fitted model as bytes, the form they have, and the versions that they need."""

    raw: bytes
    form: ModelFormat
    libraries: Mapping[str, str]


def model_file(model: Any, home: Path, code: str = "") -> ModelFile:
    """A model as bytes: a value if it is one, else by joblib, signed.

    Args:
        model: the fitted model.
        home: whose key signs it.
        code: a digest of the code that fitted it.

    Raises:
        TypeError: joblib cannot write it either, such as a model that holds a lambda.
        StoreError: the key of the home cannot be used.
    """
    try:
        return ModelFile(raw=pack(model), form="value", libraries=_versions({"forefolio"}))
    except TypeError:
        body, roots = _pickled(model)
    libraries = _versions(roots)
    header = {"form": "joblib", "code": code, "libraries": libraries, "python": _python()}
    return ModelFile(raw=seal(header, body, home), form="joblib", libraries=libraries)


def read_model(raw: bytes, home: Path) -> Any:
    """The model that `model_file` wrote down.

    Raises:
        StoreError: it is not signed by this home, needs other versions, or cannot be read.
    """
    if not is_sealed(raw):
        return unpack(raw)
    sealed = unseal(raw, home)
    written = {**sealed.header["libraries"], "Python": sealed.header["python"]}
    installed = {
        **{name: _version(name) for name in sealed.header["libraries"]},
        "Python": _python(),
    }
    if other := [name for name, version in written.items() if installed[name] != version]:
        told = [
            f"{name} {written[name]} ({installed[name] or 'none'} is installed)" for name in other
        ]
        raise StoreError(f"it was fitted with {listed(told)}; train it again")
    try:
        return joblib.load(io.BytesIO(sealed.body))
    except Exception as problem:
        raise StoreError(
            f"it cannot be read any more: {type(problem).__name__}; train it again"
        ) from problem


class _Modules(pickle.Pickler):
    """Writes a pickle, and notes the packages of everything in it."""

    def __init__(self, out: io.BytesIO) -> None:
        super().__init__(out, protocol=pickle.HIGHEST_PROTOCOL)
        self.roots: set[str] = set()

    def persistent_id(self, held: Any) -> None:
        """Note where an object's class, or a function, comes from."""
        for named in (held, type(held)):
            module = getattr(named, "__module__", None)
            if isinstance(module, str):
                self.roots.add(module.partition(".")[0])


def _pickled(model: Any) -> tuple[bytes, set[str]]:
    """The model by joblib, and the packages whose objects it holds.

    Raises:
        TypeError: it cannot be written.
    """
    look, out = _Modules(io.BytesIO()), io.BytesIO()
    try:
        look.dump(model)
        joblib.dump(model, out, compress=("zlib", 3))
    except (pickle.PicklingError, AttributeError) as problem:
        raise TypeError(f"the model cannot be written down: {problem}") from None
    return out.getvalue(), look.roots


def _versions(roots: set[str]) -> dict[str, str]:
    """The versions of the distributions that these packages are of."""
    names = {name for root in roots for name in _distributions().get(root, ())}
    if roots - {"forefolio"}:
        names |= {*_ALWAYS}
    return {name: _version(name) for name in sorted(names)}


@cache
def _distributions() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def _version(name: str) -> str:
    """The version that is installed; nothing if there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _python() -> str:
    return ".".join(map(str, sys.version_info[:2]))
