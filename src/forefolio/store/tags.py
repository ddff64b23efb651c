"""The names under which classes of this package are stored: their own, wherever they live.

1. A class's tag is its name, or what its `stored_as` says: the name under which it was stored
   before it was renamed, or another where two classes shared a name. It goes with the class when
   the class is moved to another module.
2. Where a tag lives is read off the package's sources, once, when the first stored object is read.
3. The previous form of a tag, "module:class", is understood: by the module where the class is still
   there, else by the class's name.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from forefolio.core.component import Component

PACKAGE = __name__.partition(".")[0]

_FACES = {"cli", "api", "web", "views"}  # their classes are never stored
_RENAMED: Mapping[str, tuple[str, ...]] = {
    "Comparison": ("StrategyComparison",),
    "Contributions": ("RiskContributions",),
    "Remark": ("BacktestRemark",),
    "Volatility": ("VolatilityMeasure",),
}
"""Tags of classes that had another name when the previous form was written, by that name."""

_CLASS = re.compile(
    rb'^class (?P<name>\w+)|^    stored_as: ClassVar\[str\] = "(?P<tag>[^"]+)"', re.MULTILINE
)


def tag_of(cls: type[Any]) -> str:
    """The tag of a class.

    Raises:
        TypeError: it is no dataclass or component of this package.
    """
    if not is_ours(cls):
        name = f"{cls.__module__}:{cls.__qualname__}"
        raise TypeError(f"{name} cannot be packed: not a dataclass or component of {PACKAGE}")
    return str(vars(cls).get("stored_as", cls.__qualname__))


def class_of(tag: str) -> Any:
    """The class of a tag.

    Raises:
        ValueError: this version of the package has none, or several.
    """
    module, _, name = tag.rpartition(":")
    if module.partition(".")[0] not in ("", PACKAGE):
        raise ValueError(f"{tag} is not a class of {PACKAGE}")
    for home, own in _ranked(name, module):
        if is_ours(cls := getattr(import_module(home), own, None)):
            return cls
    raise ValueError(f"{PACKAGE} has no class {tag} that can be stored")


def is_ours(cls: Any) -> bool:
    """Whether it is a dataclass or a component that this package defines."""
    return (
        isinstance(cls, type)
        and cls.__module__.partition(".")[0] == PACKAGE
        and (is_dataclass(cls) or issubclass(cls, Component))
    )


def _ranked(name: str, module: str) -> list[tuple[str, str]]:
    """Where the class of a tag may be, the likeliest first: module and name of the class."""
    tagged, called = _homes()
    if not module:
        return tagged.get(name, [])
    before = module.split(".")
    since = [home for tag in (name, *_RENAMED.get(name, ())) for home in tagged.get(tag, [])]
    homes = dict.fromkeys((*called.get(name, []), *since))
    return sorted(homes, key=lambda home: -_shared(home[0].split("."), before))


def _shared(one: list[str], other: list[str]) -> int:
    """How many rooms two modules have in common; all of them, if they are the same module."""
    return len(set(one) & set(other)) + (one == other) * 100


@cache
def _homes() -> tuple[Mapping[str, list[tuple[str, str]]], Mapping[str, list[tuple[str, str]]]]:
    """Module and class by tag, and by the name of the class, as the sources have them."""
    tagged: dict[str, list[tuple[str, str]]] = defaultdict(list)
    called: dict[str, list[tuple[str, str]]] = defaultdict(list)
    root = Path(__file__).parents[1]
    sources = (path for path in root.rglob("*.py") if path.relative_to(root).parts[0] not in _FACES)
    for source in sorted(sources):
        module = ".".join([PACKAGE, *source.relative_to(root).with_suffix("").parts])
        module = module.removesuffix(".__init__")
        for name, tag in _classes(source.read_bytes()):
            tagged[tag].append((module, name))
            called[name].append((module, name))
    return tagged, called


def _classes(source: bytes) -> list[tuple[str, str]]:
    """Name and tag of each class in a source."""
    pairs: list[tuple[str, str]] = []
    for match in _CLASS.finditer(source):
        if match["name"]:
            pairs.append((match["name"].decode(),) * 2)
        elif pairs:
            pairs[-1] = (pairs[-1][0], match["tag"].decode())
    return pairs
