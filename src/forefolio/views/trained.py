"""Trained models, and what was done to their aliases, as tables."""

from collections.abc import Sequence

from forefolio.core.wording import number, plus_minus, points, took
from forefolio.store.model_records import AliasChange, Promotion, RegisteredModel
from forefolio.views.page import Column, Lines, Row, Table

ID = 16  # characters of an id that are shown; as many name one model
_MEANING = "R²: squared error saved against the prior (the pooled mean), walk-forward, in percent"


def models_table(models: Sequence[RegisteredModel]) -> Table:
    """A row for each model, the newest first."""
    left = ("model", "called")
    right = ("ahead", "number", "trained", "R² %", "rank IC", "seconds", "kB", "id")
    rows = tuple(
        Row(
            (
                one.name,
                ", ".join(one.aliases),
                str(one.horizon),
                str(one.number),
                str(one.trained),
                points(one.scores.get("r2_mean"), one.scores.get("r2_mean_se")),
                plus_minus(one.scores.get("rank_ic"), one.scores.get("rank_ic_se"), 3),
                took(one.seconds),
                number(one.bytes / 1000, 1),
                one.id[:ID],
            )
        )
        for one in models
    )
    columns = (*(Column(name, "left") for name in left), *(Column(name) for name in right))
    return Table(
        title="Trained models", columns=columns, rows=rows, note=f"ahead: sessions; {_MEANING}"
    )


def model_blocks(one: RegisteredModel, changes: Sequence[AliasChange]) -> tuple[Table | Lines, ...]:
    """A model with all that is known of it, and what was done to the aliases it has had."""
    data, horizon = one.data, f"{one.horizon} ahead"
    facts = (
        ("id", one.id),
        ("called", ", ".join(one.aliases) or "nothing"),
        ("trained on", f"{data.get('name', '')}, {data.get('first')} to {one.trained}"),
        ("assets", str(len(data.get("tickers", ())))),
        ("data", one.data_version),
        ("features", str(len(one.features))),
        ("run", one.run),
        ("the one before", one.parent or "none"),
        ("code", one.code_digest),
        ("file", f"{one.form}, {one.bytes:,} bytes"),
        ("fitted in", "not measured" if one.seconds is None else f"{took(one.seconds)} seconds"),
        *((f"fitted with {name}", version) for name, version in one.libraries.items()),
        *((f"score {name}", number(value, 5)) for name, value in one.scores.items()),
    )
    columns = (Column("what", "left"), Column("is", "left"))
    title = f"{one.name}, {horizon}, number {one.number}"
    shown = Table(title=title, columns=columns, rows=tuple(map(Row, facts)))
    return (shown, history_table(changes)) if changes else (shown,)


def history_table(changes: Sequence[AliasChange]) -> Table:
    """What was done to aliases, newest first."""
    names = ("when, UTC", "alias", "ahead", "act", "model since", "why")
    rows = tuple(
        Row(
            (
                one.at.strftime("%Y-%m-%d %H:%M"),
                one.alias,
                str(one.horizon),
                one.act,
                one.model[:ID],
                one.reason,
            )
        )
        for one in changes
    )
    columns = tuple(Column(name, "left") for name in names)
    return Table(title="What was done to aliases", columns=columns, rows=rows)


def promotion_line(one: Promotion) -> str:
    """What a promotion came to, in a sentence."""
    done = "is" if one.promoted else "was not made"
    return f"{one.model[:ID]} {done} {one.alias} at {one.horizon} ahead: {one.reason}"
