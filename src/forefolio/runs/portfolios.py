"""From a run that is done to a portfolio that is saved under a name."""

import json
from collections.abc import Mapping
from typing import Any

from forefolio.core.settings import Settings
from forefolio.runs.opening import opening
from forefolio.store.portfolio_records import Origin, SavedPortfolio
from forefolio.store.portfolios import with_portfolios
from forefolio.store.run import Run
from forefolio.store.waiting import waited
from forefolio.studies.holding import kinds_meant


def save_run(
    name: str,
    begun: str,
    settings: Settings,
    *,
    note: str | None = None,
    shares: Mapping[str, float] | None = None,
) -> SavedPortfolio:
    """Save the weights of the run whose id begins so under a name; "last" is the latest.

    Raises:
        InputError: there is no such run with weights, or several.
    """
    result, run = waited(lambda: _found(begun, settings))
    origin = origin_of(result, run)
    return with_portfolios(
        settings,
        lambda portfolios: portfolios.save(
            name, dict(result.weights), shares=shares, note=note, origin=origin
        ),
    )


async def _found(begun: str, settings: Settings) -> tuple[Any, Run]:
    async with opening(settings)() as host:
        result = await host.earlier(kinds_meant(begun), begun)
        return result, await host.store.get(result.run.id)


def origin_of(result: Any, run: Run) -> Origin:
    """How the weights of a result came about, for `Portfolios.save`."""
    objective = getattr(result, "objective", None)
    numbers = result.model_dump(mode="json")
    return Origin(
        objective=objective if isinstance(objective, str) else run.kind,
        params=json.loads(run.study),
        results={
            key: value
            for key, value in numbers.items()
            if isinstance(value, float) or key in ("status", "headline")
        },
        duration_s=max(run.changed_at - run.started_at, 0.0),
        run=run.id,
        as_of=result.as_of,
    )
