"""How often alarms about healthy models are false, and how soon broken ones are found.

`python benchmarks/health.py [MODELS]`; simulated models of 20 assets, each over 1,500 sessions, by
the promises that `forefolio monitor` watches.
"""

import sys

import numpy as np

from forefolio.core.units import Array
from forefolio.evidence.alarms import USUAL_WINDOW, alarm_rows
from forefolio.evidence.watched_models import LEVEL, Broken, watched_models
from forefolio.studies.health import YEARS, Bets, bets_on

YEAR = 252
SESSIONS = 1500
CASES: tuple[Broken, ...] = ("band_of_80", "frozen_volatility", "signs_40")


def main() -> None:
    """Print the rate of false alarms, and for each kind of break when it is found."""
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    years = models * SESSIONS / YEAR
    found = [alarm_rows(one.breaks, raise_at(4)) for one in bets(models, SESSIONS, "")]
    count = sum(len(rows) for each in found for rows in each)
    print(f"healthy: {count} alarms in {years:,.0f} model-years: {100 * count / years:.2f} in 100")
    for broken in CASES:
        after = sessions_to_alarm(models, broken)
        print(
            f"{broken}: found after {np.median(after):.0f} sessions in the median, after "
            f"{np.quantile(after, 0.9):.0f} in nine of ten"
        )


def sessions_to_alarm(models: int, broken: Broken) -> Array:
    """Sessions (P,) from a break to the first alarm of any promise; infinite: none."""
    first = np.full(models, np.inf)
    for one in bets(models, USUAL_WINDOW + SESSIONS, broken):
        for model, rows in enumerate(alarm_rows(one.breaks, raise_at(4))):
            later = rows[rows >= USUAL_WINDOW]
            if len(later):
                first[model] = min(first[model], later[0] - USUAL_WINDOW + 1)
    return first


def bets(models: int, sessions: int, broken: Broken) -> tuple[Bets, ...]:
    """The promises of simulated models that break after 250 sessions."""
    made = watched_models(0, models, sessions, broken, USUAL_WINDOW)
    return bets_on(made.right, made.inside, made.losses, LEVEL, "EWMA")


def raise_at(promises: int) -> float:
    """Evidence at which an alarm is raised, in sessions."""
    return YEARS * YEAR * promises


if __name__ == "__main__":
    main()
