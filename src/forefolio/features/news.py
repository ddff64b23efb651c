"""When an asset has news of its own, read from its gaps overnight and its volume.

1. The score of a session: how much further than the market the price jumped overnight, times how
   much more than usual was traded. Scheduled reports show up in it every quarter.
2. Reports come about a quarter, half a year, three quarters and a year apart. So what is expected
   of the sessions ahead is the largest score near the same places of the past.

No date is asked for and none is known in advance: the rule sees past prices and volume alone.
"""

from collections.abc import Callable
from functools import cache
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.units import Array, Days, DaysAhead
from forefolio.features.formulas import ratio
from forefolio.features.kernels import rolling_moments, rolling_peak
from forefolio.features.traded import over_traded
from forefolio.market import Market
from forefolio.market.causal import causal, causal_for_models
from forefolio.market.own_sessions import carried_forward

FEWEST = 5  # assets that open, before their median is what the market did overnight
GAPS, VOLUMES = 126, 63  # sessions of what is usual
LARGEST = 100.0  # a squared gap, in units of the usual one, beyond which it is no more news
LOUDEST = 2.0  # the same of log volume
PLACES = ((63, 3), (126, 4), (189, 5), (252, 3))  # sessions back, give or take so many
LATELY = (10, 40)
CAPPED = 3.0  # of a score, where several places are averaged


class NewsScore(Component):
    """How much this session looked like news of the asset's own.

    The logarithm of one plus the squared gap overnight, beyond the market's, over its usual size
    (126 sessions), times log volume above its mean of 63 sessions, at most 2.
    """

    needs: ClassVar[tuple[str, ...]] = ("open", "close", "volume")
    kind: Literal["news_score"] = "news_score"

    @property
    def name(self) -> str:
        """Always "news"."""
        return "news"

    def __call__(self, market: Market) -> Array:
        """Scores (T, N), zero or more."""
        return news_scores(market)


class RecentNews(Component):
    """The largest score of news (`NewsScore`) in the last `window` sessions."""

    needs: ClassVar[tuple[str, ...]] = ("open", "close", "volume")
    kind: Literal["recent_news"] = "recent_news"
    window: Days = Field(10, description="Sessions that are looked back on.")

    @property
    def name(self) -> str:
        """Such as "news of 10"."""
        return f"news of {self.window}"

    def __call__(self, market: Market) -> Array:
        """Scores (T, N)."""
        return largest_before(news_scores(market), 0, self.window)


class NewsCalendar(Component):
    """The largest score of news (`NewsScore`) about `lag` sessions before those ahead.

    Ahead are the `ahead` sessions that a forecast covers: a report every quarter is seen coming
    without its date. Source of the season: Patell and Wolfson (1984).
    """

    needs: ClassVar[tuple[str, ...]] = ("open", "close", "volume")
    kind: Literal["news_calendar"] = "news_calendar"
    lag: Days = Field(63, description="Sessions from the places looked at to those ahead.")
    slack: int = Field(
        3,
        ge=0,
        le=60,
        json_schema_extra={"unit": "trading days"},
        description="Sessions by which a place may be missed, on either side.",
    )
    ahead: DaysAhead = Field(5, description="Sessions that are ahead.")

    @property
    def name(self) -> str:
        """Such as "news 63 before 5"."""
        return f"news {self.lag} before {self.ahead}"

    def __call__(self, market: Market) -> Array:
        """Scores (T, N)."""
        return calendar_of(news_scores(market), self.lag, self.slack, self.ahead)


@causal
def news_scores(market: Market) -> Array:
    """Score (T, N) of each session; NaN without 126 sessions of opens and volume before it."""
    if market.open is None or market.volume is None:
        return np.full(market.close.shape, np.nan)
    before = np.full(market.close.shape, np.nan)  # the own last close
    before[1:] = carried_forward(market.close)[:-1]
    gap = market.open / before - 1
    known = np.isfinite(gap)
    among = known.sum(axis=1) >= FEWEST
    common = np.zeros((len(gap), 1))
    common[among, 0] = np.nanmedian(gap[among], axis=1)
    volume = market.volume
    logs = np.log(volume, out=np.full(volume.shape, np.nan), where=volume > 0)
    return over_traded(_scores, (gap - common) ** 2, logs)


@cache
def news_ahead(horizon: int) -> Callable[[Market], Array]:
    """Makes the panel (T, N, 7) of what news says of the `horizon` sessions ahead.

    Four places of the calendar, the largest of the last 10 and 40 sessions, and the mean of the
    four. A place that lies before an asset's first score counts as one without news.
    """

    @causal_for_models
    def panel(market: Market) -> Array:
        scores = news_scores(market)
        places = [calendar_of(scores, lag, slack, horizon) for lag, slack in PLACES]
        lately = [largest_before(scores, 0, window) for window in LATELY]
        mean = np.mean([np.minimum(np.nan_to_num(p), CAPPED) for p in places], axis=0)
        every: Array = np.nan_to_num(np.stack([*places, *lately, mean], axis=-1))
        return every

    return panel


NEWS_AHEAD = (
    *(f"news {lag} before" for lag, _ in PLACES),
    *(f"news of {window}" for window in LATELY),
    "news usually",
)
"""What the panels of `news_ahead` have."""


def calendar_of(scores: Array, lag: int, slack: int, ahead: int) -> Array:
    """Largest of `scores` (T, N) from `lag + slack` before the first session ahead on.

    Until `lag - slack` before the last one, as far as that is known by now.
    """
    back = lag - slack - ahead - 1  # rows from the last place looked at to now
    width = ahead + 2 * slack + 1 + min(back, 0)
    return largest_before(scores, max(back, 0), width)


def largest_before(scores: Array, back: int, width: int) -> Array:
    """Largest of `width` own sessions that ended `back` ago (T, N); NaN without all of them."""

    def formula(scores: Array) -> Array:
        out = np.full(scores.shape, np.nan)
        peak = rolling_peak(scores, width)
        peak[: width - 1] = np.nan
        out[back:] = peak[: max(len(scores) - back, 0)]
        return out

    return over_traded(formula, scores)


def _scores(squares: Array, logs: Array) -> Array:
    """Scores (T, N) of squared gaps and log volumes, each beside what was usual before."""
    usual = _before(rolling_moments(squares, GAPS, 0)[0])
    gaps = np.log1p(np.minimum(ratio(squares, usual, otherwise=0.0), LARGEST))
    more = np.clip(logs - _before(rolling_moments(logs, VOLUMES, 0)[0]), 0.0, LOUDEST)
    return np.asarray(gaps * more)


def _before(values: Array) -> Array:
    out = np.full(values.shape, np.nan)
    out[1:] = values[:-1]
    return out
