"""The kinds of run that can be asked for."""

from forefolio.core.kinds import kind_of
from forefolio.runs.jobs import Kind, Kinds
from forefolio.studies.catalog import STUDIES

KINDS: Kinds = {kind_of(study): Kind(study=study) for study in STUDIES if study.stored}
