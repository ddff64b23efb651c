"""A source in a word, as a shell, a file and a call say it: sample, yahoo, stored, or a path."""

from collections.abc import Mapping
from typing import Any

from forefolio.market.online.offers import OFFERS

WORDS = ("sample", "synthetic", "stored", "online")


def source_in_words(text: str) -> Mapping[str, Any]:
    """The document of a source: one of the words, a provider or several in turn, or a path."""
    word = text.strip()
    if word in WORDS:
        return {"kind": word}
    names = [name.strip() for name in word.split(",")]
    if all(name in OFFERS for name in names):
        return {"kind": "online", "providers": names}
    return {"kind": "files", "path": word}


def is_path(text: str) -> bool:
    """Whether a word for a source is the path of files."""
    return bool(source_in_words(text)["kind"] == "files")
