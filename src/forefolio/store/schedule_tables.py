"""The table of schedules: what is asked for again and again, and when next."""

from sqlalchemy import Column, Double, String, Table, Text

from forefolio.store.tables import metadata

NAME = 80  # characters of a schedule's name

schedule = Table(
    "schedule",
    metadata,
    Column("name", String(NAME), primary_key=True),
    Column("rule", String(80), nullable=False),  # in words
    Column("kind", String(40), nullable=False),  # of run
    Column("study", Text, nullable=False),  # JSON
    Column("made_at", Double, nullable=False),  # seconds since 1970, as all times
    Column("next_at", Double, nullable=False),
    Column("asked_at", Double),  # the latest time
    Column("run", String(32)),  # what was asked for then
    Column("problem", Text, nullable=False),  # why it could not be, if so
    Column("paused_at", Double),  # nothing is asked from then on
)
