"""What a paper account expected of itself at each decision, and what came.

Its decisions enter the volatility and the return that they expect of what they hold. A decision is
traded in the session after it, and earns from the one after that; until the next one the account is
expected to move by as much every session.
"""

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from forefolio.core.component import content_digest
from forefolio.core.errors import InputError
from forefolio.core.units import Array, Dates
from forefolio.forecast.scoring.distributions import inside, qlike_difference
from forefolio.market.calendar import periods_per_year
from forefolio.market.returns import ewma_root
from forefolio.store.paper_shelf import PaperShelf
from forefolio.studies.data import Data
from forefolio.studies.forecast_record import ForecastRecord
from forefolio.studies.paper_book import LATE, Book
from forefolio.studies.result import DataFacts
from forefolio.studies.strategy_run import RunOfStrategy
from forefolio.studies.watched import WatchedForecasts, is_example

if TYPE_CHECKING:
    from forefolio.store.papers import Papers

LEVEL = 0.9  # probability of the interval around what is expected
LEARNT = 20  # returns before EWMA is a reference
FEWEST = 2  # closes, of which one return is made


def watched_account(name: str, shelf: PaperShelf) -> WatchedForecasts:
    """A paper account by its entries alone.

    Raises:
        InputError: there is none of that name, it has no return yet, or it has lost everything.
    """

    async def read(papers: "Papers") -> tuple[dict[str, Any], Book]:
        held = await papers.get(name)
        return dict(held.study), Book(entries=tuple(await papers.entries(name)))

    study, book = shelf.kept(read)
    closed = book.closed
    if len(closed) < FEWEST:
        raise InputError(
            f"the paper account {name} has no return yet: it is followed since "
            f"{closed[0].session if closed else 'today'}; bring it forward by `forefolio paper`"
        )
    sessions = np.array([one.session for one in closed], dtype="datetime64[D]")
    worth = np.array([one.money for one in closed], dtype=np.float64)
    if not worth[-1] > 0.0:
        raise InputError(
            f"the paper account {name} had lost everything by {sessions[-1]}: nothing of it is "
            f"left to be watched; `forefolio paper --close {name}` closes it"
        )
    returns = worth[1:] / worth[:-1] - 1.0
    years = periods_per_year(sessions)
    strategy = str(study["strategy"]["kind"]).replace("_", " ")
    first, last = sessions[0].astype(object), sessions[-1].astype(object)
    held = {ticker: (money or 0.0) / worth[-1] for ticker, money in closed[-1].amounts.items()}
    return WatchedForecasts(
        heading={
            "as_of": last,
            "data": DataFacts.without_prices(
                f"paper account {name}", held, content_digest(name, str(len(book.entries)))
            ),
            "about": RunOfStrategy(
                id="",
                strategy=f"the paper account {name}, {strategy}",
                first=first,
                last=last,
                years=len(returns) / years,
            ),
        },
        record=account_record(sessions, returns, *expected_by(book, sessions)),
        periods_per_year=years,
        last=sessions[-1],
        is_example=is_example(Data.model_validate(study["data"])),
        unseen=0,
        returns=returns,
        held=held,
    )


def expected_by(book: Book, sessions: Dates) -> tuple[Array, Array]:
    """Mean and volatility (T - 1,) that were expected of each return of T sessions.

    NaN before the first decision that rests on a risk has been traded, and where the account was
    worth another sum for a split that it had not heard of, or its units came: that is no return.
    """
    row = {str(day): k for k, day in enumerate(sessions)}
    mean, volatility = np.full((2, len(sessions) - 1), np.nan)
    for one in book.entries:
        if one.kind == "decided" and one.session in row:
            since = row[one.session] + 1  # the return after next: traded in between
            state = one.state or {}
            mean[since:] = state.get("mean", np.nan)
            volatility[since:] = state.get("volatility", np.nan)
    for one in book.entries:
        if one.kind == LATE:
            came = next((day.session for day in book.closed if day.number > one.number), "")
            misread = [row[day] - 1 for day in (one.session, came) if row.get(day, 0) > 0]
            volatility[misread] = np.nan
    return mean, volatility


def account_record(
    sessions: Dates, returns: Array, mean: Array, volatility: Array
) -> ForecastRecord:
    """How returns (T - 1,) came true beside what was expected of each; T sessions."""
    reach = NormalDist().inv_cdf((1.0 + LEVEL) / 2.0) * volatility
    past = ewma_root(np.ascontiguousarray(returns[:, None]))[:, 0]
    reference = np.concatenate([np.full(min(LEARNT, len(past)), np.nan), past[LEARNT - 1 : -1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = qlike_difference(volatility**2, reference**2, returns**2)
    unknown = (None,) * len(returns)
    return ForecastRecord(
        horizon=1,
        level=LEVEL,
        reference="EWMA of its own returns",
        sessions=tuple(sessions[:-1].astype(object).tolist()),
        right=unknown,
        inside=tuple(inside(mean - reach, mean + reach, returns).tolist()),
        volatility_loss=tuple(np.where(np.isfinite(loss), loss, np.nan).tolist()),
        kept=unknown,
    )
