"""The report's tables: weights, leaderboards, backtest."""

from collections.abc import Sequence

from forefolio.core.wording import counted, number, percent, plus_minus, points, sessions
from forefolio.studies.forecast_rows import AssetForecast, ModelScore
from forefolio.studies.strategy_result import Record, SharpeComparison, StrategyResult
from forefolio.views.figures.series import forecasts_at, held, usual_horizon
from forefolio.views.report.bars import Estimate, Ruler, interval, weight_bar
from forefolio.views.report.charts import asset_classes
from forefolio.views.report.markup import Markup, join, row, table, tag
from forefolio.views.report.measures import BACKTEST
from forefolio.views.report.words import skill_tone, test_tone

_GROUPS = (
    ("Followed", "combined"),
    ("Models", "model"),
    ("Baselines", "baseline"),
)


def weights_table(result: StrategyResult) -> Markup:
    """Tomorrow's weights, the forecast behind each, and its interval."""
    horizon = usual_horizon(result)
    rows, classes = forecasts_at(result, horizon), asset_classes(result)
    positions = held(result)
    mine = [rows[ticker] for ticker, _ in positions if ticker in rows]
    ruler = Ruler.over([bound for f in mine for bound in (f.low, f.high)])
    largest = max((abs(weight) for _, weight in positions), default=1.0)
    own = result.expected_returns
    body = [
        _weight_row(ticker, weight, rows.get(ticker), ruler, (largest, classes, own.get(ticker)))
        for ticker, weight in positions
    ]
    if abs(result.cash) > 5e-4:
        earned = f"{percent(result.cash_return, signed=True)}"
        bar = weight_bar(result.cash, largest, "cash")
        body.append(
            row("Cash", _figure(percent(result.cash)), tag("td", bar), "", "", "", "",
                _figure(earned), kind="muted")
        )  # fmt: skip
    left = len(result.data.tickers) - len(positions)
    level = f"{percent(mine[0].level, 0)} interval" if mine else "Interval"
    headings = ("", _right("Weight"), "", _right("Forecast"), _right(level), "",
                _right("Without models"), _right("Expected a year"))  # fmt: skip
    caption = f"Weights, and the forecast over {sessions(horizon)} of each"
    everyone = counted(len(result.data.tickers), "asset")
    note = f"{left} of {everyone} {'is' if left == 1 else 'are'} not held." if left else None
    return join([table(caption, headings, [body]), tag("p", note, class_="note") if note else None])


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
    headings = ("", _right("R² across assets"), "", _right("Direction"), _right("less always-up"),
                _right("Rank IC"), _right("Neutral"), _right("Coverage"), "Verdict")  # fmt: skip
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
    head = [_right(r.name) for r in results]
    body = [
        row(tag("span", m.name, title=m.meaning), *(_figure(m.write(r)) for r in results))
        for m in BACKTEST
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
            _figure(percent(r.annual_return)),
            _figure(_sharpe(r)),
            tag("td", interval(e, ruler, _told(f"Sharpe of {r.name}", _sharpe(r)))),
            *_difference(r.strategy_versus_this),
            kind="followed" if r is results[0] else "",
        )
        for r, e in zip(results, estimates, strict=True)
    ]  # fmt: skip
    tests = [r.strategy_versus_this for r in results if r.strategy_versus_this]
    level = f"{percent(tests[0].level, 0)} interval" if tests else "Interval"
    headings = ("", _right("Return a year"), _right("Sharpe ± s.e."), "",
                _right("Strategy less this"), _right(level), "Verdict")  # fmt: skip
    return table("Is the difference more than luck?", headings, [body])


def _weight_row(
    ticker: str,
    weight: float,
    forecast: AssetForecast | None,
    ruler: Ruler,
    look: tuple[float, dict[str, str], float | None],
) -> Markup:
    largest, classes, expected = look
    kind = classes.get(ticker, "other")
    bar = tag("td", weight_bar(weight, largest, kind))
    if forecast is None:
        return row(ticker, _figure(percent(weight)), bar, "", "", "", "", "")
    estimate = Estimate(value=forecast.mean, low=forecast.low, high=forecast.high,
                        beside=forecast.prior)  # fmt: skip
    low, high = (percent(bound, signed=True) for bound in (forecast.low, forecast.high))
    mean = percent(forecast.mean, 2, signed=True)
    told = f"{ticker}: forecast {mean}, from {low} to {high}"
    return row(
        ticker,
        _figure(percent(weight)),
        bar,
        _figure(mean),
        _figure(f"{low} to {high}"),
        tag("td", interval(estimate, ruler, told)),
        _figure(percent(forecast.prior, 2, signed=True)),
        _figure(percent(expected, signed=True)),
    )


def _score_row(score: ModelScore, ruler: Ruler) -> Markup:
    gain = points(score.r2_across, score.r2_across_se)
    estimate = Estimate.of(score.r2_across, score.r2_across_se)
    told = _told(f"R² of {score.model} across assets, in points", gain)
    return row(
        score.model,
        _figure(gain),
        tag("td", interval(estimate, ruler, told)),
        _figure(percent(score.direction)),
        _figure(points(score.direction_minus_always_up, score.direction_minus_always_up_se, 1)),
        _figure(plus_minus(score.rank_ic, score.rank_ic_se, 3, signed=True)),
        _figure(plus_minus(score.rank_ic_neutral, score.rank_ic_neutral_se, 3, signed=True)),
        _figure(percent(score.coverage)),
        tag("td", _in_short(_skill(score)), title=_skill(score), class_=_said(score)),
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
        drawn = tag("td", interval(estimate, ruler, _told(f"QLIKE of {r.model}", loss)))
        body.append(row(r.model, _figure(loss), drawn))
    headings = ("", _right("QLIKE ± s.e."), "")
    reference = board[0].model
    caption = f"Volatility {sessions(horizon)} ahead: loss less that of {reference}; less is better"
    return table(caption, headings, [body], "board narrow")


def _skill(score: ModelScore) -> str:
    same = score.r2_mean == 0.0 and not score.r2_mean_se
    return "is the pooled mean" if same else str(score.verdict)


def _said(score: ModelScore) -> str:
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
        _figure(number(test.sharpe, signed=True)),
        _figure(f"{low} to {high}"),
        tag("td", test.verdict, class_=f"said {test_tone(test)}"),
    )


def _group(title: str) -> Markup:
    return tag("tr", tag("th", title, scope="rowgroup", colspan="9"), class_="group")


def _told(what: str, number_shown: str) -> str:
    return f"{what}: {number_shown}; the line spans two standard errors to each side"


def _figure(shown: str) -> Markup:
    return tag("td", shown, class_="n")


def _right(heading: str) -> Markup:
    return tag("th", heading, scope="col", class_="n")
