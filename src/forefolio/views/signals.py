"""Signals, and what came of earlier ones, as pages."""

from collections.abc import Sequence

from forefolio.core.wording import number, percent, sessions
from forefolio.studies.signal_history import PastSignal, SignalHistory
from forefolio.studies.signals import AssetSignal, Signals
from forefolio.views.page import Page, Row, Sheet, Table, sentences, table
from forefolio.views.remarks import in_full, in_short

LEAST = 0.005  # a probability that is written as more than 0 %
LATEST = 60  # rows of a history that are shown; the document has them all
NO_SKILL = (
    "The models have shown no skill with these assets: expectations rest on what the market has "
    "paid for risk, not on forecasts."
)
SKILL = (
    "The models have shown skill with these assets, and are believed as far as their record allows."
)
LEVEL = "The level that all expectations share rests on what the market has paid for risk."
SCORE = (
    "Score: expected return over cash, in standard deviations. Confidence: the probability that "
    "the return is on the score's side of cash. In brackets: a new direction that has not lasted "
    "long enough to be followed yet."
)


def signals_page(result: Signals) -> Page:
    """What is worth a position, the largest first."""
    return Page(
        headline=f"Signals after the close of {result.as_of} ({result.data.name})",
        summary=(
            SKILL if result.skill_shown else NO_SKILL,
            f"{percent(result.invested)} is in positions, the rest in cash, which earns "
            f"{percent(result.cash_return, 2)} meanwhile.",
            _regime(result),
            *in_short(result.remarks),
        ),
        main=(_table(result),),
        evidence=(*sentences("What is expected", (LEVEL,)), *in_full(result.remarks)),
        sheet=Sheet(
            columns=("ticker", *_PLAIN),
            rows=tuple((one.ticker, *(getattr(one, n) for n in _PLAIN)) for one in _ranked(result)),
        ),
    )


def history_page(result: SignalHistory) -> Page:
    """What was said before, the latest first, and how often it was right."""
    rows = [_past(one) for one in result.signals[:LATEST]]
    headings = ("ticker", "ahead", "signal", "size", "prob.", "forecast", "return", "until")
    return Page(
        headline=f"Signals up to {result.as_of}, and what came of them",
        summary=_record(result.signals),
        main=(table("The latest first", headings, rows),),
        evidence=sentences(
            "", ["Outcomes of nearby dates overlap.", "prob.: the confidence, as in the signals."]
        ),
    )


_PLAIN = ("direction", "size", "confidence", "score", "mean", "low", "high")


def _ranked(result: Signals) -> list[AssetSignal]:
    return sorted(result.signals, key=lambda one: (-abs(one.size or 0.0), -(one.score or 0.0)))


def _table(result: Signals) -> Table:
    level = percent(result.signals[0].level, 0)
    headings = ("signal", "size", "confidence", "score", "forecast", f"{level} interval")
    rows = [
        (
            one.ticker,
            _direction(one),
            percent(one.size),
            percent(one.confidence, 0),
            number(one.score, signed=True),
            percent(one.mean, signed=True),
            f"{percent(one.low, 0, signed=True)} to {percent(one.high, 0, signed=True)}",
        )
        for one in _ranked(result)
    ]
    return table(f"Over the next {sessions(result.horizon)}", headings, rows, SCORE)


def _past(one: PastSignal) -> Row:
    cells = (
        str(one.made),
        one.ticker,
        str(one.horizon),
        _direction(one),
        percent(one.size),
        percent(one.confidence, 0),
        percent(one.mean, signed=True),
        percent(one.realised, signed=True) if one.ended else "open",
        str(one.ended or ""),
    )
    return Row(cells, "" if one.ended else "weak")


def _record(rows: Sequence[PastSignal]) -> tuple[str, ...]:
    judged = [one.right for one in rows if one.right is not None]
    more = (f"The latest {LATEST} of {len(rows)}.",) if len(rows) > LATEST else ()
    if not judged:
        return (*more, "No position's horizon has ended yet.")
    beaten = percent(sum(judged) / len(judged), 0)
    beaten_sentence = (
        f"Positions whose horizon has ended: {len(judged)}; they beat cash in {beaten}."
    )
    return (*more, beaten_sentence)


def _direction(row: AssetSignal | PastSignal) -> str:
    waiting = f" ({row.held_back})" if row.held_back else ""
    return f"{row.direction}{waiting}"


def _regime(result: Signals) -> str:
    if result.regime is None:
        return "Regime: unknown, as there is too little history."
    parts = [f"{name} {percent(p, 0)}" for name, p in result.regime.items() if p >= LEAST]
    return f"Regime: {', '.join(parts)}."
