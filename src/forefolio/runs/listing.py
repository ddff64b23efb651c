"""What a list of runs says of each, the same on every face."""

from forefolio.runs.memo import code_digest
from forefolio.store.run import Run

OF_ANOTHER_VERSION = (
    "waits for the version of forefolio that it was asked of; ask again for the answer of this one"
)


def message_of(run: Run) -> str:
    """Why a run failed, or why nobody works on it; empty where there is nothing to say."""
    if run.state == "waiting" and run.code_digest != code_digest():
        return OF_ANOTHER_VERSION
    return run.message
