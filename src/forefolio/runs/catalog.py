"""The kinds of run that can be asked for."""

from forefolio.runs.jobs import Kind, Kinds
from forefolio.studies.catalog import STUDIES

KINDS: Kinds = {
    str(one.model_fields["kind"].default): Kind(study=one) for one in STUDIES if one.stored
}
