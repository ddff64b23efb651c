"""The main job in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forefolio.library.saved import as_strategy_study
from forefolio.runs.asking import ask

if TYPE_CHECKING:
    from forefolio.core.settings import Settings
    from forefolio.studies.strategy_result import StrategyResult


def run(study: Any = None, settings: Settings | None = None) -> StrategyResult:
    """Do the whole of a study: what to hold tomorrow, why, and with which evidence.

    It is a stored run, gone on with if it was left, and computed once.

    Args:
        study: a `StrategyStudy`; prices (a frame, a source, the path of files), for the usual
            study about them, which are then kept under FOREFOLIO_HOME; or None for the sample.
        settings: where runs are kept and how many processes work; the environment's.

    Raises:
        InputError: it is neither.
        RunFailed: the run failed; its text says why and what to do.

    >>> import forefolio as ff
    >>> data = ff.Data(source=ff.Synthetic(sessions=400, assets=3), minimum_sessions=100)
    >>> study = ff.StrategyStudy(
    ...     data=data, machine_learning=False, strategy="classical", baselines=(),
    ... )
    >>> result = ff.run(study)
    >>> round(sum(result.weights.values()) + result.cash, 6)
    1.0
    """
    return ask(as_strategy_study(study, settings), settings)
