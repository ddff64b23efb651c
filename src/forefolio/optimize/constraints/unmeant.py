"""What limits come to together that their writer may not have meant, in words for a note."""

from collections.abc import Iterator, Sequence

from forefolio.optimize.constraints.limits import Leverage
from forefolio.optimize.constraints.linear import Bounds, Budget, Constraint, Group, LongOnly
from forefolio.optimize.constraints.positions import LongPositions, ShortPositions
from forefolio.optimize.constraints.soft import firm
from forefolio.optimize.text import share


def unmeant(constraints: Sequence[Constraint]) -> Iterator[str]:
    """Notes on limits that allow short positions without saying so, or that limit nothing.

    >>> list(unmeant((Budget(), Leverage(gross=1.3))))
    ['gross <= 130%: this allows short positions; where none are meant, say w >= 0 beside it']
    >>> list(unmeant((Budget(), LongOnly(), Bounds(upper=5))))
    ['w <= 500%: this limits nothing, for no more than 100% is invested']
    """
    limits = [firm(one) for one in constraints]
    invested = min((one.upper for one in limits if isinstance(one, Budget)), default=float("inf"))
    if any(map(_is_long_only, limits)):
        yield from _idle(limits, invested)
    elif not any(map(_says_what_is_short, limits)):
        for one in limits:
            if isinstance(one, Leverage | LongPositions) and _amount(one) > invested:
                yield (
                    f"{one}: this allows short positions; where none are meant, say w >= 0 beside "
                    "it"
                )


def _idle(limits: Sequence[Constraint], invested: float) -> Iterator[str]:
    """Limits that nothing reaches, where nothing is sold short."""
    for one in limits:
        if isinstance(one, Bounds):
            levels = [one.upper, *(upper for _, _, upper in one.overrides)]
        elif isinstance(one, Group):
            levels = [one.upper]
        elif isinstance(one, Leverage | LongPositions):
            levels = [_amount(one)]
        else:
            continue
        if any(level is not None and level > max(invested, 1.0) for level in levels):
            yield f"{one}: this limits nothing, for no more than {share(invested)} is invested"


def _amount(limit: Leverage | LongPositions) -> float:
    return limit.gross if isinstance(limit, Leverage) else limit.at_most


def _is_long_only(limit: Constraint) -> bool:
    if not isinstance(limit, Bounds):
        return isinstance(limit, LongOnly)
    return all(low is not None and low >= 0 for low in _lowest(limit))


def _says_what_is_short(limit: Constraint) -> bool:
    """Whether it says how far below zero weights may be, or that they are free."""
    if not isinstance(limit, Bounds):
        return isinstance(limit, ShortPositions)
    free = (limit.lower, limit.upper) == (None, None) and not limit.overrides
    return free or any(low is not None and low < 0 for low in _lowest(limit))


def _lowest(bounds: Bounds) -> tuple[float | None, ...]:
    return (bounds.lower, *(low for _, low, _ in bounds.overrides))
