"""Remarks of a result as sentences: the gravest in short, all of them as evidence."""

from collections.abc import Iterable, Sequence

from forefolio.core.wording import counted, listed
from forefolio.studies.result import Reason, Remark
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
    numbers = dict.fromkeys(_TITLES, 0)
    for one in remarks:
        numbers[one.reason] += not one.detail
    words = {
        "repaired": "repair",
        "fell_back": "fallback",
        "left_out": "omission",
        "caveat": "caveat",
        "noted": "note",
    }
    parts = [counted(count, words[reason]) for reason, count in numbers.items() if count]
    return (f"Beside this: {listed(parts)} (--verbose).",) if parts else ()


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
