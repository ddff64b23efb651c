"""The features a model rests on as a page: bars that help, bars that harm, and over time."""

from collections.abc import Iterable, Sequence
from functools import partial

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import listed, number, percent, plus_minus, points, sessions
from forefolio.forecast.scoring.score import SIGNIFICANT
from forefolio.studies.importance import (
    FeatureImportance,
    ImportanceInFold,
    ImportanceResult,
    ModelImportance,
)
from forefolio.views.figures.importance import draw_importance
from forefolio.views.forecast import rests_on
from forefolio.views.page import Block, Column, Page, Table, sentences, table
from forefolio.views.remarks import in_full, in_short

BAR = 10  # characters of the longest
HELP, HARM = "█", "░"
PHASES = 6  # columns of a history that fit beside the names
MOST = 10  # features in the first table
NAMED = 2  # features named in a sentence
MEANING = (
    f"R²: what the forecasts' R² loses, in points, when the feature's values are shuffled; rank "
    f"IC: what the rank correlation loses; ± is one standard error. {HELP} helps: without the "
    f"feature forecasts are worse; {HARM} harms: without it they are better."
)


def importance_page(result: ImportanceResult) -> Page:
    """The most important features at the first horizon; all of them, and over time, behind it."""
    first, *others = result.importance
    long = len(first.features) > MOST
    behind: list[Block] = [_worth(first)] if long else []
    behind.append(_history(first))
    for one in others:
        behind += [_worth(one), _history(one)]
    return Page(
        headline=f"What {model_in_words(first.model)} rests on, out of sample, "
        f"up to the close of {result.as_of}",
        summary=(
            _best(first),
            *_harm(first),
            *_together(result.importance),
            rests_on(result.data),
            *in_short(result.remarks),
        ),
        main=(_worth(first, most=MOST),),
        evidence=(
            *behind,
            *sentences(
                "Features that move together, so that each looks less important than it is",
                map(listed, _groups(result.importance)),
            ),
            *in_full(result.remarks),
        ),
        pictures={
            f"importance_{one.horizon}": partial(draw_importance, one) for one in result.importance
        },
    )


# -- summary ---------------------------------------------------------------------------------------


def _best(one: ModelImportance) -> str:
    shown = [row.label for row in one.features if _beyond(row, 1.0)]
    ahead = f"{sessions(one.horizon)} ahead"
    if not shown:
        return f"No feature is shown to help {ahead}, beyond two standard errors."
    more = f" ({len(shown)} of {len(one.features)} are shown to help)"
    return f"Most useful {ahead}: {listed(shown[:NAMED])}{more}."


def _harm(one: ModelImportance) -> Iterable[str]:
    harmful = [row.label for row in reversed(one.features) if _beyond(row, -1.0)]
    if harmful:
        yield f"Shown to harm: {listed(harmful[:NAMED])}."


def _beyond(row: FeatureImportance, sign: float) -> bool:
    if row.r2_loss is None or row.r2_loss_se is None:
        return False
    return sign * row.r2_loss > SIGNIFICANT * row.r2_loss_se


def _together(importance: Sequence[ModelImportance]) -> Iterable[str]:
    if groups := _groups(importance):
        each = listed(groups[0][:NAMED])
        rest = f" ({len(groups)} such groups in all)" if len(groups) > 1 else ""
        yield f"{each} move together: one can replace another{rest}."


def _groups(importance: Sequence[ModelImportance]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(group for one in importance for group in one.groups))


# -- tables ----------------------------------------------------------------------------------------


def _worth(one: ModelImportance, most: int | None = None) -> Table:
    rows = one.features if most is None else _most_important(one.features, most)
    apart = any(row.size is not None for row in rows)
    largest = max(abs(row.r2_loss or 0.0) for row in one.features)
    hidden = len(one.features) - len(rows)
    rest = f" {hidden} less important features: --verbose." if hidden else ""
    return table(
        f"What {model_in_words(one.model)} loses without a feature, {sessions(one.horizon)} ahead",
        ("R²", "rank IC", *(["part"] if apart else []), Column("", "left")),
        [
            (
                short(row.label),
                points(row.r2_loss, row.r2_loss_se),
                plus_minus(row.rank_ic_loss, row.rank_ic_loss_se, 3, signed=True),
                *([percent(row.size, 2)] if apart else []),
                bar(row.r2_loss or 0.0, largest),
            )
            for row in rows
        ],
        f"{MEANING}{' Part: its mean share of a forecast.' if apart else ''}{rest}",
    )


def _most_important(rows: Sequence[FeatureImportance], most: int) -> list[FeatureImportance]:
    """Those that help or harm most, in the order of the whole."""
    largest = sorted(rows, key=lambda row: -abs(row.r2_loss or 0.0))[:most]
    return [row for row in rows if row in largest]


def bar(value: float, largest: float) -> str:
    """A bar for a loss: one character for help, another for harm."""
    length = round(BAR * abs(value) / largest) if largest else 0
    return (HELP if value > 0 else HARM) * length


def _history(one: ModelImportance) -> Table:
    """Loss of R² by phase: the folds in a few groups, oldest first."""
    folds = one.over_time
    step = -(-len(folds) // PHASES)
    phases = [folds[first : first + step] for first in range(0, len(folds), step)]
    return table(
        f"The same over time, {sessions(one.horizon)} ahead: R², points, from",
        [f"{phase[0].session:%Y-%m}" for phase in phases],
        [
            (short(row.label), *(_mean(phase, row.feature) for phase in phases))
            for row in one.features
        ],
    )


def _mean(phase: Sequence[ImportanceInFold], feature: str) -> str:
    lost = [value for fold in phase if (value := fold.r2_loss[feature]) is not None]
    return number(100 * sum(lost) / len(lost), signed=True) if lost else ""


def short(label: str) -> str:
    """A label of at most thirty characters."""
    return label if len(label) <= 30 else f"{label[:29]}…"
