"""Kinds by their names: how a person writes one, what it is called, and which was meant.

A kind is a class of components with a `kind`, such as `maximum_sharpe`. It is understood however
it is written, "Maximum Sharpe" or "maximum-sharpe": only its letters and digits count.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import PydanticUndefined

from forefolio.core.errors import InputError
from forefolio.core.wording import listed, meant

T = TypeVar("T")

SPELLING: Mapping[str, str] = json.loads(
    Path(__file__).with_name("spelling.json").read_text(encoding="utf-8")
)
"""Words of kinds that have capitals or a hyphen of their own; the page reads the same file."""
_BETWEEN = re.compile(r"(?<=[a-z])(?=[A-Z])")
_JOINED = re.compile(r"\b\w*[a-z][A-Z]\w*\b")
_SPELT = re.compile(rf"\b({'|'.join(sorted(SPELLING, key=len, reverse=True))})\b", re.IGNORECASE)


def kind_of(component: Any) -> str:
    """The `kind` of a class of components, or of one of them; its class's name, if it has none."""
    cls = component if isinstance(component, type) else type(component)
    field = getattr(cls, "model_fields", {}).get("kind")
    if field is None or field.default is PydanticUndefined:
        return cls.__name__
    return str(field.default)


def in_words(kind: str) -> str:
    """A kind within a sentence, as its field writes it.

    >>> in_words("robust_cvar"), in_words("maximum_sharpe"), in_words("black_litterman")
    ('robust CVaR', 'maximum Sharpe', 'Black-Litterman')
    """
    return spelt(kind.replace("_", " "))


def spelt(words: str) -> str:
    """Words with the capitals and hyphens that their field gives them."""
    return _SPELT.sub(lambda found: SPELLING[found[0].casefold()], words)


def model_in_words(name: str) -> str:
    """What tables and sentences call a model: the words that its name is joined of.

    A name that is words already stays as it is, and so does a sentence about models.

    >>> model_in_words("BayesianRidge"), model_in_words("XGBoostRanks"), model_in_words("HAR-X")
    ('Bayesian ridge', 'XGBoost ranks', 'HAR-X')
    """
    return _JOINED.sub(lambda found: spelt(_apart(found[0])), name)


def _apart(joined: str) -> str:
    words = _BETWEEN.split(joined)
    return " ".join(word.lower() if word.istitle() else word for word in words)


def title_of(cls: type[Any]) -> str:
    """What a kind is called for people: "Maximum Sharpe", "XGBoost", "Minimum CVaR".

    The words are those of its `kind`, in the capitals of the class's name. A class that is to be
    called otherwise has a `title` in its `model_config`.
    """
    if title := getattr(cls, "model_config", {}).get("title"):
        return str(title)
    kind = kind_of(cls)
    if kind == cls.__name__:
        kind = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind)
    if kind.replace("_", "").casefold() != cls.__name__.casefold():
        return spelt(kind.replace("_", " ").title())
    letters = iter(cls.__name__)
    return spelt("".join(" " if letter == "_" else next(letters) for letter in kind))


def named(
    word: str,
    things: Mapping[str, T],
    what: str = "kind",
    *,
    aliases: Mapping[str, T] | None = None,
) -> T:
    """The thing that is called `word`; `aliases` are other names, which are not listed.

    Raises:
        InputError: there is none; it says which was probably meant, and which there are.
    """
    called = {plain(name): thing for name, thing in {**(aliases or {}), **things}.items()}
    if (thing := called.get(plain(word))) is not None:
        return thing
    raise InputError(no_such(word, list(things), what))


def kind_named(word: str, choices: Sequence[type[T]], what: str = "kind") -> type[T]:
    """The one of these classes whose kind is `word`.

    Raises:
        InputError: there is none; it says which was probably meant, and which there are.

    >>> from forefolio.risk import RISK_MODELS
    >>> kind_named("Ledoit-Wolf", RISK_MODELS)
    <class 'forefolio.risk.covariance.models.LedoitWolf'>
    """
    return named(word, {kind_of(choice): choice for choice in choices}, what)


def no_such(word: str, names: Sequence[str], what: str = "kind") -> str:
    """Say that nothing of these names is called so, which was probably meant, and which there are.

    >>> no_such("clasical", ["classical", "momentum"], "strategy")
    "there is no strategy 'clasical'; did you mean 'classical'? There are classical and momentum"
    """
    near = meant(as_kind(word), names)
    return f"there is no {what} {word!r}{near}{_there_are(names, near)}"


def no_such_setting(name: str, names: Sequence[str]) -> str:
    """Say that no setting has that name, which was probably meant, and which there are."""
    near = meant(name, names)
    return f"there is no such setting{near}{_there_are(names, near)}"


def _there_are(names: Sequence[str], near: str) -> str:
    there = f"there {'is only' if len(names) == 1 else 'are'} {listed(names)}" if names else ""
    return (f" {there[:1].upper()}{there[1:]}" if near else f"; {there}") if there else ""


def as_kind(word: str) -> str:
    """A word or several as kinds are written.

    >>> as_kind("Maximum-Sharpe "), as_kind("past means")
    ('maximum_sharpe', 'past_means')
    """
    return re.sub(r"[\s-]+", "_", word.strip().casefold())


def plain(word: str) -> str:
    """The letters and digits of a word, without case: what two spellings have in common."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())
