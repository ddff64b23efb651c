"""The kinds of run that can be asked for."""

from forefolio.pipeline import run_study
from forefolio.runs.jobs import Kind, Kinds
from forefolio.study import Study

KINDS: Kinds = {
    "study": Kind(
        study=Study,
        make=run_study,
        fingerprint=lambda study: study.source.version(),
    )
}
