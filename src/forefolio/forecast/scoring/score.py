"""Every out-of-sample score of one model, and its verdict.

The verdict judges what is used: which assets do better than others, not whether all will rise,
which the combination drops. Squared errors are taken across assets, in units of volatility; ranks
plain and neutral to volatility, market beta and size.
"""

from dataclasses import dataclass

SIGNIFICANT = 2.0  # standard errors
USUAL_IC = 0.025  # the skill that a record should be able to show, as in `Belief`
BEATS = "beats the prior (the pooled mean)"
RANKS = "ranks assets better than chance"
RANKS_TOO_BOLDLY = "ranks assets better than chance, but overstates their differences"
KNOWN_RISKS = "not shown beyond known risks"
WORSE = "worse than the prior (the pooled mean)"
NOT_SHOWN = "not shown"
UNDERPOWERED = "not shown; underpowered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The scores of one model at one horizon, out of sample; None where not defined.

    Shares and correlations are fractions (a rank IC of 0.156), `qlike` is in units of the loss,
    `rmse` and `crps` in units of the return; `_se` are standard errors.
    """

    model: str
    horizon: int
    sessions: int  # sessions with a forecast and a known outcome
    independent: int  # of them, sessions whose outcomes do not overlap
    years: float  # sessions, in years
    years_needed: float | None  # to show a rank IC of 0.025 at two standard errors
    rmse: float
    r2_zero: float  # share of squared return explained, against forecasting zero
    r2_mean: float  # against the pooled mean
    r2_mean_se: float
    r2_across: float  # of centred forecasts of centred outcomes, in units of volatility
    r2_across_se: float
    direction: float | None  # share of signs right
    always_up: float  # share of outcomes that were up
    direction_minus_always_up: float | None
    direction_minus_always_up_se: float | None
    rank_ic: float | None  # mean rank correlation across assets, session by session
    rank_ic_se: float | None
    rank_ic_neutral: float | None  # the same, after removing known risks from both
    rank_ic_neutral_se: float | None
    qlike: float  # loss of the variance less that of the reference; negative is better
    qlike_se: float
    r2_log_variance: float | None  # share of log realised variance explained, level apart
    r2_log_variance_se: float | None
    r2_log_own: float | None  # the same, against the mean of each asset's own past
    r2_log_own_se: float | None
    crps: float | None  # of a normal forecast, in units of the return
    crps_gain: float | None  # share of it saved, against the pooled mean with EWMA's volatility
    crps_gain_se: float | None
    coverage: float | None = None  # share of outcomes inside the outermost quantiles
    coverage_se: float | None = None
    coverage_crisis: float | None = None  # in the tenth of sessions that began most volatile
    coverage_crisis_se: float | None = None
    coverage_windows: float | None = None  # in the months of the great crises, by the calendar
    coverage_windows_se: float | None = None
    coverage_worst_year: float | None = None
    winkler: float | None = None  # width of the interval and a penalty for misses; less is better
    winkler_gain: float | None = None  # share saved, against a normal interval of the same std
    winkler_gain_se: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the forecasts tell the assets apart, in words: see docs/forecasting.md."""
        saves = _beyond(self.r2_across, self.r2_across_se)
        harms = _beyond(-self.r2_across, self.r2_across_se)
        ranks = _beyond(self.rank_ic, self.rank_ic_se)
        if not (saves or ranks):
            return WORSE if harms else self._not_shown()
        neutral = self.rank_ic_neutral, self.rank_ic_neutral_se
        if neutral[0] is not None and not _beyond(*neutral):
            return KNOWN_RISKS
        if saves:
            return BEATS
        return RANKS_TOO_BOLDLY if harms else RANKS

    def _not_shown(self) -> str:
        if self.years_needed is None or self.years_needed <= self.years:
            return NOT_SHOWN
        needed = f"{self.years_needed:,.0f}"
        return f"{UNDERPOWERED}: about {needed} years needed, {self.years:,.1f} scored"


def years_needed(rank_ic_se: float | None, years: float) -> float | None:
    """Years of record in which a rank IC of 0.025 would be two standard errors.

    The error falls with the root of time; None where it is not known.

    >>> years_needed(rank_ic_se=0.025, years=10.0)
    40.0
    """
    if rank_ic_se is None:
        return None
    return years * (SIGNIFICANT * rank_ic_se / USUAL_IC) ** 2


def _beyond(value: float | None, error: float | None) -> bool:
    return value is not None and error is not None and value > SIGNIFICANT * error
