"""Trained models as a page: what was fitted, and under which id it is kept."""

from collections.abc import Iterable, Sequence

from forefolio.core.wording import counted, listed, number, sessions
from forefolio.studies.training import FittedModel, TrainingResult
from forefolio.views.forecast import horizons_in_words, rests_on
from forefolio.views.page import Page, Table, table
from forefolio.views.remarks import in_full, in_short

ID = 16  # characters of an id that are shown; as many name one model
MOST = 1  # failures named in the summary


def training_page(result: TrainingResult) -> Page:
    """The models of returns and their ids; baselines and volatility models as evidence."""
    kept = [row for row in result.models if row.id is not None]
    models = [row for row in kept if row.kind == "model"]
    others = [row for row in kept if row.kind != "model"]
    if not models:
        models, others = others, []
    return Page(
        headline=f"Models fitted on all sessions up to the close of {result.as_of}",
        summary=(
            _fitted(kept, len(others)),
            *_failed(result.models),
            *([_again(kept[0])] if kept else []),
            rests_on(result.data),
            *in_short(result.remarks),
        ),
        main=(_models("Models that are kept", models),) if models else (),
        evidence=(
            *((_models("Naive forecasts and models of volatility", others),) if others else ()),
            *in_full(result.remarks),
        ),
    )


def _fitted(kept: Sequence[FittedModel], others: int) -> str:
    if not kept:
        return "No model could be fitted."
    names = {row.model for row in kept}
    horizons = horizons_in_words(sorted({row.horizon for row in kept}))
    more = f" ({others} naive ones and of volatility: --verbose)" if others else ""
    return f"{counted(len(names), 'model')} kept at {horizons}{more}."


def _failed(rows: Sequence[FittedModel]) -> Iterable[str]:
    failed = [row for row in rows if row.failure is not None]
    reasons = [f"{row.model} at {sessions(row.horizon)}: {row.failure}" for row in failed[:MOST]]
    if reasons:
        rest = f", and {len(failed) - MOST} more" if len(failed) > MOST else ""
        yield f"Not fitted: {listed(reasons, 'and')}{rest}."


def _again(row: FittedModel) -> str:
    return f'Read one again: forefolio.load_predictor("{str(row.id)[:ID]}").forecast(market)'


def _models(title: str, rows: Sequence[FittedModel]) -> Table:
    return table(
        title,
        ("ahead", "seconds", "kB", "id"),
        [
            (
                row.model,
                str(row.horizon),
                number(row.seconds),
                number((row.bytes or 0) / 1000, 1),
                str(row.id)[:ID],
            )
            for row in rows
        ],
        "ahead: sessions",
    )
