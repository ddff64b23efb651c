"""Who asked for a run, and of which code, data and result it is."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_COLUMNS: tuple[tuple[str, Any, str], ...] = (
    ("deaths", sa.Integer(), "0"),
    ("started_at", sa.Double(), "0"),
    ("code_digest", sa.String(64), ""),
    ("data_version", sa.Text(), ""),
    ("result_schema", sa.Integer(), "0"),
    ("lane", sa.String(16), "batch"),
    ("priority", sa.Integer(), "0"),
)


def upgrade() -> None:
    """Add the columns and the table; whoever asked for an earlier run was on this machine."""
    for name, kind, default in _COLUMNS:
        op.add_column("run", sa.Column(name, kind, nullable=False, server_default=default))
    op.create_table(
        "ask",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("session", sa.String(200), nullable=False),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("idempotency_key", sa.String(200), nullable=True),
        sa.Column("body", sa.String(64), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("cancelled_at", sa.Double(), nullable=True),
        sa.Column("answered_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ask"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_ask_run_id", ondelete="CASCADE"),
        sa.UniqueConstraint("principal", "idempotency_key", name="uq_ask_idempotency_key"),
    )
    op.create_index("ix_ask_run_id", "ask", ["run_id"])
    op.create_index("ix_ask_session", "ask", ["session", "created_at"])
    op.create_index("ix_ask_principal", "ask", ["principal", "created_at"])
    op.execute(
        "INSERT INTO ask (id, run_id, session, principal, body, priority, created_at, answered_at) "
        "SELECT id, id, '', 'local', '', 0, created_at, "
        "CASE WHEN state IN ('waiting', 'running') THEN NULL ELSE changed_at END FROM run"
    )


def downgrade() -> None:
    """Drop what was added."""
    op.drop_table("ask")
    for name, _, _ in reversed(_COLUMNS):
        op.drop_column("run", name)
