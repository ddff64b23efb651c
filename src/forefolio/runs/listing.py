"""What a list of runs says of each, the same on every face."""

import time

from forefolio.core.errors import OlderCode
from forefolio.runs.memo import code_digest
from forefolio.store.run import Run


def message_of(run: Run) -> str:
    """Why a run failed, or why nobody works on it; empty where there is nothing to say."""
    if run.state == "waiting" and of_older_code(run):
        return OlderCode.what
    return run.message


def of_older_code(run: Run, code: str | None = None) -> bool:
    """Whether another version of this package, or of a library, was asked for the run."""
    return run.code_digest != (code or code_digest())


def refuse_forsaken(run: Run, code: str | None = None) -> None:
    """Refuse to wait for a run that nobody works on, and that no process of this version will.

    Args:
        run: the run.
        code: the digest of the code that works on such runs here; that of this version.

    Raises:
        OlderCode: it was asked of another version.
    """
    held = run.state == "running" and run.lease_until >= time.time()
    if not (held or run.ended) and of_older_code(run, code):
        raise OlderCode(run.id)
