"""`forefolio signals`: what the forecasts mean for positions, today and in the past."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from forefolio.cli.options import (
    AsJson,
    End,
    Model,
    Source,
    Start,
    StudyFile,
    Tickers,
    answered,
    narrowed,
    overrides,
    seen_through,
    study_of,
)
from forefolio.cli.quantities import fraction

if TYPE_CHECKING:
    from forefolio.signals import SignalEngine

Ahead = Annotated[int | None, typer.Option("--horizon", min=1, help="Sessions ahead.")]
Confidence = Annotated[
    float | None,
    typer.Option(
        parser=fraction, metavar="FRACTION", help="Least probability of a direction, such as 60%."
    ),
]
Closes = Annotated[
    int | None, typer.Option("--persistence", min=1, help="Closes in a row that a change takes.")
]
Shorts = Annotated[bool, typer.Option("--shorts", help="Let negative directions be sold short.")]
History = Annotated[bool, typer.Option("--history", help="What was said before, and its outcome.")]


def signals(
    study: StudyFile = None,
    source: Source = None,
    tickers: Tickers = None,
    start: Start = None,
    end: End = None,
    horizon: Ahead = None,
    model: Model = None,
    confidence: Confidence = None,
    persistence: Closes = None,
    shorts: Shorts = False,
    history: History = False,
    as_json: AsJson = False,
) -> None:
    """Say of every ticker whether it is worth a position after the last close, and of what size.

    Each answer is kept: `--history` lists them, with what came of them.
    """
    from forefolio.cli.advice_boards import show_history, show_signals
    from forefolio.signalling import signal_study

    if history:
        rows = _history(tickers, horizon)
        answered(rows, show_history, as_json=as_json)
        return
    whole = study_of(study, overrides(source, tickers, start, end))
    asked = signal_study(whole, horizon)
    asked = asked.model_copy(
        update={
            "forecasting": narrowed(whole, str(asked.horizon), model),
            "engine": _engine(asked.engine, confidence, persistence, shorts=shorts),
        }
    )
    document = seen_through("signals", asked, silent=as_json)
    answered(document, show_signals, as_json=as_json)


def _history(tickers: str | None, horizon: int | None) -> list[dict[str, Any]]:
    from forefolio.advice import history_rows
    from forefolio.core.settings import Settings
    from forefolio.market import sanitize_tickers

    rows = history_rows(Settings.read().prepare())
    wanted = None if tickers is None else sanitize_tickers(tickers)
    return [
        row
        for row in rows
        if (wanted is None or row["ticker"] in wanted) and horizon in (None, row["horizon"])
    ]


def _engine(
    engine: "SignalEngine", confidence: float | None, persistence: int | None, *, shorts: bool
) -> "SignalEngine":
    """The engine with what the options say.

    Raises:
        InputError: the confidence is no probability of at least one half.
    """
    from forefolio.core.errors import InputError
    from forefolio.signals import Persistence

    changes: dict[str, Any] = {}
    if confidence is not None:
        if not 0.5 <= confidence < 1:
            raise InputError(
                f"--confidence {confidence}: a direction has at least an even chance; "
                "say for example --confidence 0.6"
            )
        changes["minimum_confidence"] = confidence
    if persistence is not None:
        changes["persistence"] = Persistence(sessions=persistence)
    if shorts:
        changes["long_only"] = False
    return engine.model_copy(update=changes)
