"""Saved portfolios, how each came to its states, and what they held."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "portfolio",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_portfolio"),
    )
    op.create_table(
        "optimization",
        sa.Column("portfolio", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("saved_at", sa.Double(), nullable=False),
        sa.Column("as_of", sa.String(10), nullable=False),
        sa.Column("objective", sa.String(80), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("run", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("portfolio", "number", name="pk_optimization"),
        sa.ForeignKeyConstraint(
            ["portfolio"],
            ["portfolio.name"],
            name="fk_optimization_portfolio",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_optimization_run", "optimization", ["run"])
    op.create_table(
        "portfolio_asset",
        sa.Column("portfolio", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ticker", sa.String(32), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("shares", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("portfolio", "number", "ticker", name="pk_portfolio_asset"),
        sa.ForeignKeyConstraint(
            ["portfolio", "number"],
            ["optimization.portfolio", "optimization.number"],
            name="fk_portfolio_asset_optimization",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "weight > -1000000 and weight < 1000000",
            name=op.f("ck_portfolio_asset_weight_in_range"),
        ),
    )
    op.create_index("ix_portfolio_asset_ticker", "portfolio_asset", ["ticker"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_portfolio_asset_ticker", "portfolio_asset")
    op.drop_table("portfolio_asset")
    op.drop_index("ix_optimization_run", "optimization")
    op.drop_table("optimization")
    op.drop_table("portfolio")
