"""Trained models as a page: what was fitted, and under which id it is kept."""

from collections.abc import Iterable, Sequence

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import MISSING, counted, listed, number, points, sessions, took
from forefolio.studies.training import FittedModel, TrainingResult
from forefolio.views.figures.learning import draw_losses, learnt
from forefolio.views.forecast import horizons_in_words, rests_on
from forefolio.views.page import Page, Table, table
from forefolio.views.remarks import in_full, in_short
from forefolio.views.trained import ID, promotion_line

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
            *map(promotion_line, result.promotions),
            *([_again((models or kept)[0])] if kept else []),
            rests_on(result.data),
            *in_short(result.remarks),
        ),
        main=(_models("Models that are kept", models),) if models else (),
        evidence=(
            *((_models("Naive forecasts and models of volatility", others),) if others else ()),
            *in_full(result.remarks),
        ),
        pictures={"losses": lambda: draw_losses(result.models)} if learnt(result.models) else {},
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
    reasons = [
        f"{model_in_words(row.model)} at {sessions(row.horizon)}: {row.failure}"
        for row in failed[:MOST]
    ]
    if reasons:
        rest = f", and {len(failed) - MOST} more" if len(failed) > MOST else ""
        yield f"Not fitted: {listed(reasons, 'and')}{rest}."


def _again(row: FittedModel) -> str:
    return f"Ask one again: forefolio forecast --trained {str(row.id)[:ID]}"


def _models(title: str, rows: Sequence[FittedModel]) -> Table:
    return table(
        title,
        ("ahead", "R² %", "seconds", "kB", "id"),
        [
            (
                model_in_words(row.model),
                str(row.horizon),
                _skill(row),
                took(row.seconds),
                number((row.bytes or 0) / 1000, 1),
                str(row.id)[:ID],
            )
            for row in rows
        ],
        "ahead: sessions; R²: error saved against the prior (the pooled mean), walk-forward",
    )


def _skill(row: FittedModel) -> str:
    score = row.score
    return points(score.r2_mean, score.r2_mean_se) if score else MISSING
