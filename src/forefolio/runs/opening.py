"""From settings to a host: what the command line and the service both start with."""

from functools import partial

from forefolio.core.settings import Settings
from forefolio.runs.catalog import KINDS
from forefolio.runs.host import hosting
from forefolio.runs.local import Opening


def opening(settings: Settings) -> Opening:
    """What opens the database, the artefacts and the workers that `settings` name."""
    return partial(
        hosting,
        home=settings.home,
        database_url=settings.database_url,
        executor_url=settings.executor,
        task_timeout_s=settings.task_timeout_s,
        kinds=KINDS,
    )
