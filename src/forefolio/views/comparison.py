"""A comparison of models as a page: which is better, and how sure that is."""

from collections.abc import Iterable, Sequence
from functools import partial

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import listed, number, percent, sessions
from forefolio.studies.comparison import ComparisonResult, ModelComparison, ModelPair
from forefolio.views.figures.scores import draw_differential
from forefolio.views.forecast import horizons_in_words, rests_on
from forefolio.views.page import Page, Table, sentences, table
from forefolio.views.remarks import in_full, in_short

MEANING = (
    "p: how likely such a difference is by luck if the two are equally good, of this pair alone "
    "and of all pairs together; below 0.05 the difference is shown. May be best: the 90 % model "
    "confidence set."
)
UNDECIDED = "not shown"


def comparison_page(result: ComparisonResult) -> Page:
    """The better model at each horizon, with the verdict in full."""
    compared = result.comparisons
    verdicts = sentences(
        "Verdicts",
        (f"{sessions(one.horizon)} ahead: {model_in_words(one.verdict)}." for one in compared),
    )
    alone = len(compared) == 1
    every = [_losses(one) for one in compared]
    return Page(
        headline=f"Models compared out of sample, up to the close of {result.as_of}",
        summary=(
            *([_sentence(compared[0])] if alone else _summary(compared)),
            rests_on(result.data),
            *in_short(result.remarks),
        ),
        main=tuple(every) if alone else (_answers(compared), *verdicts),
        evidence=(*(() if alone else every), *in_full(result.remarks)),
        pictures={
            f"differential_{one.horizon}": partial(draw_differential, one) for one in compared
        },
    )


def _sentence(one: ModelComparison) -> str:
    verdict = f"{model_in_words(one.verdict)}."
    return f"{sessions(one.horizon)} ahead: {verdict}"


def _summary(compared: Sequence[ModelComparison]) -> Iterable[str]:
    undecided = [one.horizon for one in compared if _winner(one) is None]
    if undecided:
        yield f"At {horizons_in_words(undecided)} no model is shown to be better than all others."
    winners: dict[str, list[int]] = {}
    for one in compared:
        if (name := _winner(one)) is not None:
            winners.setdefault(name, []).append(one.horizon)
    if winners:
        parts = [
            f"{model_in_words(name)} at {horizons_in_words(several)}"
            for name, several in winners.items()
        ]
        yield f"Shown to be better than all others: {listed(parts)}."


def _winner(one: ModelComparison) -> str | None:
    """The one model that is shown to be better than all others, if there is one."""
    if one.verdict.startswith(UNDECIDED):
        return None
    if len(one.names) > 2:
        return one.best[0] if len(one.best) == 1 else None
    return one.names[0] if one.pairs[0].change < 0 else one.names[1]


def _answers(compared: Sequence[ModelComparison]) -> Table:
    return table(
        f"The smallest {compared[0].measure} at each horizon",
        ("model", "loss", "may be best", "better than all"),
        [
            (
                sessions(one.horizon),
                model_in_words(name),
                number(loss, 4),
                f"{len(one.best)} of {len(one.names)}",
                "shown" if _winner(one) else UNDECIDED,
            )
            for one in compared
            for loss, name in [min(zip(one.losses, one.names, strict=True))]
        ],
    )


def _losses(one: ModelComparison) -> Table:
    against = {pair.reference: pair for pair in one.pairs}
    return table(
        f"{sessions(one.horizon)} ahead: {one.measure}, {sessions(one.sessions)}, "
        f"{one.independent:,} without overlap",
        ("loss", f"more than {model_in_words(one.names[0])}", "p", "p of all", "may be best"),
        [
            (
                model_in_words(name),
                number(loss, 4),
                *_against(against.get(name)),
                "yes" if name in one.best else "no",
            )
            for name, loss in zip(one.names, one.losses, strict=True)
        ],
        MEANING,
    )


def _against(pair: ModelPair | None) -> tuple[str, str, str]:
    if pair is None:
        return "", "", ""
    more = -pair.change / (1 + pair.change)  # the change is the first's against this one
    alone = number(max(pair.p_value, pair.p_bootstrap), 3)
    return percent(more, 2, signed=True), alone, number(pair.p_family, 3)
