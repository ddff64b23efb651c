"""Texts of data on their way to an agent: short, printable, without a folder of this machine.

A name in somebody's file may be written for the program that reads it. Texts are only ever values
of a JSON document; here they lose what does not print, and what is longer than a sentence.
"""

import re
import unicodedata
from typing import Any

LONGEST = 400  # characters of one text
NAME = 120  # of the name of a field
_FOLDERS = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:)?(?:[/\\][^\s/\\'\"`,;()<>]+)*[/\\](?=[^\s/\\])")
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})  # controls, marks of direction, tags


def clean_text(text: str, most: int = LONGEST) -> str:
    """A text in one line that prints, without the folders of paths, cut where it is long."""
    line = " ".join(text.split())
    visible = "".join(one for one in line if unicodedata.category(one) not in _HIDDEN)
    bare = _FOLDERS.sub("", visible)
    return bare if len(bare) <= most else f"{bare[: most - 3]}..."


def clean(document: Any) -> Any:
    """A JSON document whose texts and names are clean."""
    match document:
        case str():
            return clean_text(document)
        case dict():
            return {clean_text(str(key), NAME): clean(one) for key, one in document.items()}
        case list() | tuple():
            return [clean(one) for one in document]
        case _:
            return document
