"""The verdict in plain words: what to hold, how far to believe it, and against what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from forefolio.core.wording import (
    belief,
    counted,
    listed,
    number,
    p_written,
    percent,
    plus_minus,
    points,
    sessions,
)
from forefolio.studies.follow_ups import Reported
from forefolio.studies.forecast_rows import ModelScore
from forefolio.studies.offset_record import OffsetRecord
from forefolio.studies.strategy_result import INDEX, Record, SharpeComparison, StrategyResult
from forefolio.studies.target_record import TargetRecord
from forefolio.studies.tilt_record import TiltRecord
from forefolio.views.figures.series import held, usual_horizon

Tone: TypeAlias = Literal["good", "bad", "plain"]

_NAMED = 4  # positions named in the headline
_OF_THE_INDEX = ("assets", "index")  # what flatters it beside the index
_OF_THE_RECORD = ("assets", "record")  # what flatters it whatever it stands beside
_AGAINST: tuple[tuple[Tone, str], ...] = (
    ("good", "better than"),
    ("bad", "worse than"),
    ("plain", "no difference shown from"),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A topic, what is said about it, and whether that is good news."""

    topic: str
    sentence: str
    tone: Tone = "plain"


def headline(result: Reported) -> str:
    """What to hold, in one line."""
    positions = held(result)
    if not positions:
        return f"Hold cash at {percent(result.cash_return)} a year"
    named = [
        f"{ticker}\N{NO-BREAK SPACE}{percent(weight)}" for ticker, weight in positions[:_NAMED]
    ]
    left = len(positions) - len(named)
    if left:
        named.append(f"{left} more")
    return f"Hold {listed(named)}"


def verdict(result: StrategyResult) -> list[Statement]:
    """What the evidence says, one statement for each question a fund manager asks."""
    return [*_belief(result), *_skill(result), *_against(result)]


def earned(result: StrategyResult) -> str:
    """What the rule earned out of sample, beside its first baseline, with what flatters both."""
    mine, *others = result.backtest
    span = f"Out of sample, {mine.first} to {mine.last}, after costs"
    flattered = _clauses(result, _OF_THE_RECORD)
    besides = f" ({', and '.join(flattered)})" if flattered else ""
    if mine.ruined:
        return f"{span}, {mine.name} lost all: it was ruined on {mine.ruined}{besides}."
    if mine.annual_return is None:
        return f"{span}, nothing of {mine.name} could be measured{besides}."
    sentence = (
        f"{span}, {mine.name} earned {percent(mine.annual_return)} a year at a volatility of "
        f"{percent(mine.annual_volatility)}, a Sharpe of {_sharpe(mine)}, and fell by "
        f"{percent(None if mine.max_drawdown is None else -mine.max_drawdown)} at worst{besides}."
    )
    if not others or (versus := others[0].strategy_versus_this) is None:
        return sentence
    if others[0].sharpe is None:
        return sentence
    name = others[0].name.capitalize()
    return f"{sentence} {name} had a Sharpe of {_sharpe(others[0])}: {versus.verdict}."


def earned_in_short(result: StrategyResult) -> tuple[str, ...]:
    """The same in a sentence for the rule and one for its first baseline."""
    mine, *others = result.backtest
    flattered = _clauses(result, _OF_THE_RECORD)
    besides = f" ({', and '.join(flattered)})" if flattered else ""
    rule = f"Out of sample, after costs, {mine.name}"
    if mine.ruined:
        return (f"{rule} lost all: it was ruined on {mine.ruined}{besides}.",)
    sentence = (
        f"{rule} earned {percent(mine.annual_return)} a year since {mine.first}, Sharpe "
        f"{_sharpe(mine)}, drawdown {percent(mine.max_drawdown)}{besides}{_at_offsets(result)}."
    )
    if not others or (versus := others[0].strategy_versus_this) is None:
        return (sentence,)
    verdict = _capital(versus.verdict)
    its = f"Sharpe {_sharpe(others[0])}"
    named = f"{verdict[:-1]}; {its})" if verdict.endswith(")") else f"{verdict} ({its})"
    return sentence, f"{named}."


def _at_offsets(result: StrategyResult) -> str:
    """Of other days of rebalancing the Sharpe ratios, where they are known.

    They begin some sessions later, which is said where it may be why the record is not among them.
    """
    if result.offsets is None:
        return ""
    sharpe, own = result.offsets.sharpe, result.backtest[0].sharpe
    among = own is not None and sharpe.least - 0.005 <= own <= sharpe.greatest + 0.005  # as printed
    since = "" if among else f" since {result.offsets.first},"
    return f"; rebalanced on other days{since} {number(sharpe.least)} to {number(sharpe.greatest)}"


def on_target(record: TargetRecord) -> str:
    """In how many years risk was near its target: of the account, and of what it rests on."""
    count = len(record.years)
    told = (
        f"In {count - record.above} of {counted(count, 'year')} the account's volatility was not "
        f"more than 20 % above its target of {percent(record.target)}."
    )
    if record.shares is None or record.by_ewma is None:
        return told
    near, ewma = record.shares, record.by_ewma
    return (
        f"{told} Without a limit on exposure it was within 20 % in {percent(near.within_20, 0)} "
        f"of the years and within 10 % in {percent(near.within_10, 0)}; by EWMA's forecast in "
        f"{percent(ewma.within_20, 0)} and {percent(ewma.within_10, 0)}."
    )


def on_target_in_short(result: StrategyResult) -> tuple[str, ...]:
    """The account's volatility beside its target, if it has one."""
    record = result.risk_on_target
    if record is None or not record.years:
        return ()
    count, mine = len(record.years), result.backtest[0]
    return (
        f"Risk on target: volatility {percent(mine.annual_volatility)} a year for a target of "
        f"{percent(record.target)}, in {count - record.above} of {counted(count, 'year')} at most "
        "20 % above it.",
    )


def over_offsets(record: OffsetRecord) -> str:
    """What the same rule earned when it was rebalanced on other days."""
    sharpe, volatility, fall = record.sharpe, record.annual_volatility, record.max_drawdown
    return (
        f"Rebalanced on other days, {counted(record.offsets, 'calendar')} since {record.first}: "
        f"Sharpe {number(sharpe.least)} to {number(sharpe.greatest)} (median "
        f"{number(sharpe.median)}), volatility {percent(volatility.least)} to "
        f"{percent(volatility.greatest)} ({percent(volatility.median)}), drawdown "
        f"{percent(fall.greatest)} to {percent(fall.least)} ({percent(fall.median)})."
    )


def tilted(record: TiltRecord) -> str:
    """What forecasts showed, and how far they move the weights that lean to them."""
    sentence = f"{_capital(tilted_in_short(record))}."
    if not record.decisions:
        return sentence
    times = f"{record.believed or 'none'} of {record.decisions} past decisions"
    told = f"{sentence} They moved weights at {times}"
    if record.mean_moved is None:
        return f"{told}."
    return f"{told}, on average {percent(record.mean_moved)} of them."


def tilted_in_short(record: TiltRecord) -> str:
    """The same of today alone, as part of a sentence."""
    about = f"forecasts over {sessions(record.horizon)} have"
    if record.rank_ic is None:
        told = f"{about} not been judged (that takes three assets and some outcomes)"
        return f"{told}, so they move none of the weights"
    skill = f"rank IC {plus_minus(record.rank_ic, record.rank_ic_se, 3)}"
    if not record.belief:
        told = f"{about} not shown enough skill to be trusted ({skill})"
        return f"{told}, so they move none of the weights"
    told = f"{about} shown some skill ({skill})"
    return (
        f"{told}: {belief(record.belief)} of what they say is believed, which moves "
        f"{percent(record.moved)} of the weights"
    )


def expectation(result: StrategyResult) -> str:
    """What the weights are expected to earn and to risk a year, and by which estimates."""
    if result.expected_return is None:
        return "What the portfolio may earn is not known: its assets have no forecast."
    return f"{_expected(result)} over cash at {percent(result.cash_return)}. {estimated_by(result)}"


def expectation_in_short(result: StrategyResult) -> str:
    """The same in a line."""
    return f"{_expected(result)} (less certain)."


def _expected(result: StrategyResult) -> str:
    return (
        f"Expected a year: return {percent(result.expected_return)}, volatility "
        f"{percent(result.volatility)}, Sharpe {number(result.expected_sharpe)}"
    )


def estimated_by(result: StrategyResult) -> str:
    """By which estimates it is expected, and what is the safer guide."""
    by = result.expected_by
    return (
        f"Return by {by.returns}; volatility by {by.risk}. What was earned out of sample is the "
        "safer guide."
    )


def skill_tone(row: ModelScore) -> Tone:
    """Whether a score's verdict is good news."""
    verdict = row.verdict
    return (
        "good"
        if verdict.startswith(("beats", "ranks assets better"))
        else "bad"
        if verdict.startswith("worse")
        else "plain"
    )


def test_tone(test: SharpeComparison) -> Tone:
    """Whether a comparison's difference is more than luck, and in whose favour."""
    if not test.is_shown:
        return "plain"
    return "good" if (test.sharpe or 0.0) > 0 else "bad"


def _sharpe(row: Record) -> str:
    return plus_minus(row.sharpe, row.sharpe_error)


def _clauses(result: StrategyResult, about: tuple[str, ...]) -> list[str]:
    """What flatters the record, as parts of a sentence."""
    return [one.clause for one in result.remarks if one.clause and one.about in about]


def _belief(result: StrategyResult) -> list[Statement]:
    if not result.machine_learning:
        sentence = "Machine learning is switched off: expected returns are the mean of all assets."
        return [Statement("Models", sentence)]
    if result.tilt is not None:
        return [Statement("Forecasts and weights", tilted(result.tilt))]
    horizon = usual_horizon(result)
    slopes = next((c for c in result.combination if c.horizon == horizon), None)
    if slopes is None:
        return []
    if not slopes.slope:
        sentence = (
            f"The models have shown no skill beyond their error at {sessions(horizon)}, so they "
            "move nothing: expected returns are the pooled mean of all assets."
        )
        return [Statement("Models", sentence)]
    sentence = (
        f"At {sessions(horizon)} the models move the forecast away from the pooled mean as far as "
        f"their past skill allows: {belief(slopes.slope)} of what they say about one asset "
        "against another."
    )
    if "the forecasts" not in result.expected_by.returns:
        sentence += " The weights do not follow them."
    return [Statement("Models", sentence)]


def _skill(result: StrategyResult) -> list[Statement]:
    combined = [row for row in result.leaderboard if row.kind == "combined"]
    if not combined or not result.machine_learning:
        return []
    verdicts = [f"{verdict} at {_horizons(rows)}" for verdict, rows in _by_verdict(combined)]
    usual = usual_horizon(result)
    shown = next((row for row in combined if row.horizon == usual), combined[0])
    sentence = f"{_capital('; '.join(verdicts))}."
    if shown.r2_across is not None:
        gain = points(shown.r2_across, shown.r2_across_se)
        sentence += f" R² across assets at {sessions(shown.horizon)}: {gain} points."
    return [Statement("Forecasts, out of sample", sentence, _overall(map(skill_tone, combined)))]


def _against(result: StrategyResult) -> list[Statement]:
    tests = [row.strategy_versus_this for row in result.backtest if row.strategy_versus_this]
    if not tests:
        return []
    verdicts = [
        f"{words} {listed([_difference(test) for test in tests if test_tone(test) == tone])}"
        for tone, words in _AGAINST
        if any(test_tone(test) == tone for test in tests)
    ]
    topic, sentence = "Against simpler rules, in Sharpe", f"{_capital('; '.join(verdicts))}."
    flattered = _clauses(result, _OF_THE_INDEX)
    if flattered and any(test.reference == INDEX for test in tests):
        sentence += f" Beside the index: {', and '.join(flattered)}."
    return [Statement(topic, sentence, _overall(map(test_tone, tests)))]


def _difference(test: SharpeComparison) -> str:
    chance = test.chance
    if chance is None:
        return test.reference
    p_value = p_written(chance).replace(" ", "\N{NO-BREAK SPACE}", 1)
    return f"{test.reference} ({number(test.sharpe, signed=True)}, {p_value})"


def _by_verdict(rows: Sequence[ModelScore]) -> list[tuple[str, list[ModelScore]]]:
    verdicts = dict.fromkeys(row.verdict for row in rows)
    return [(v, [row for row in rows if row.verdict == v]) for v in verdicts]


def _horizons(rows: Sequence[ModelScore]) -> str:
    listing = listed([str(row.horizon) for row in rows])
    return f"{listing} session{'' if listing == '1' else 's'}"


def _overall(tones: Iterable[Tone]) -> Tone:
    distinct = set(tones)
    return "bad" if "bad" in distinct else "good" if distinct == {"good"} else "plain"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
