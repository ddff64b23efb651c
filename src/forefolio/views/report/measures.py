"""Every measure in the report: what it is called, how it is written, what it means."""

from collections.abc import Callable
from dataclasses import dataclass

from forefolio.core.wording import number, percent, plus_minus
from forefolio.studies.strategy_result import Record


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One line of a table, and its footnote."""

    name: str
    write: Callable[[Record], str]
    meaning: str


BACKTEST = (
    MeasureLine("Total return", lambda r: percent(r.total_return),
            "Growth after costs from the first session to the last."),
    MeasureLine("Return a year", lambda r: percent(r.annual_return),
            "Compound growth after costs: (last / first) ^ (sessions a year / sessions), less 1."),
    MeasureLine("Volatility a year", lambda r: percent(r.annual_volatility),
            "Standard deviation of returns per session times √(sessions a year)."),
    MeasureLine("Sharpe ± s.e.", lambda r: plus_minus(r.sharpe, r.sharpe_error),
            "Mean return over cash / its standard deviation, a year; the standard error allows "
            "for skew and fat tails (Mertens 2002)."),
    MeasureLine("Sortino", lambda r: number(r.sortino),
            "Mean return over cash / root mean square of the losses, a year."),
    MeasureLine("Maximum drawdown", lambda r: percent(r.max_drawdown),
            "Deepest fall from the highest value so far."),
    MeasureLine("Longest drawdown", lambda r: number(r.longest_drawdown, 0),
            "Most sessions in a row below an earlier high."),
    MeasureLine("Calmar", lambda r: number(r.calmar), "Return a year / maximum drawdown."),
    MeasureLine("1-day VaR 95 %", lambda r: percent(r.value_at_risk, 2),
            "Loss per session that was exceeded on 5 % of sessions; positive is a loss."),
    MeasureLine("1-day CVaR 95 %", lambda r: percent(r.expected_shortfall, 2),
            "Mean loss of the worst 5 % of sessions; positive is a loss."),
    MeasureLine("Beta", lambda r: number(r.beta),
            "Slope of returns over cash on those of the index."),
    MeasureLine("Alpha a year (t)", lambda r: _alpha(r),
            "Return over cash that beta does not explain, and its t statistic: what counts for "
            "luck alone, not for an index without dividends or for assets that all survived."),
    MeasureLine("Information ratio", lambda r: number(r.information_ratio),
            "Mean return over the index / its standard deviation, a year."),
    MeasureLine("Hit rate", lambda r: percent(r.hit_rate),
            "Share of sessions with a gain, among those with a gain or a loss."),
    MeasureLine("Skew, excess kurtosis", lambda r: _shape(r),
            "Third and fourth standardised moments of returns; both 0 for normal returns."),
    MeasureLine("Turnover a year", lambda r: percent(r.turnover, 0),
            "Share of the portfolio replaced: half of all that is bought and sold."),
    MeasureLine("Costs a year", lambda r: percent(r.cost, 2),
            "What trading cost, as a fraction of value."),
)  # fmt: skip

KEY_FIGURES = tuple(
    measure
    for measure in BACKTEST
    if measure.name.split()[0] in {"Return", "Volatility", "Sharpe", "Maximum", "Costs"}
)

FORECAST = (
    ("R² across assets", "Share of the squared error that is saved against expecting the same of "
     "all assets, once the mean over the assets is taken off forecasts and outcomes, in units of "
     "volatility: whether one asset does better than another is what is used, whether all rise is "
     "not. In percentage points, with its standard error."),
    ("Direction minus always-up", "Share of signs forecast right, minus what always saying “up” "
     "would have got right."),
    ("Rank IC", "Mean correlation between the ranks of forecasts and of outcomes across assets, "
     "session by session: whether the better asset was known."),
    ("Neutral", "The rank IC of what volatility, the slope on the market and size, each known at "
     "the close, leave of forecasts and outcomes: what is no bet on risk."),
    ("QLIKE", "Loss of the variance forecast less that of EWMA (Patton 2011); less is better."),
    ("Coverage", "Share of outcomes inside the interval: its level is right, less is false "
     "confidence."),
    ("Standard errors", "Outcomes over h sessions overlap and calm follows calm, so errors count "
     "how far neighbouring sessions go together, 63 and more (Newey and West 1987); a number "
     "within two of them of zero is no evidence."),
)  # fmt: skip


def _shape(row: Record) -> str:
    return f"{number(row.skew)}, {number(row.kurtosis, 1)}"


def _alpha(row: Record) -> str:
    value = percent(row.alpha, signed=True)
    return value if value == "n/a" else f"{value} ({number(row.alpha_t, 1)})"
