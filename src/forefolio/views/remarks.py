"""Remarks of a result as sentences: the gravest in short, all of them as evidence."""

from collections.abc import Iterable, Sequence

from forefolio.studies.base import Reason, Remark
from forefolio.views.page import Lines, sentences

_TITLES: dict[Reason, str] = {
    "repaired": "Repaired in the data, or left out of them",
    "fell_back": "Fell back, and why",
    "left_out": "Left out, and why",
    "caveat": "What flatters these numbers",
    "noted": "To note",
}


def in_short(remarks: Sequence[Remark]) -> tuple[str, ...]:
    """One line that says how much there is to know beside the answer, if there is anything."""
    counted = {reason: 0 for reason in _TITLES}
    for one in remarks:
        counted[one.reason] += not one.detail
    words = {
        "repaired": "repairs of the data",
        "fell_back": "fallbacks",
        "left_out": "left out",
        "caveat": "caveats",
        "noted": "notes",
    }
    parts = [f"{count} {words[reason]}" for reason, count in counted.items() if count]
    return (f"Beside this: {', '.join(parts)}; --verbose lists them.",) if parts else ()


def in_full(remarks: Sequence[Remark]) -> tuple[Lines, ...]:
    """Every remark, by reason; details last."""
    blocks: list[Lines] = []
    for reason, title in _TITLES.items():
        blocks += sentences(
            title, _lines(r for r in remarks if r.reason == reason and not r.detail)
        )
    return (
        *blocks,
        *sentences("Everything about the data", _lines(r for r in remarks if r.detail)),
    )


def _lines(remarks: Iterable[Remark]) -> Iterable[str]:
    for one in remarks:
        times = f" ({one.times} times)" if one.times > 1 else ""
        yield f"{one.about}: {one.message}{times}" if one.about else f"{one.message}{times}"
