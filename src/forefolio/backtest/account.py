"""An account that is brought forward as sessions come in: the backtest, a day at a time.

1. It goes on from the `AccountState` of the last session that was entered, by the rules of the
   `Ledger`: fed the same past, it is the backtest to the bit, in however many steps it is followed.
2. A decision at the newest session is made as well: its orders wait in the state.
3. One thing cannot be known in time: whether what does not trade for `delist_after` sessions will
   trade again. The account cashes it out then; a backtest that sees it trade again keeps it.
"""

from concurrent.futures import Executor
from dataclasses import dataclass, replace

from forefolio.backtest.account_state import AccountDay, AccountState
from forefolio.backtest.engine import decide
from forefolio.backtest.ledger import Ledger
from forefolio.backtest.trading import Trading, scheduled
from forefolio.core.events import Job, Progress, Started
from forefolio.core.market_argument import takes_market
from forefolio.core.units import Array, Dates
from forefolio.market import Market
from forefolio.optimize import Allocation, Universe, check_names
from forefolio.strategy import GoingOn, Policy, RecordState, Resumable, Strategy

STAGE = "account"


@takes_market
def follow_days(
    strategy: Strategy,
    trading: Trading,
    market: Market,
    executor: Executor,
    state: AccountState | None = None,
) -> Job[tuple[AccountDay, ...]]:
    """The sessions of an account since `state`, each with what was traded, held and decided.

    Args:
        strategy: gives target weights at each decision.
        trading: its first decision, costs, cash rate and capital; the same in every call.
        market: T sessions of N assets, up to the newest.
        executor: runs what does not depend on holdings.
        state: the account as it was entered last; None opens it.

    Returns:
        A day for each session after the state, in order; none, if there is no later one.

    >>> from forefolio.core.events import finish
    >>> from forefolio.market import simulated_market
    >>> from forefolio.runs.executors import Inline
    >>> from forefolio.strategy import EqualWeight
    >>> market, trading = simulated_market(seed=1, sessions=600, assets=5), Trading(warmup=590)
    >>> days = finish(follow_days(EqualWeight(), trading, market[:595], Inline()))
    >>> later = finish(follow_days(EqualWeight(), trading, market, Inline(), days[-1].state))
    >>> len(days), len(later), str(later[-1].state.session) == str(market.sessions[-1])
    (6, 5, True)

    Raises:
        NotEnoughHistory: the market has no session after the warm-up.
        DataError: something that is held is no asset of this market any more.
        UnknownWeights: a decision lacks the weight of an asset.
        UnclearName: a limit of the strategy names an asset or sector that the market never has.
    """
    check_names(strategy, Universe.of(market))
    ledger = Ledger.resumed(market, scheduled(strategy, trading), state)
    rows = range(ledger.row + (state is not None), len(market))
    yield Started(stage=STAGE, total=len(rows))
    days: list[AccountDay] = []
    record = None if state is None else state.record
    policy: GoingOn | None = None
    for row in rows:
        ledger.advance(row)
        made = None
        if ledger.is_due:
            if policy is None:
                policy = yield from _going_on(strategy, market, ledger.dates, executor, record)
            snapshot = market[: row + 1]
            made = yield from decide(strategy.name, policy, snapshot, ledger.current)
            ledger.place(made.target)
            record = policy.state(snapshot)
        day = ledger.day(made)
        days.append(replace(day, state=day.state.model_copy(update={"record": record})))
        yield Progress(stage=STAGE, done=len(days), total=len(rows))
    return tuple(days)


@dataclass(frozen=True, slots=True)
class _Plain:
    """The policy of a strategy that has no record of its own."""

    policy: Policy

    def __call__(self, snapshot: Market, current: Array) -> Allocation:
        return self.policy(snapshot, current)

    def state(self, market: Market) -> None:
        """Nothing: each decision stands for itself."""


def _going_on(
    strategy: Strategy,
    market: Market,
    sessions: Dates,
    executor: Executor,
    record: RecordState | None,
) -> Job[GoingOn]:
    """The policy, from the record of an earlier one where there is one."""
    if isinstance(strategy, Resumable):
        return (yield from strategy.resumed(market, sessions, executor, record))
    return _Plain((yield from strategy.prepare(market, sessions, executor)))
