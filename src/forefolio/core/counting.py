"""How often something happened in this process, for whoever measures."""

from collections import Counter
from threading import Lock

_counts: Counter[tuple[str, str]] = Counter()
_lock = Lock()


def count(what: str, about: str = "", times: float = 1) -> None:
    """Something happened, such as a retry of the store, or a call of a provider."""
    with _lock:
        _counts[what, about] += times  # type: ignore[assignment]


def counted(what: str) -> dict[str, float]:
    """How often it happened, by what it was about."""
    with _lock:
        return {about: times for (name, about), times in _counts.items() if name == what}
