"""Paper accounts: what each follows, and its entries."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "paper_account",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_paper_account"),
    )
    op.create_table(
        "paper_entry",
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("session", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.Double(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("amounts", sa.Text(), nullable=False),
        sa.Column("money", sa.Double(), nullable=True),
        sa.Column("closes", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", "number", name="pk_paper_entry"),
        sa.ForeignKeyConstraint(
            ["account"], ["paper_account.name"], name="fk_paper_entry_account_paper_account"
        ),
        sa.CheckConstraint("late in (0, 1)", name=op.f("ck_paper_entry_late_or_not")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("paper_entry")
    op.drop_table("paper_account")
