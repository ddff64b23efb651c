"""The volatility that a portfolio is expected to have, in words."""

from forefolio.core.wording import counted, number, percent, sessions
from forefolio.studies.expected_volatility import ExpectedVolatility
from forefolio.views.page import Lines, sentences

FEWEST = 12  # past intervals, before their share is worth telling


def expected_volatility_words(one: ExpectedVolatility) -> str:
    """Such as "10.2 % over the next 21 sessions, in 90 % of cases 7.1 to 15.3 %"."""
    return (
        f"{percent(one.expected)} over the next {sessions(one.horizon)}, in "
        f"{percent(one.probability, 0)} of cases {number(100 * one.low, 1)} to {percent(one.high)}"
    )


def interval_record_lines(one: ExpectedVolatility | None) -> tuple[Lines, ...]:
    """How often such intervals held in the past; nothing where there were hardly any."""
    if one is None or one.times < FEWEST:
        return ()
    return sentences(
        "Did volatility end between what was expected?",
        [
            f"Of {counted(one.times, 'past interval')} of {sessions(one.horizon)} for these "
            f"weights, each stated beforehand, {percent(one.held, 0)} held; "
            f"{percent(one.probability, 0)} should. A crisis that breaks out is what they miss."
        ],
    )
