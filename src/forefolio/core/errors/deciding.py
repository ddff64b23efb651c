"""Errors of deciding: an optimiser without an answer, a rule that looks ahead or leaves out."""

from collections.abc import Sequence
from typing import Any

from forefolio.core.errors.base import ForefolioError
from forefolio.core.mends import Mend


class OptimizationError(ForefolioError):
    """No portfolio came out of the optimiser."""

    code = "optimization"


class Infeasible(OptimizationError):
    """No portfolio satisfies the constraints together; each of `mends` says what must give.

    They are made together: when every one of them is followed, a portfolio is possible.
    """

    code = "infeasible"

    def __init__(self, mends: Sequence[Mend]) -> None:
        remedy = ", and ".join(mend.sentence for mend in mends)
        super().__init__(f"no portfolio satisfies the constraints together: {remedy}")
        self.mends = tuple(mends)

    @property
    def facts(self) -> dict[str, Any]:
        """The `mends` as documents."""
        return {"mends": [mend.to_dict() for mend in self.mends]}


class SolverFailed(OptimizationError):
    """The solver stopped without an answer."""

    code = "solver_failed"


class UnknownWeights(ForefolioError):
    """A strategy decided, and left out what to hold of some `assets` at `session`."""

    code = "unknown_weights"

    def __init__(self, strategy: str, session: str, assets: Sequence[str]) -> None:
        named = ", ".join(assets[:5]) + (f" and {len(assets) - 5} more" if len(assets) > 5 else "")
        super().__init__(
            f"{strategy} gave no weight for {named} on {session}; a strategy gives every asset a "
            "number, 0 for none, or says that it cannot decide by a ForefolioError"
        )
        self.strategy, self.session, self.assets = strategy, session, tuple(assets)


class LookAhead(ForefolioError):
    """A component used what was not yet known at the time.

    The output of `component` for `about` at `session` changes when sessions after the close of
    `cut` are added or changed: `change` is (output without them, output with them), `share` the
    number of values that change and of all. `message` replaces the message where none changed.
    """

    code = "look_ahead"

    def __init__(
        self,
        component: str,
        *,
        at: tuple[str, str],
        cut: str,
        how: str,
        change: tuple[float, float],
        share: tuple[int, int] = (1, 1),
        message: str = "",
    ) -> None:
        self.session, self.about = at
        message = message or (
            f"its output for {self.about} at {self.session} changes from {change[0]:.6g} to "
            f"{change[1]:.6g} when the sessions after {cut} {how}{_little(change)}; "
            f"{share[0]:,} of {share[1]:,} numbers change"
        )
        super().__init__(f"{component} looks ahead: {message}")
        self.component, self.cut, self.how, self.change = component, cut, how, change


def _little(change: tuple[float, float]) -> str:
    """By how much, where six digits do not show it."""
    before, after = (f"{value:.6g}" for value in change)
    return f" (by {change[1] - change[0]:.2g})" if before == after else ""


class NotTradable(ForefolioError):
    """A label starts at a price that was gone when the decision was made."""

    code = "not_tradable"
