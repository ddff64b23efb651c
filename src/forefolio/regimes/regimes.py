"""Regimes of the market as a whole: calm, nervous, and what lies between and beyond.

1. Observe the market's return and the logarithm of its volatility at each close.
2. Estimate a Gaussian hidden Markov model of them, its states ordered by volatility.
3. Filter: the probability of each regime at a session, from that session and those before it.
   Smoothed probabilities, which also use later sessions, are look-ahead and never returned.
4. Over a history, estimate again at intervals: each session is judged by regimes learnt before.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.errors import InputError, NotEnoughHistory
from forefolio.core.market_argument import takes_market
from forefolio.core.numerics import one_thread
from forefolio.core.units import Array, Days, Flags, read_only
from forefolio.market import Market
from forefolio.market.own_sessions import own_growth
from forefolio.market.returns import ewma_root
from forefolio.regimes.hmm import HMM, fit_hmm

SHORTEST = 63  # observations for each state
NAMES = {
    2: ("calm", "turbulent"),
    3: ("calm", "normal", "turbulent"),
    4: ("calm", "normal", "nervous", "crisis"),
    5: ("calm", "normal", "uneasy", "nervous", "crisis"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regime:
    """Probability of each regime at the close of session `made`, filtered."""

    made: np.datetime64
    names: tuple[str, ...]  # (K,) in ascending order of volatility
    probability: Array  # (K,)

    def __post_init__(self) -> None:
        read_only(self.probability)

    @property
    def likeliest(self) -> str:
        """The name of the most probable regime."""
        return self.names[int(self.probability.argmax())]


class Regimes(Component):
    """Regimes of the market: `states` of its return and volatility, by a hidden Markov model.

    The return is that of the series "benchmark", or else the mean of the assets'. The last `window`
    sessions are learnt from; `stickiness` adds sessions on which each state followed itself, so
    that states last. Source: Hamilton (1989).

    >>> from forefolio.market import simulated_market
    >>> market = simulated_market(seed=1, sessions=800, assets=3)
    >>> regime = Regimes(states=2).estimate(market).at_end(market)
    >>> regime.names, regime.probability.shape
    (('calm', 'turbulent'), (2,))
    """

    kind: Literal["regimes"] = "regimes"
    states: Annotated[int, Field(ge=2, le=5)] = Field(
        4, description="Number of regimes, from calm to crisis."
    )
    window: Days = Field(2500, description="Past sessions that the regimes are estimated from.")
    stickiness: float = Field(
        20.0,
        ge=0,
        json_schema_extra={"advanced": True, "unit": "sessions"},
        description=(
            "Extra sessions on which each regime is counted as followed by itself; more "
            "makes regimes last."
        ),
    )

    @property
    def names(self) -> tuple[str, ...]:
        """Names (K,) of the states, in ascending order of volatility."""
        return NAMES[self.states]

    def estimate(self, market: Market, previous: "FittedRegimes | None" = None) -> "FittedRegimes":
        """Learn from the last `window` sessions of `market`.

        The search starts at the `previous` regimes, so that the meaning of calm or nervous changes
        little from one year to the next; without them, at quantiles of volatility.

        Raises:
            NotEnoughHistory: fewer than 63 sessions for each state have a return.
            InputError: the previous regimes are not as many.
        """
        if previous and len(previous.names) != self.states:
            raise InputError(f"the previous regimes are {len(previous.names)}, not {self.states}")
        x = observations(market)[-self.window :]
        if (seen := _whole(x)) < self._needed:
            raise NotEnoughHistory(self._needed, seen, f"{self.states} regimes")
        return self._learn(x, previous)

    def walk_forward(self, market: Market, refit: int = 250) -> Array:
        """Probability (T, K) of each regime at each session, from data up to that session.

        The regimes are estimated as soon as there are 63 observations for each, and every `refit`
        sessions from there on, each time starting at those before. NaN before the first time, and
        on sessions on which nothing traded.
        """
        traded = _traded(market)
        x = observations(market)[traded]
        probability = np.full((len(x), self.states), np.nan)
        seen = np.cumsum(np.isfinite(x).all(axis=1))
        fitted: FittedRegimes | None = None
        with one_thread():
            for row in range(int(np.searchsorted(seen, self._needed)), len(x), refit):
                past = x[: row + 1][-self.window :]
                if _whole(past) >= self._needed:
                    fitted = self._learn(past, fitted)
                if fitted:
                    probability[row : row + refit] = fitted.model.filter(x[: row + refit])[0][row:]
        out = np.full((len(market), self.states), np.nan)
        out[traded] = probability
        return out

    @property
    def _needed(self) -> int:
        return SHORTEST * self.states

    def _learn(self, x: Array, previous: "FittedRegimes | None") -> "FittedRegimes":
        first = previous.model if previous else None
        fit = fit_hmm(x, self.states, stickiness=self.stickiness, first=first)
        return FittedRegimes(
            names=self.names,
            model=fit.model,
            sessions=fit.rows,
            log_likelihood=fit.log_likelihood,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedRegimes:
    """Estimated regimes; `sessions` (K,) is the expected number of sessions in each."""

    names: tuple[str, ...]  # (K,) in ascending order of volatility
    model: HMM  # of the return and the log volatility of a session
    sessions: Array  # (K,)
    log_likelihood: float

    def __post_init__(self) -> None:
        read_only(self.sessions)

    @takes_market
    def probability(self, market: Market, rows: int = 1) -> Array:
        """Probability (rows, K) of each regime at each of the last `rows` sessions of `market`.

        Filtered: each from data up to its session. NaN before the first observation.
        """
        x = observations(market)
        probability = self.model.filter(x)[0]
        probability[~np.logical_or.accumulate(np.isfinite(x).all(axis=1))] = np.nan
        return probability[max(len(x) - rows, 0) :]

    @takes_market
    def at_end(self, market: Market) -> Regime:
        """The regime at the last session of `market`."""
        return Regime(
            made=market.sessions[-1], names=self.names, probability=self.probability(market)[0]
        )


def observations(market: Market) -> Array:
    """The market's return and the log of its volatility (T, 2), per session.

    A session on which nothing traded has none, and does not disturb the next.
    """
    traded = _traded(market)
    returns = _market_returns(market, traded)
    volatility = ewma_root(returns[:, None])[:, 0]
    logs = np.log(volatility, out=np.full(len(returns), np.nan), where=volatility > 0)
    out = np.full((len(market), 2), np.nan)
    out[traded] = np.column_stack([returns, logs])
    return out


def _market_returns(market: Market, traded: Flags) -> Array:
    level = market.series.get("benchmark")
    if level is not None:
        return own_growth(level)[traded]
    returns = market.returns[traded]
    finite = np.isfinite(returns)
    mean = np.full(len(returns), np.nan)
    np.divide(np.nansum(returns, axis=1), finite.sum(axis=1), out=mean, where=finite.any(axis=1))
    return mean


def _traded(market: Market) -> Flags:
    return np.asarray(np.isfinite(market.close).any(axis=1))


def _whole(x: Array) -> int:
    return int(np.isfinite(x).all(axis=1).sum())
