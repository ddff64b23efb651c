"""How much of a record is luck, as a page: what is shown, and what that rests on."""

from collections.abc import Iterator

from forefolio.core.wording import counted, number, percent, plus_minus, sessions
from forefolio.studies.coverage import CoverageRecord
from forefolio.studies.evidence import OverfittingFacts, StrategyEvidence
from forefolio.views.claims import claims_table
from forefolio.views.figures.past import draw_coverage
from forefolio.views.page import Lines, Page, Sheet, Table, sentences, table
from forefolio.views.remarks import in_full, in_short

MEASURES = {"annual_return": "return a year", "max_drawdown": "deepest fall"}


def evidence_page(result: StrategyEvidence) -> Page:
    """The claims with their verdicts; with the evidence, all numbers behind them."""
    about, coverage = result.about, result.coverage
    return Page(
        headline=(
            f"Evidence for {about.strategy}, {about.first} to {about.last}, "
            f"{number(about.years, 1)} years"
        ),
        summary=(*_summary(result), *in_short(result.remarks)),
        main=(claims_table(result.claims),),
        evidence=(
            _numbers(result),
            _against(result),
            _bands(result),
            *_coverage(coverage),
            *in_full(result.remarks),
        ),
        pictures={} if coverage is None else {"coverage": lambda: draw_coverage(coverage)},
        sheet=Sheet(
            columns=("claim", "mark", "value", "low", "high", "p_value", "years_needed"),
            rows=tuple(
                (c.code, c.mark, c.value, c.low, c.high, c.p_value, c.years_needed)
                for c in result.claims
            ),
        ),
    )


def _summary(result: StrategyEvidence) -> Iterator[str]:
    trials = result.trials
    shown = sum(claim.mark == "shown" for claim in result.claims)
    verb = "is" if shown == 1 else "are"
    yield f"{shown} of {counted(len(result.claims), 'claim')} {verb} shown by this record."
    tried = "one trial counted" if trials.counted == 1 else f"at least {trials.counted} trials"
    yield (
        f"Sharpe ratio {plus_minus(result.sharpe, result.sharpe_error)} a year; {tried}, of which "
        f"luck alone is expected to reach {number(trials.hurdle)}."
    )
    if (hindsight := result.hindsight) is not None:
        yield (
            f"Hindsight: all assets survived. If {percent(hindsight.failures)} of such assets fail "
            f"a year, that explains {number(hindsight.sharpe)} of the Sharpe ratio; "
            f"{percent(hindsight.failures_for_all)} a year would explain all of it."
        )
    if (found := result.overfitting) is not None:
        yield f"Probability of overfitting {_overfitting(found)}."


def _overfitting(found: OverfittingFacts) -> str:
    low, high = percent(found.low_by_luck, 0), percent(found.high_by_luck, 0)
    return f"{percent(found.probability, 0)}; trials without skill give {low} to {high}"


def _numbers(result: StrategyEvidence) -> Table:
    trials, found = result.trials, result.overfitting
    years = "never" if result.years_for_cash is None else number(result.years_for_cash, 1)
    rows = [
        ("probability that the true Sharpe ratio is above 0", percent(result.above_cash)),
        ("years that show it to be above 0", years),
        ("skew, excess kurtosis", f"{number(result.skew)}, {number(result.kurtosis)}"),
        ("trials counted, at least", f"{trials.counted:,}"),
        ("worth as independent ones", number(trials.effective, 1)),
        ("deviation of their Sharpe ratios", number(trials.deviation)),
        ("best Sharpe ratio by luck", number(trials.hurdle)),
        ("deflated Sharpe ratio", percent(trials.probability)),
        ("p of beating none of the others", number(result.best_by_luck, 3)),
    ]
    if (hindsight := result.hindsight) is not None:
        rows += [
            ("return a year that hindsight explains", percent(hindsight.annual_return, 2)),
            ("lead over the index without any skill", number(hindsight.universe_over_index)),
        ]
    if found is not None:
        rows += [
            ("probability of overfitting", percent(found.probability)),
            ("its range by luck", f"{percent(found.low_by_luck)} to {percent(found.high_by_luck)}"),
            ("halves whose best trial loses afterwards", percent(found.loss)),
        ]
    return table("What it rests on", ("",), rows)


def _against(result: StrategyEvidence) -> Table:
    return table(
        "Beside other strategies, difference of annual Sharpe ratios",
        ("difference", "90 % interval", "p alone", "p of all", "years needed"),
        [
            (
                one.reference,
                number(one.sharpe, signed=True),
                f"{number(one.low, signed=True)} to {number(one.high, signed=True)}",
                number(one.p_value, 3),
                number(one.p_family, 3),
                number(one.years_needed, 0),
            )
            for one in result.against
        ],
    )


def _bands(result: StrategyEvidence) -> Table:
    return table(
        "Other histories of the same kind (1,000 by the stationary bootstrap)",
        ("seen", "5 %", "median", "95 %"),
        [
            (
                MEASURES[one.measure],
                percent(one.seen, signed=True),
                *(percent(value, signed=True) for value in (one.low, one.middle, one.high)),
            )
            for one in result.bands
        ],
    )


def _coverage(coverage: CoverageRecord | None) -> tuple[Lines, ...]:
    """How many outcomes the intervals held, in all and in the worst and best of years."""
    if coverage is None:
        return ()
    known = [(value, day) for value, day in zip(coverage.values, coverage.sessions, strict=True)]
    years = sorted((value, day) for value, day in known if value is not None)
    outside = sum(not coverage.low <= value <= coverage.high for value, _ in years)
    lines = [
        f"Intervals that were to hold {percent(coverage.level, 0)} of the returns over "
        f"{sessions(coverage.horizon)} held {percent(coverage.value)} ± "
        f"{number(100 * coverage.error, 1)} of them.",
    ]
    if years:
        (least, worst), (most, best) = years[0], years[-1]
        lines.append(
            f"In the year to {worst} it was {percent(least)}, in that to {best} {percent(most)}; "
            f"by luck alone nine years of ten lie between {percent(coverage.low)} and "
            f"{percent(coverage.high)}, and {outside} of {counted(len(years), 'month end')} look "
            "back on a year outside that."
        )
    return sentences("How much the intervals of its forecasts held", lines)
