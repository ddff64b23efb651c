"""Goals beside what was measured: one table, in which what is missed is said to be missed."""

from collections.abc import Sequence
from dataclasses import dataclass

from _report import table

HEAD = ("goal", "wanted", "measured", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A number to reach, and the one that was measured; `lowest` and `highest` are both allowed."""

    what: str
    measured: float | None
    lowest: float | None = None
    highest: float | None = None
    t: float | None = None  # of what was measured
    least_t: float = 0.0  # in size, to believe it
    digits: int = 3

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None where nothing was measured."""
        if self.measured is None:
            return None
        low = self.lowest is None or self.measured >= self.lowest
        high = self.highest is None or self.measured <= self.highest
        return low and high and (self.t is None or abs(self.t) >= self.least_t)

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of the table."""
        shown = "" if self.measured is None else f"{self.measured:.{self.digits}f}"
        t = "" if self.t is None else f" (t {self.t:+.1f})"
        met = {True: "met", False: "MISSED", None: "not measured"}[self.met]
        return self.what, self._wanted(), shown + t, met

    def _wanted(self) -> str:
        low = None if self.lowest is None else f"{self.lowest:.{self.digits}f}"
        high = None if self.highest is None else f"{self.highest:.{self.digits}f}"
        bounds = f"{low} to {high}" if low and high else f">= {low}" if low else f"<= {high}"
        return bounds + (f", t of {self.least_t:g}" if self.least_t else "")


def print_goals(goals: Sequence[Goal]) -> None:
    """Print the table, and how many are reached."""
    reached = sum(goal.met is True for goal in goals)
    print(f"\n{reached} of {len(goals)} goals reached\n")
    table(HEAD, [goal.cells for goal in goals])
