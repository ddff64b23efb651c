"""Whose process an ask lives as long as, and schedules that are paused."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns: an ask of before belongs to no process, and no schedule is paused."""
    with op.batch_alter_table("ask") as table:
        table.add_column(sa.Column("owner", sa.String(80), nullable=False, server_default=""))
    with op.batch_alter_table("schedule") as table:
        table.add_column(sa.Column("paused_at", sa.Double(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("schedule") as table:
        table.drop_column("paused_at")
    with op.batch_alter_table("ask") as table:
        table.drop_column("owner")
