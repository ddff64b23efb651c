"""The scores of all models as a page: which was best, and does it beat the naive forecasts."""

from collections.abc import Iterable, Sequence

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import belief, listed, percent, plus_minus, points, sessions
from forefolio.forecast.scoring.score import (
    BEATS,
    KNOWN_RISKS,
    NOT_SHOWN,
    RANKS,
    RANKS_TOO_BOLDLY,
    SIGNIFICANT,
    UNDERPOWERED,
    USUAL_IC,
    WORSE,
)
from forefolio.studies.forecast import ForecastResult
from forefolio.studies.forecast_rows import ModelScore
from forefolio.views.figures.scores import draw_scores
from forefolio.views.forecast import horizons_in_words, rests_on
from forefolio.views.page import Emphasis, Page, Row, Table, sentences, table
from forefolio.views.remarks import in_full, in_short

VERDICTS = {
    BEATS: "better",
    RANKS: "ranks well",
    RANKS_TOO_BOLDLY: "too bold",
    KNOWN_RISKS: "known risks",
    WORSE: "worse",
    NOT_SHOWN: "not shown",
    UNDERPOWERED: "underpowered",
}
SHOWN = (BEATS, RANKS, RANKS_TOO_BOLDLY)
_NOT_SCORED = "Trained models are not scored again; `forefolio models show ID` has their scores."
MEANING = (
    "R²: squared error across assets saved against the prior (the pooled mean), in percent; 0 is "
    "no better, 1 is much. Rank IC: rank correlation of forecasts and outcomes across assets; 0 is "
    "chance, 0.05 is good. ± is one standard error; a verdict needs two."
)
READING = (
    "In use: the share of the forecast that is followed; what the models do not have is the "
    "prior's. How long each was fitted and how large it is, once `forefolio train` has kept it, "
    "`forefolio models list` says.",
    "Neutral: the rank IC without what volatility, market slope and size explain.",
    "Known risks: ranks assets, but by known risks alone. Too bold: ranks assets, but overstates "
    "their differences. Underpowered: the record is too short for a rank IC of "
    f"{USUAL_IC} to show.",
    "QLIKE: loss of the variance less the first row's; below 0 is better.",
    "CRPS: loss of the whole distribution, in percent saved against the pooled mean.",
    "R² of log: of the logarithm of realised variance, in percent; over own: the same against "
    "each asset's own past mean.",
)


def leaderboard_page(result: ForecastResult) -> Page:
    """The best model at each horizon; every score of every model as evidence."""
    horizons = dict.fromkeys(row.horizon for row in result.leaderboard)
    returns = [_of(result, horizon, volatility=False) for horizon in horizons]
    risks = [_of(result, horizon, volatility=True) for horizon in horizons]
    best = [leader for rows in returns if (leader := _best(rows)) is not None]
    every = [
        block
        for rows, volatilities in zip(returns, risks, strict=True)
        for block in (_returns(rows), _volatility(volatilities), _explained(volatilities))
    ]
    return Page(
        headline=f"Forecasts scored out of sample, up to the close of {result.as_of}",
        summary=(
            _against_prior(best) if result.leaderboard else _NOT_SCORED,
            *_short_record(best),
            *((_of_volatility(risks),) if result.leaderboard else ()),
            rests_on(result.data),
            *in_short(result.remarks),
        ),
        main=(_leaders(best),) if best else (),
        evidence=(
            *every,
            *sentences("Intervals of the combined forecast", map(_coverage, _covered(result))),
            *sentences("How to read these tables", READING),
            *in_full(result.remarks),
        ),
        pictures={"skill": lambda: draw_scores(result.leaderboard)} if result.leaderboard else {},
    )


def _of(result: ForecastResult, horizon: int, *, volatility: bool) -> tuple[ModelScore, ...]:
    return tuple(
        row
        for row in result.leaderboard
        if row.horizon == horizon and (row.kind == "volatility") == volatility
    )


def _best(rows: Iterable[ModelScore]) -> ModelScore | None:
    """The model with the least squared error across assets."""
    candidates = [row for row in rows if row.kind in ("model", "combined")]
    return max(candidates, key=lambda row: _or_lowest(row.r2_across), default=None)


def _or_lowest(value: float | None) -> float:
    return float("-inf") if value is None else value


def model_shown(row: ModelScore) -> str:
    """What a table calls a model; a baseline is marked as one."""
    name = model_in_words(row.model)
    return f"{name} (naive)" if row.kind == "baseline" else name


def in_use(row: ModelScore) -> str:
    """The share that a model has of the forecast that is in use; empty where it can have none."""
    return "" if row.share is None else belief(row.share) if row.share else "no"


def verdict_in_short(row: ModelScore) -> str:
    """A verdict in one or two words."""
    return VERDICTS[row.verdict.partition(":")[0]]


# -- summary ---------------------------------------------------------------------------------------


def _against_prior(best: Sequence[ModelScore]) -> str:
    if not best:
        return "No model was scored: there are only the naive forecasts."
    shown = [row for row in best if row.verdict in SHOWN]
    if not shown:
        return f"No model is shown to beat the prior at {_horizons(best)}."
    models = dict.fromkeys(row.model for row in shown)
    parts = [
        f"{model_in_words(m)} at {_horizons(row for row in shown if row.model == m)}"
        for m in models
    ]
    rest = [row for row in best if row not in shown]
    none = f"; none at {_horizons(rest)}" if rest else ""
    return f"Shown to have skill: {listed(parts)}{none}."


def _horizons(rows: Iterable[ModelScore]) -> str:
    return horizons_in_words(row.horizon for row in rows)


def _short_record(best: Sequence[ModelScore]) -> Iterable[str]:
    short = [row for row in best if row.verdict.startswith(UNDERPOWERED)]
    if short:
        years = max(row.years_needed or 0.0 for row in short)
        yield (
            f"Too short a record at {_horizons(short)}: {short[0].years:,.1f} of up to "
            f"{years:,.0f} years."
        )


def _of_volatility(risks: Sequence[Sequence[ModelScore]]) -> str:
    better: dict[str, list[int]] = {}
    for rows in risks:
        leader = min(rows, key=lambda row: float("inf") if row.qlike is None else row.qlike)
        if against_first(leader, rows[0]) == "better":
            better.setdefault(model_in_words(leader.model), []).append(leader.horizon)
    reference = model_in_words(risks[0][0].model)
    if not better:
        return f"No volatility model is shown to beat {reference}."
    parts = [f"{name} at {horizons_in_words(several)}" for name, several in better.items()]
    return f"Volatility is forecast best by {listed(parts)}, better than by {reference}."


# -- tables ----------------------------------------------------------------------------------------


def _leaders(best: Sequence[ModelScore]) -> Table:
    return table(
        "The best model of returns at each horizon",
        ("model", "R², %", "rank IC", "verdict"),
        [
            (
                sessions(row.horizon),
                model_in_words(row.model),
                _gain(row),
                _correlation(row),
                verdict_in_short(row),
            )
            for row in best
        ],
        MEANING,
    )


def _returns(rows: Sequence[ModelScore]) -> Table:
    first = rows[0]
    return table(
        f"{sessions(first.horizon)} ahead: returns, {sessions(first.sessions)}, "
        f"{first.independent:,} without overlap",
        ("in use", "R², %", "rank IC", "neutral", "verdict"),
        [
            Row(
                (
                    model_shown(row),
                    in_use(row),
                    _gain(row),
                    _correlation(row),
                    _decimals(row.rank_ic_neutral, row.rank_ic_neutral_se),
                    verdict_in_short(row),
                ),
                _emphasis(row),
            )
            for row in rows
        ],
    )


def _volatility(rows: Sequence[ModelScore]) -> Table:
    return table(
        f"{sessions(rows[0].horizon)} ahead: volatility",
        ("QLIKE", "CRPS, %", "verdict"),
        [
            (
                model_in_words(row.model),
                plus_minus(row.qlike, row.qlike_se, 3, signed=True),
                _with_error(row.crps_gain, row.crps_gain_se),
                against_first(row, rows[0]),
            )
            for row in rows
        ],
    )


def _explained(rows: Sequence[ModelScore]) -> Table:
    return table(
        f"{sessions(rows[0].horizon)} ahead: volatility explained, %",
        ("R² of log", "over own"),
        [
            (
                model_in_words(row.model),
                _with_error(row.r2_log_variance, row.r2_log_variance_se),
                _with_error(row.r2_log_own, row.r2_log_own_se),
            )
            for row in rows
        ],
    )


def _covered(result: ForecastResult) -> Iterable[ModelScore]:
    return (row for row in result.leaderboard if row.coverage is not None)


def _coverage(row: ModelScore) -> str:
    return (
        f"{sessions(row.horizon)} ahead: {percent(row.coverage)} of outcomes were inside, "
        f"{percent(row.level, 0)} are meant to be; in the most volatile tenth of sessions "
        f"{percent(row.coverage_crisis)}{_in_windows(row)}."
    )


def _in_windows(row: ModelScore) -> str:
    """What held in the months of the great crises, where any of them was scored."""
    held = row.coverage_windows
    return "" if held is None else f", in the great crises of 2008 and 2020 {percent(held)}"


def against_first(row: ModelScore, first: ModelScore) -> str:
    """Whether a volatility model is better than the first by two standard errors of QLIKE."""
    if row is first:
        return ""
    if row.qlike is None or abs(row.qlike) <= SIGNIFICANT * (row.qlike_se or 0.0):
        return "not shown"
    return "better" if row.qlike < 0 else "worse"


def _gain(row: ModelScore) -> str:
    return points(row.r2_across, row.r2_across_se)


def _correlation(row: ModelScore) -> str:
    return _decimals(row.rank_ic, row.rank_ic_se)


def _decimals(value: float | None, error: float | None) -> str:
    return "" if value is None else plus_minus(value, error, 3)


def _with_error(value: float | None, error: float | None) -> str:
    return "" if value is None else points(value, error, 1)


def _emphasis(row: ModelScore) -> Emphasis:
    return "strong" if row.kind == "combined" else "weak" if row.kind == "baseline" else ""
