"""The kinds of run that can be asked for."""

from typing import Any

from forefolio.allocating import FrontierStudy, PortfolioStudy, run_frontier, run_portfolio
from forefolio.forecasting import (
    ComparisonStudy,
    ImportanceStudy,
    run_comparison,
    run_forecasting,
    run_importance,
    run_training,
)
from forefolio.pipeline import run_study
from forefolio.runs.jobs import Kind, Kinds
from forefolio.signalling import SignalStudy, run_signals
from forefolio.study import ForecastStudy, Study


def _version(study: Any) -> str:
    """What the data are, whatever is asked about them."""
    return str(getattr(study, "forecasting", study).source.version())


KINDS: Kinds = {
    "study": Kind(study=Study, make=run_study, fingerprint=_version),
    "forecast": Kind(study=ForecastStudy, make=run_forecasting, fingerprint=_version),
    "training": Kind(study=ForecastStudy, make=run_training, fingerprint=_version),
    "comparison": Kind(study=ComparisonStudy, make=run_comparison, fingerprint=_version),
    "portfolio": Kind(study=PortfolioStudy, make=run_portfolio, fingerprint=_version),
    "frontier": Kind(study=FrontierStudy, make=run_frontier, fingerprint=_version),
    "importance": Kind(study=ImportanceStudy, make=run_importance, fingerprint=_version),
    "signals": Kind(study=SignalStudy, make=run_signals, fingerprint=_version),
}
