"""The portfolio that the risk commands look at, from their options."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forefolio.cli.options import overrides, study_of
from forefolio.cli.quantities import weights as weights_in

if TYPE_CHECKING:
    from forefolio.portfolio_risk import Held

Weights = Annotated[
    str | None, typer.Option(help="Such as AAPL=30%,KO=0.2, or a CSV file; the rest is cash.")
]
RunId = Annotated[
    str | None, typer.Option("--run", help="The weights of that run; `last` is the latest.")
]
Picture = Annotated[Path | None, typer.Option(help="Folder for the picture.")]


def portfolio(
    study: Path | None,
    weights: str | None,
    run: str | None,
    options: tuple[str | None, str | None, str | None, str | None],
) -> "Held":
    """What is held: given weights, those of a run, or else equal ones of all the assets.

    `options` are source, tickers, start and end.

    Raises:
        InputError: a run is named, which has data of its own, and other data as well.
    """
    from forefolio.core.errors import InputError
    from forefolio.portfolio_risk import held

    changes = overrides(*options)
    if run is not None and (study or changes):
        raise InputError(
            "--run looks at the data of that run; leave out --study, --source, --tickers, --start "
            "and --end, or say --weights instead"
        )
    return held(
        study_of(study, changes) if study or changes else None,
        weights=None if weights is None else weights_in(weights),
        run="" if run == "last" else run,
    )
