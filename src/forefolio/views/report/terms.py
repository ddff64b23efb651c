"""Words of the field in the report: each leads to its entry in the page's own glossary."""

from forefolio.views.glossary import GLOSSARY
from forefolio.views.report.markup import Markup, tag


def term(word: str, shown: str = "") -> Markup:
    """A word that says what it means: as a tip, and as a link to its entry."""
    return tag("a", shown or word, href=f"#{_name(word)}", title=GLOSSARY[word].meaning,
               class_="term")  # fmt: skip


def glossary() -> Markup:
    """Every word, folded."""
    entries = [
        tag(
            "div",
            tag("dt", word),
            tag("dd", f"{one.meaning}{f' Written: {one.written}.' if one.written else ''}"),
            id=_name(word),
        )
        for word, one in GLOSSARY.items()
    ]
    return tag("details", tag("summary", f"{len(entries)} words of the field, in plain words"),
               tag("dl", *entries, class_="meanings"))  # fmt: skip


def _name(word: str) -> str:
    return f"word-{word.lower().replace(' ', '-')}"
