"""The tables. Documents are text in them, so that every database keeps every bit."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

run = Table(
    "run",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("study", Text, nullable=False),  # JSON
    Column("digest", String(64), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("seq", Integer, nullable=False),  # of the last event
    Column("attempt", Integer, nullable=False),  # which claim this is: the fencing token
    Column("owner", String(80), nullable=False),
    Column("lease_until", Double, nullable=False),  # seconds since 1970
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("result", String(64)),  # name of an artefact
    Column("code", String(40), nullable=False),  # of the error, if it failed
    Column("message", Text, nullable=False),
    Column("deaths", Integer, nullable=False, server_default="0"),  # of processes that worked on it
    Column("started_at", Double, nullable=False, server_default="0"),  # the latest start
    Column("code_digest", String(64), nullable=False, server_default=""),  # what computes it
    Column("data_version", Text, nullable=False, server_default=""),  # of what the study points to
    Column("result_schema", Integer, nullable=False, server_default="0"),
    Column("lane", String(16), nullable=False, server_default="batch"),
    Column("priority", Integer, nullable=False, server_default="0"),  # the greatest of its asks
    CheckConstraint(
        "state in ('waiting', 'running', 'done', 'failed', 'cancelled')", name="known_state"
    ),
    CheckConstraint("(state = 'done') = (result is not null)", name="done_has_result"),
    Index("ix_run_created_at", "created_at", "id"),
    Index("ix_run_state", "state", "created_at"),
)

ask = Table(
    "ask",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("session", String(200), nullable=False),
    Column("principal", String(200), nullable=False),
    Column("idempotency_key", String(200)),
    Column("body", String(64), nullable=False),  # a digest of what came with the key
    Column("priority", Integer, nullable=False),
    Column("created_at", Double, nullable=False),  # seconds since 1970
    Column("cancelled_at", Double),
    Column("answered_at", Double),  # when the run ended
    Column(
        "owner", String(80), nullable=False, server_default=""
    ),  # whose end is the ask's as well
    UniqueConstraint("principal", "idempotency_key", name="uq_ask_idempotency_key"),
    Index("ix_ask_session", "session", "created_at"),
    Index("ix_ask_principal", "principal", "created_at"),
)

event = Table(
    "event",
    metadata,
    Column("run_id", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),  # 1, 2, ... without a gap
    Column("at", Double, nullable=False),  # seconds since 1970
    Column("kind", String(20), nullable=False),
    Column("stage", String(80), nullable=False),
    Column("body", Text, nullable=False),  # JSON
)
