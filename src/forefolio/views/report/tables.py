"""The report's tables of evidence: leaderboards, backtest."""

from collections.abc import Sequence

from forefolio.core.kinds import model_in_words
from forefolio.core.wording import MISSING, number, percent, plus_minus, points, sessions
from forefolio.evidence.claims import Claim
from forefolio.studies.forecast_rows import ModelScore
from forefolio.studies.strategy_result import Record, SharpeComparison, StrategyResult
from forefolio.views.attribution import attribution_tables
from forefolio.views.claims import HEADINGS, NOTE, TITLE, claim_cells
from forefolio.views.layers import layers_table, luck_sentence
from forefolio.views.look import TITLES
from forefolio.views.page import Table
from forefolio.views.report.again import drawn_again
from forefolio.views.report.bars import Estimate, Ruler, interval
from forefolio.views.report.markup import (
    NOTHING,
    Markup,
    figure,
    join,
    right,
    row,
    table,
    tag,
)
from forefolio.views.report.measures import BACKTEST
from forefolio.views.report.words import skill_tone, test_tone

_GROUPS = (
    ("Followed", "combined"),
    ("Models", "model"),
    ("Baselines", "baseline"),
)


def leaderboard(result: StrategyResult, horizon: int) -> Markup:
    """Everything that forecast over `horizon` sessions, baselines included."""
    everything = [r for r in result.leaderboard if r.horizon == horizon]
    board = [r for r in everything if r.kind != "volatility"]
    estimates = [Estimate.of(r.r2_across, r.r2_across_se) for r in board]
    ruler = Ruler.over([bound for e in estimates for bound in (e.low, e.high, e.value)])
    bodies = [
        [_group(title), *(_score_row(r, ruler) for r in board if r.kind == kind)]
        for title, kind in _GROUPS
        if any(r.kind == kind for r in board)
    ]
    headings = ("", right("R² across assets"), "", right("Direction"), right("minus always-up"),
                right("Rank IC"), right("Neutral"), right("Coverage"), "Verdict")  # fmt: skip
    counted = max((r.sessions for r in board), default=0)
    apart = max((r.independent for r in board), default=0)
    caption = (
        f"Returns {sessions(horizon)} ahead: {sessions(counted)} out of sample, {apart:,} of them "
        "without overlap; points ± s.e."
    )
    volatile = [r for r in everything if r.kind == "volatility"]
    return join([table(caption, headings, bodies, "board"), _volatility_table(volatile, horizon)])


def backtest_table(results: Sequence[Record]) -> Markup:
    """Every measure of every strategy, the followed one first."""
    head = [right(r.name) for r in results]
    body = [
        row(tag("span", m.name, title=m.meaning), *map(figure, written))
        for m in BACKTEST
        for written in [[m.write(r) for r in results]]
        if any(MISSING not in one for one in written)
    ]
    span = f"{results[0].first} to {results[0].last}"
    return table(f"Backtest {span}, after costs", ("", *head), [body], "metrics")


def sharpe_table(results: Sequence[Record]) -> Markup:
    """Sharpe ratios with their errors, and what the differences are worth."""
    estimates = [Estimate.of(r.sharpe, r.sharpe_error) for r in results]
    ruler = Ruler.over([bound for e in estimates for bound in (e.low, e.high)])
    body = [
        row(
            r.name,
            figure(percent(r.annual_return)),
            figure(_sharpe(r)),
            tag("td", interval(e, ruler, _labelled(f"Sharpe of {r.name}", _sharpe(r)))),
            *_difference(r.strategy_versus_this),
            kind="followed" if r is results[0] else "",
        )
        for r, e in zip(results, estimates, strict=True)
    ]  # fmt: skip
    tests = [r.strategy_versus_this for r in results if r.strategy_versus_this]
    level = f"{percent(tests[0].level, 0)} interval" if tests else "Interval"
    headings = ("", right("Return a year"), right("Sharpe ± s.e."), "",
                right("Followed minus this"), right(level), "Verdict")  # fmt: skip
    return table("Is the difference more than luck?", headings, [body])


def claims_board(claims: Sequence[Claim]) -> Markup | None:
    """Every claim of the report with its mark; nothing if there is none."""
    if not claims:
        return None
    *numbers, shown = HEADINGS
    body = [
        row(
            sentence,
            *map(figure, written),
            tag("td", verdict, class_="said"),
            kind="followed" if one.mark == "shown" else "",
        )
        for one in claims
        for sentence, *written, verdict in [claim_cells(one)]
    ]
    headings = ("", *map(right, numbers), shown.capitalize())
    return join([table(TITLE, headings, [body], "sentences"), tag("p", NOTE, class_="note")])


def attribution_boards(result: StrategyResult) -> Markup:
    """Where the return of the followed strategy came from, as far as it is known."""
    boards = [page_table(one, "metrics") for one in attribution_tables(result.attribution)]
    if not boards:
        return NOTHING
    by = 2 if result.attribution and result.attribution.sectors else 1
    parts = join([boards[0], *(tag("div", board) for board in boards[1:by])])
    return join([drawn_again(parts, "returns"), *boards[by:]])


def layers_board(result: StrategyResult) -> Markup | None:
    """What of its return was expected, layer by layer, and what luck, as far as it is known."""
    if result.layers is None:
        return None
    heading = tag("h3", TITLES["layers"])
    sentence = tag("p", luck_sentence(result.layers), class_="lead")
    shown = drawn_again(page_table(layers_table(result.layers), "metrics"), "layers")
    return join([heading, sentence, shown])


def page_table(shown: Table, kind: str) -> Markup:
    """A table of a page, as it is in the terminal: a row that stands out does so, with its note."""
    first, *others = shown.columns
    is_number = [column.align == "right" for column in others]
    headings = [right(one.heading) if n else one.heading
                for one, n in zip(others, is_number, strict=True)]  # fmt: skip
    body = [
        row(
            one.cells[0],
            *(figure(c) if n else c for c, n in zip(one.cells[1:], is_number, strict=True)),
            kind="followed" if one.emphasis == "strong" else "",
        )
        for one in shown.rows
    ]
    note = tag("p", shown.note, class_="note") if shown.note else None
    return join([table(shown.title, (first.heading, *headings), [body], kind), note])


def _score_row(score: ModelScore, ruler: Ruler) -> Markup:
    gain = points(score.r2_across, score.r2_across_se)
    estimate = Estimate.of(score.r2_across, score.r2_across_se)
    label = _labelled(f"R² of {model_in_words(score.model)} across assets, in points", gain)
    return row(
        model_in_words(score.model),
        figure(gain),
        tag("td", interval(estimate, ruler, label)),
        figure(percent(score.direction)),
        figure(points(score.direction_minus_always_up, score.direction_minus_always_up_se, 1)),
        figure(plus_minus(score.rank_ic, score.rank_ic_se, 3, signed=True)),
        figure(plus_minus(score.rank_ic_neutral, score.rank_ic_neutral_se, 3, signed=True)),
        figure(percent(score.coverage)),
        tag("td", _in_short(_skill(score)), title=_skill(score), class_=_verdict_class(score)),
        kind="followed" if score.kind == "combined" else "",
    )


def _volatility_table(board: Sequence[ModelScore], horizon: int) -> Markup | None:
    if not board:
        return None
    estimates = [Estimate.of(r.qlike, r.qlike_se) for r in board]
    ruler = Ruler.over([bound for e in estimates for bound in (e.low, e.high, e.value)])
    body = []
    for r, estimate in zip(board, estimates, strict=True):
        loss = plus_minus(r.qlike, r.qlike_se, 3, signed=True)
        drawn = tag(
            "td", interval(estimate, ruler, _labelled(f"QLIKE of {model_in_words(r.model)}", loss))
        )
        body.append(row(model_in_words(r.model), figure(loss), drawn))
    headings = ("", right("QLIKE ± s.e."), "")
    reference = model_in_words(board[0].model)
    caption = f"Volatility {sessions(horizon)} ahead: loss less that of {reference}; less is better"
    return table(caption, headings, [body], "board narrow")


def _skill(score: ModelScore) -> str:
    same = score.r2_mean == 0.0 and not score.r2_mean_se
    return "is the pooled mean" if same else str(score.verdict)


def _verdict_class(score: ModelScore) -> str:
    return f"said {skill_tone(score)}"


def _in_short(verdict: str) -> str:
    """A verdict that fits a narrow column; the whole of it is the cell's title."""
    return "not shown, record too short" if "underpowered" in verdict else verdict


def _sharpe(result: Record) -> str:
    return plus_minus(result.sharpe, result.sharpe_error)


def _difference(test: SharpeComparison | None) -> tuple[Markup, ...]:
    if test is None:
        return (tag("td"), tag("td"), tag("td", "the strategy followed", class_="said"))
    low, high = (number(bound, signed=True) for bound in (test.low, test.high))
    return (
        figure(number(test.sharpe, signed=True)),
        figure(f"{low} to {high}"),
        tag("td", test.verdict, class_=f"said {test_tone(test)}"),
    )


def _group(title: str) -> Markup:
    return tag("tr", tag("th", title, scope="rowgroup", colspan="9"), class_="group")


def _labelled(what: str, number_shown: str) -> str:
    return f"{what}: {number_shown}; the line spans two standard errors to each side"
