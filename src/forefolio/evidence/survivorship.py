"""How much of a score hindsight in the universe can explain: that what failed is not in it.

1. Where a share q of such assets fails in a year and loses L of its value, a portfolio that could
   have held them earns less by q L times what is invested: whatever chose the weights, if it did
   not know which would fail.
2. Volatility hardly changes, so that the Sharpe ratio falls by that over the volatility.
3. The other way round: the lead over cash is gone where (mean return over cash) / (L x invested) of
   the assets fail in a year. That asks for no assumption about how many do.

(Brown, Goetzmann, Ibbotson and Ross 1992, "Survivorship bias in performance studies".)
"""

from dataclasses import dataclass

FELL = 0.5  # of its highest close of a year: what an asset that fails has lost at its last one
AFTER = 0.3  # of that close, lost afterwards (Shumway 1997)
FAILURE_LOSS = 1.0 - (1.0 - FELL) * (1.0 - AFTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindsight:
    """What a universe without failures is worth; fractions per year."""

    annual_return: float  # that it can explain
    sharpe: float  # of the annual Sharpe ratio
    failures_for_all: float  # share of the assets a year that would explain all beyond cash


def hindsight(
    sharpe: float, volatility: float, invested: float, failures: float, loss: float = FAILURE_LOSS
) -> Hindsight:
    """What hindsight explains of an annual Sharpe ratio where a share `failures` fails a year.

    >>> found = hindsight(sharpe=0.75, volatility=0.16, invested=1.0, failures=0.01)
    >>> round(found.annual_return, 4), round(found.sharpe, 3), round(found.failures_for_all, 3)
    (0.0065, 0.041, 0.185)
    """
    lost = loss * invested
    explained = failures * lost
    return Hindsight(
        annual_return=explained,
        sharpe=explained / volatility if volatility else 0.0,
        failures_for_all=max(sharpe, 0.0) * volatility / lost if lost else float("inf"),
    )
