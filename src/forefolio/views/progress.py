"""How far a job is, from what it says: the one reading of its events, whatever draws it."""

from collections.abc import Mapping

from forefolio.core.events import AnyEvent

USUAL_TIMES: Mapping[str, int] = {"backtest": 4}  # stages that come several times, as a:first


class Whole:
    """A job as one bar: the name of its stage, and percent of the whole.

    `shares` are roughly how much of the whole each stage is, in percent; a stage that comes several
    times, such as the backtests, shares its part.
    """

    def __init__(self, shares: Mapping[str, float], times: Mapping[str, int] = USUAL_TIMES) -> None:
        self._shares, self._times = shares, times
        self._parts: dict[str, float] = {}
        self.stage = "starting"

    def read(self, event: AnyEvent) -> bool:
        """Take note of an event; whether it says how far the job is."""
        match event.kind:
            case "started":
                self._parts[event.stage] = 0.0
            case "progress":
                self._parts[event.stage] = event.done / max(event.total, 1)
            case _:
                return False
        message = event.message if event.kind == "progress" else ""
        self.stage = message or event.stage.replace(":", " ")
        return True

    @property
    def percent(self) -> float:
        """Of the whole, from 0 to 100."""
        done = 0.0
        for stage, share in self._shares.items():
            own = [part for name, part in self._parts.items() if name.partition(":")[0] == stage]
            expected = max(self._times.get(stage, 1), len(own))
            done += share * min(sum(own) / expected, 1.0)
        return done
