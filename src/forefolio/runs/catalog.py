"""The kinds of run that can be asked for."""

from forefolio.forecasting import run_forecasting
from forefolio.pipeline import run_study
from forefolio.runs.jobs import Kind, Kinds
from forefolio.study import ForecastStudy, Study

KINDS: Kinds = {
    "study": Kind(
        study=Study,
        make=run_study,
        fingerprint=lambda study: study.source.version(),
    ),
    "forecast": Kind(
        study=ForecastStudy,
        make=run_forecasting,
        fingerprint=lambda study: study.source.version(),
    ),
}
