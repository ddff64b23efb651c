"""What a strategy's return was expected to be, layer by layer, and what of it was luck."""

from typing import ClassVar, Literal

from forefolio.core.errors import InputError
from forefolio.core.events import Job, Progress, Started
from forefolio.studies.place import Place
from forefolio.studies.return_layers import ReturnLayers
from forefolio.studies.strategy_run import OfStrategy, OfStrategyRun


class StrategyAttribution(ReturnLayers, OfStrategy):
    """The annual return as what was expected of each layer of the weights, luck and costs."""

    kind: Literal["attribution"] = "attribution"


class AttributionStudy(OfStrategyRun):
    """Say what of a strategy's return was expected of forecasts, risk and limits, and what luck.

    At each decision of a run of `forefolio run` it was decided anew what would have been held
    without limits, and without forecasts too. In every session the parts, interest and costs sum
    to the return.

    >>> import forefolio as ff
    >>> study = ff.AttributionStudy(run="last")  # of a strategy; ff.ask(study) answers
    >>> study.path, study.run
    ('attribution', 'last')
    """

    path: ClassVar[str] = "attribution"
    command: ClassVar[str] = "attribution"
    result: ClassVar[type[StrategyAttribution]] = StrategyAttribution

    kind: Literal["attribution"] = "attribution"

    def job(self, place: Place) -> Job[StrategyAttribution]:
        """Read the layers of the run.

        Raises:
            InputError: there is no such run, or it is of an earlier version.
        """
        yield Started(stage="record", total=1)
        records = self.records(place)
        layers = records.result.layers
        if layers is None:
            raise InputError("this run has no layers; ask for it again: `forefolio run`")
        yield Progress(stage="record", done=1, total=1)
        return StrategyAttribution(**records.about(), **dict(layers))
