"""The parts of the report, in the order in which they are read."""

from collections.abc import Mapping, Sequence
from typing import Any

from forefolio.core.kinds import in_words, model_in_words
from forefolio.core.lazy import lazy
from forefolio.core.wording import MISSING, belief, counted, listed, percent, sessions
from forefolio.studies.follow_ups import FollowUps, Reported, expected_by_asset
from forefolio.studies.result import DataFacts, Remark, Result
from forefolio.studies.strategy_claims import claims_of
from forefolio.studies.strategy_result import StrategyResult
from forefolio.views.figures.series import (
    CASH,
    OTHER,
    Series,
    held,
    series_of,
    usual_horizon,
)
from forefolio.views.look import TITLES
from forefolio.views.report.again import drawn_again, short
from forefolio.views.report.ahead import came_true
from forefolio.views.report.bars import by_month, holdings, monthly_returns
from forefolio.views.report.charts import asset_classes, equity_chart, slopes_chart, weights_chart
from forefolio.views.report.frontier import frontier
from forefolio.views.report.holdings import why
from forefolio.views.report.markup import Child, Markup, join, row, table, tag
from forefolio.views.report.measures import BACKTEST, FORECAST, KEY_FIGURES
from forefolio.views.report.money import counted_in, losses, orders
from forefolio.views.report.over_time import over_time
from forefolio.views.report.tables import (
    attribution_boards,
    backtest_table,
    claims_board,
    layers_board,
    leaderboard,
    sharpe_table,
)
from forefolio.views.report.terms import glossary
from forefolio.views.report.words import earned, expectation, headline, verdict

yaml: Any = lazy("yaml")

_PRICES = ("open", "high", "low", "close", "volume")
_MARKET_WIDE = {
    "aaa": "yields of Aaa bonds",
    "baa": "yields of Baa bonds",
    "benchmark": "the index",
    "bond": "a government bond",
    "core_cpi": "consumer prices",
    "risk_free": "the return of Treasury bills",
    "vix": "VIX",
}
"""Series that no asset has for itself, in words."""
_NAMED = 24  # parts of the bar that shows the portfolio


def opening(result: StrategyResult) -> Markup:
    """The verdict: what to hold, what to expect, how far to believe it."""
    statements = [
        tag("div", tag("dt", s.topic), tag("dd", s.sentence), class_=f"statement {s.tone}")
        for s in verdict(result)
    ]
    return tag(
        "section",
        tag("p", when(result), class_="eyebrow"),
        tag("h1", headline(result)),
        key_figures(result),
        holdings(result.weights, slices(result), asset_classes(result)),
        tag("p", earned(result), class_="lead"),
        tag("p", expectation(result), class_="lead"),
        tag("dl", *statements, *_caveats(result), class_="verdict"),
        id="verdict",
        class_="card opening",
    )


def _caveats(result: Result) -> list[Markup]:
    """What makes the record look better or worse than it is."""
    told = " ".join(one.message for one in result.remarks if one.reason == "caveat")
    if not told:
        return []
    return [
        tag("div", tag("dt", "What to bear in mind"), tag("dd", told), class_="statement whole")
    ]


def when(result: Result) -> str:
    """Which session, which run, when."""
    run = result.run
    by = "" if run is None else f" \N{MIDDLE DOT} run {run.id[:8]} of {run.created:%Y-%m-%d}"
    return f"For the session after {result.as_of}{by}"


def key_figures(result: StrategyResult) -> Markup:
    """The five numbers everybody looks for first, each beside what it must be compared with."""
    mine, *others = result.backtest
    cards = []
    for measure in KEY_FIGURES:
        if MISSING in measure.write(mine):
            continue
        beside = [f"{other.name} {measure.write(other)}" for other in others[:1]
                  if MISSING not in measure.write(other)]  # fmt: skip
        values = [tag("dd", measure.write(mine), class_="big"), tag("dd", *beside, class_="than")]
        cards.append(tag("div", tag("dt", measure.name), *values))
    span = f"Backtest {mine.first} to {mine.last}, out of sample, after costs"
    return join([tag("dl", *cards, class_="figures"), tag("p", span, class_="note")])


def buying(asked: FollowUps) -> Markup | None:
    """The orders for the capital."""
    if asked.orders is None:
        return None
    return section("buy", "What do I buy?", *orders(asked.orders),
                    tag("p", counted_in(asked.account), class_="note"))  # fmt: skip


def possible_losses(asked: FollowUps, record: StrategyResult | None = None) -> Markup | None:
    """What could be lost, in per cent and in money; with how often a year was, on `record`."""
    answers = losses(asked, record)
    if not answers:
        return None
    return section("losses", "What could I lose?", *answers,
                    tag("p", counted_in(asked.account), class_="note"))  # fmt: skip


def weights(result: StrategyResult, asked: FollowUps) -> Markup:
    """What to hold tomorrow, and why."""
    notes = [one.message for one in result.remarks if one.stage == "weights"]
    noted = [tag("p", " ".join(notes), class_="note")] if notes else []
    return section("weights", "Why these weights?", *why(result, asked), *noted)


def efficient(result: StrategyResult, asked: FollowUps) -> Markup | None:
    """The portfolio beside the efficient frontier."""
    if asked.frontier is None:
        return None
    own = "the forecasts that the weights rest on"
    by = own if expected_by_asset(result) is not None else "past means, shrunk"
    return section("frontier", "Is there a better mix?", *frontier(asked.frontier, by))


def evidence(result: StrategyResult) -> Markup:
    """How good the forecasts were out of sample, and how far they are believed."""
    horizons = sorted({row.horizon for row in result.leaderboard})
    usual = usual_horizon(result)
    return section(
        "evidence",
        "How good the forecasts were",
        tag("p", "Every forecast below was made before its outcome was known. A model is worth "
            "something where its R² across assets or its rank IC is more than two standard errors "
            "above zero; that is rare.", class_="lead"),
        _tabs(result, horizons, usual),
        _combinations(result),
        tag("h3", f"How far the models were believed, over {sessions(usual)}"),
        tag("p", "The share of what the models say that moves the forecast away from the pooled "
            "mean, from outcomes known by then.", class_="note"),
        _slopes(result),
        *came_true(result),
    )  # fmt: skip


def _slopes(result: StrategyResult) -> Markup:
    """The chart of belief, or a sentence where there would be nothing but a line at zero."""
    if any(result.curves.slopes):
        return slopes_chart(result)
    return tag("p", "At no month's end were the models followed at all.", class_="note")


def growth(result: StrategyResult) -> Markup:
    """What the strategy and its benchmarks would have grown to, and how deep they fell."""
    return section("growth", TITLES["growth"], equity_chart(result))


def claimed(result: StrategyResult) -> Markup | None:
    """What is claimed, on a card of its own."""
    board = claims_board(claims_of(result))
    return tag("section", board, class_="card") if board else None


def origin(result: StrategyResult) -> str:
    """Which run it is of, on which data and assumptions."""
    facts = dict(_method(result))
    return f"Run: {facts['Run']} Costs: {facts['Costs']} {facts['What flatters']}"


def backtest(result: StrategyResult) -> Markup:
    """What would have happened."""
    curves = series_of(result)
    results = result.backtest
    return section(
        "backtest",
        "What would have happened",
        tag("h3", TITLES["growth"]),
        equity_chart(result),
        tag("h3", f"{TITLES['months']}: {result.strategy}, in per cent"),
        _months(curves),
        sharpe_table(results),
        backtest_table(results),
        claims_board(claims_of(result)),
        over_time(result),
        attribution_boards(result),
        layers_board(result),
        tag("h3", f"{TITLES['held']} by {result.strategy}"),
        tag("p", "Averaged over periods of equal length; beside the names: at the end.",
            class_="note"),
        weights_chart(result),
    )  # fmt: skip


def _months(curves: Series) -> Markup:
    """Returns by month, as numbers that are shaded."""
    months = by_month(curves.sessions, curves.equity[0])
    told = [[1970 + month // 12, month % 12 + 1, short(value)] for month, value in months.items()]
    return drawn_again(monthly_returns(months), "months", {"months": told})


def remarks(result: StrategyResult, asked: FollowUps) -> Markup:
    """What fell back or was left out, and what was wrong with the data."""
    lines = [
        row(one.stage, one.about, tag("td", one.message, class_="said"), _times(one))
        for one in result.remarks
        if one.reason != "caveat" and not one.detail
    ]
    findings = [one.message for one in result.remarks if one.stage == "data" and one.detail]
    heading = tag("th", "Times", scope="col", class_="n")
    fallen = table("What fell back, and why", ("Stage", "About", "Reason", heading), [lines])
    lacking = [f"This report lacks a part: {reason}." for reason in asked.missing]
    refused = [f"{ticker} was refused: {reason}" for ticker, reason in result.data.refused.items()]
    return section(
        "data",
        "Data, and what fell back",
        tag("p", coverage(result.data), class_="lead"),
        tag("ul", *(tag("li", line) for line in (*lacking, *refused, *findings)), class_="notes"),
        fallen if lines else tag("p", "Nothing fell back.", class_="note"),
    )


def method(result: StrategyResult) -> Markup:
    """How it was done, and what the measures mean."""
    notes = [tag("li", tag("b", f"{name}. "), meaning) for name, meaning in _method(result)]
    meanings = [(m.name, m.meaning) for m in BACKTEST]
    meanings += list(FORECAST)
    defined = [tag("div", tag("dt", name), tag("dd", meaning)) for name, meaning in meanings]
    study = yaml.safe_dump(dict(result.study), sort_keys=False, allow_unicode=True)
    return section(
        "method",
        "Method",
        tag("ul", *notes, class_="notes"),
        tag("h3", "What the measures mean"),
        tag("dl", *defined, class_="meanings"),
        tag("details", tag("summary", "The study, as YAML: save it and run it again"),
            tag("p", "Saved as study.yaml, ", tag("code", "forefolio run --study study.yaml"),
                " computes the same, and ", tag("code", "forefolio verify report.html"),
                " compares every number of this report.", class_="note"),
            tag("pre", tag("code", study))),
    )  # fmt: skip


def slices(result: Reported) -> list[tuple[str, float]]:
    """What the bar that shows the portfolio is divided into: the largest, the rest, cash."""
    positions = held(result)
    rest = sum(weight for _, weight in positions[_NAMED:])
    ends = [(OTHER, rest), (CASH, 1.0 - sum(result.weights.values()))]
    return positions[:_NAMED] + [(name, weight) for name, weight in ends if abs(weight) > 5e-4]


def section(name: str, title: str, *parts: Child) -> Markup:
    """A card of the report, with its heading."""
    return tag("section", tag("h2", title), *parts, id=name, class_="card", aria_label=title)


def _tabs(result: StrategyResult, horizons: Sequence[int], usual: int) -> Markup:
    """One leaderboard at a time on screen, all of them on paper; needs no script."""
    choices = [
        tag("input", type="radio", name="horizon", id=f"h{k}", class_=f"pick k{k}",
            checked=horizon == usual)
        for k, horizon in enumerate(horizons)
    ]  # fmt: skip
    labels = [tag("label", sessions(h), for_=f"h{k}") for k, h in enumerate(horizons)]
    boards = [
        tag("div", leaderboard(result, h), class_=f"tab k{k}") for k, h in enumerate(horizons)
    ]
    return tag("div", *choices, tag("div", *labels, class_="labels"), *boards, class_="tabs")


def _combinations(result: StrategyResult) -> Markup:
    lines = []
    for one in result.combination:
        shares = sorted(one.weights.items(), key=lambda item: -item[1])
        mixed = listed([f"{model_in_words(name)} {percent(share, 0)}" for name, share in shares])
        believed = tag("td", belief(one.slope), class_="n")
        lines.append(row(sessions(one.horizon), tag("td", mixed, class_="said"), believed))
    right = tag("th", "Believed", scope="col", class_="n")
    caption = "How the models are averaged today, and how far the average is believed"
    return table(caption, ("Over", "Average of", right), [lines])


def _times(remark: Remark) -> Markup:
    return tag("td", f"{remark.times:,}", class_="n")


def coverage(data: DataFacts) -> str:
    """Which assets, which sessions and which columns there are."""
    if not data.has_prices:
        return "It rests on no prices."
    others = [
        _MARKET_WIDE.get(name, name.replace("_", " "))
        for name in data.columns
        if name not in {*_PRICES, "sectors"} and not name.startswith("benchmark_")
    ]
    prices = listed([name for name in _PRICES if name in data.columns])
    return (
        f"{counted(len(data.tickers), 'asset')}, {sessions(data.sessions or 0)} from {data.first} "
        f"to {data.last}, {data.name}. Prices of each asset: {prices}; beside them: "
        f"{listed(others) or 'nothing'}{', and sectors' if data.sectors else ''}."
    )


def _method(result: StrategyResult) -> list[tuple[str, str]]:
    study = result.study
    trading = study.get("trading", {})
    costs = listed([_cost(cost) for cost in trading.get("costs", [])]) or "none"
    warmup = sessions(trading.get("warmup", 0))
    flattered = " ".join(
        [
            *(one.message for one in result.remarks if one.reason == "caveat"),
            "Results hold for the assets given; where these were chosen because they did well, "
            "every strategy on them looks better than it would have been.",
        ]
    )
    return [
        ("Run", run_of(result)),
        ("Timing", "A decision at the close of session t uses what was known at that close, and is "
         "traded in session t + 1."),
        ("Costs", f"Charged on every trade: {costs}. The index is held free of costs."),
        ("Purge", "A model is trained on outcomes that had ended by the day of its training; those "
         "still running are not known to it."),
        ("Shrinkage", "A forecast leaves the pooled mean only as far as past outcomes show it "
         "should, less the error of that evidence; without evidence it does not move."),
        ("Intervals", "Calibrated on past outcomes; the measured coverage is in the leaderboard."),
        ("Warm-up", f"The first {warmup} only train; the backtest starts after them."),
        ("What flatters", flattered),
        ("Reproducible", f"Seed {study.get('seed', 0)}; the same study on the same data gives the "
         "same numbers."),
    ]  # fmt: skip


def run_of(result: Result) -> str:
    """Which run it is, when it was asked for, by which version, on which data."""
    data = f"Data: {result.data.name}, version {result.data.version[:12]}."
    if (run := result.run) is None:
        return f"Computed for this page and not stored as a run. {data}"
    return (
        f"{run.id}, of {run.model_dump(mode='json')['created']}, by version {run.version}. {data}"
    )


def words() -> Markup:
    """The words of the field that the report uses."""
    return section("glossary", "Glossary", glossary())


def _cost(cost: Mapping[str, Any]) -> str:
    settings = [f"{k.replace('_', ' ')} {v}" for k, v in cost.items() if k != "kind"]
    kind = in_words(str(cost.get("kind", "cost")))
    return f"{kind} ({', '.join(settings)})" if settings else kind
