"""Following a strategy as a page: what to hold, what it earned, and how good its forecasts were."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import counted, listed, number, percent, plus_minus, points, sessions
from forefolio.studies.follow_ups import FollowUps
from forefolio.studies.forecast_rows import ModelScore
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.backtest import record_evidence, records_table
from forefolio.views.figures import FIGURES
from forefolio.views.figures.series import forecasts_at, held, usual_horizon
from forefolio.views.leaderboard import model_shown
from forefolio.views.page import Emphasis, Lines, Page, Row, Table, sentences, table
from forefolio.views.remarks import in_full, in_short
from forefolio.views.report.page import render
from forefolio.views.report.summary import render_summary
from forefolio.views.report.words import (
    earned_in_short,
    estimated_by,
    expectation_in_short,
    headline,
    on_target_in_short,
    verdict,
)

_EMPHASIS: dict[str, Emphasis] = {"combined": "strong", "baseline": "weak"}


def strategy_page(result: StrategyResult) -> Page:
    """The weights; with the evidence the scores of all models and the record of all strategies."""
    data = result.data
    return Page(
        headline=(
            f"Weights for the session after {result.as_of} ({counted(len(data.tickers), 'asset')}, "
            f"{data.name})"
        ),
        summary=(
            f"{headline(result)}.",
            *earned_in_short(result),
            *on_target_in_short(result),
            expectation_in_short(result),
            *in_short(result.remarks),
        ),
        main=(_weights(result), *_parts(result)),
        evidence=(
            _return_board(result.leaderboard),
            *_volatility_board(result.leaderboard),
            records_table(result.backtest),
            *record_evidence(result),
            *sentences("Limits that bind, and their shadow prices", _limits(result)),
            *in_full(result.remarks),
        ),
        pictures={name: partial(draw, result) for name, draw in FIGURES.items()},
    )


def strategy_files(
    result: StrategyResult, asked: Callable[[], FollowUps]
) -> dict[str, Callable[[], bytes]]:
    """The report with what was asked about the run, one page of it, and the weights.

    These as `forefolio orders` reads them.
    """
    return {
        "report.html": lambda: render(result, asked()).encode(),
        "summary.html": lambda: render_summary(result).encode(),
        "weights.csv": lambda: _csv(result.weights.items()).encode(),
    }


def _csv(weights: Iterable[tuple[str, float]]) -> str:
    lines = (f"{ticker},{weight:.6f}" for ticker, weight in weights)
    return "\n".join(("ticker,weight", *lines, ""))


def _weights(result: StrategyResult) -> Table:
    horizon = usual_horizon(result)
    forecasts = forecasts_at(result, horizon)
    level = next((f"{percent(f.level, 0)} interval" for f in forecasts.values()), "interval")
    rows = []
    for ticker, weight in held(result):
        own = forecasts[ticker]
        rows.append(
            (
                ticker,
                percent(weight),
                percent(own.mean, 2, signed=True),
                f"{percent(own.low, signed=True)} to {percent(own.high, signed=True)}",
                percent(own.prior, 2, signed=True),
                percent(result.expected_returns.get(ticker), signed=True),
            )
        )
    if abs(result.cash) > 5e-4:
        earning = percent(result.cash_return, signed=True)
        rows.append(("cash", percent(result.cash), "", "", "", earning))
    title = f"Weights, and the forecast over {sessions(horizon)} of each"
    note = " ".join([estimated_by(result), *(one.sentence for one in verdict(result)[:1])])
    return table(title, ("weight", "forecast", level, "prior", "a year"), rows, note)


def _parts(result: StrategyResult) -> tuple[Lines, ...]:
    shares = [f"{name} {percent(share)}" for name, share in result.parts.items()]
    return (Lines(lines=(f"Parts: {listed(shares)}.",), listed=False),) if shares else ()


def _return_board(leaderboard: Sequence[ModelScore]) -> Table:
    rows = [row for row in leaderboard if row.kind != "volatility"]
    title = "Return forecasts, out of sample: R² across assets, points ± standard error"
    return _by_horizon(title, rows, lambda row: points(row.r2_across, row.r2_across_se))


def _volatility_board(leaderboard: Sequence[ModelScore]) -> Iterable[Table]:
    rows = [row for row in leaderboard if row.kind == "volatility"]
    if rows:
        first = model_in_words(rows[0].model)
        title = f"Volatility forecasts: QLIKE less {first}'s ± standard error; less is better"
        yield _by_horizon(title, rows, _qlike)


def _qlike(row: ModelScore) -> str:
    return plus_minus(row.qlike, row.qlike_se, 3, signed=True)


def _by_horizon(title: str, rows: Sequence[ModelScore], cell: Callable[[ModelScore], str]) -> Table:
    horizons = sorted({row.horizon for row in rows})
    lines = []
    for name in dict.fromkeys(row.model for row in rows):
        mine = {row.horizon: row for row in rows if row.model == name}
        cells = [cell(mine[horizon]) if horizon in mine else "" for horizon in horizons]
        one = next(iter(mine.values()))
        lines.append(Row((model_shown(one), *cells), _EMPHASIS.get(one.kind, "")))
    return table(title, tuple(map(sessions, horizons)), lines)


def _limits(result: StrategyResult) -> Iterator[str]:
    for one in result.limits:
        yield f"{one.name}: {number(one.price, 3, signed=True)}"
