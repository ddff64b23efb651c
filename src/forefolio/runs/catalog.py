"""The kinds of run that can be asked for."""

from typing import Any

from forefolio.forecasting import (
    ComparisonStudy,
    ImportanceStudy,
    run_comparison,
    run_forecasting,
    run_importance,
    run_training,
)
from forefolio.runs.jobs import Kind, Kinds, in_parts
from forefolio.studies.catalog import STUDIES
from forefolio.studies.forecast import ForecastStudy


def _version(study: Any) -> str:
    """What the data are, whatever is asked about them."""
    return str(getattr(study, "forecasting", study).version())


KINDS: Kinds = {
    **{str(one.model_fields["kind"].default): Kind(study=one) for one in STUDIES if one.stored},
    "forecast": Kind(study=ForecastStudy, job=in_parts(run_forecasting), version=_version),
    "training": Kind(study=ForecastStudy, job=in_parts(run_training), version=_version),
    "comparison": Kind(study=ComparisonStudy, job=in_parts(run_comparison), version=_version),
    "importance": Kind(study=ImportanceStudy, job=in_parts(run_importance), version=_version),
}
