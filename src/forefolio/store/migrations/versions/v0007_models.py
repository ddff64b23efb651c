"""Trained models: where each comes from, and which one an alias has named."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "model",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("use", sa.String(20), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent", sa.String(64), nullable=True),
        sa.Column("trained", sa.String(10), nullable=False),
        sa.Column("run", sa.String(32), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("data_version", sa.Text(), nullable=False),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("scores", sa.Text(), nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("libraries", sa.Text(), nullable=False),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model"),
        sa.ForeignKeyConstraint(["parent"], ["model.id"], name="fk_model_parent_model"),
        sa.UniqueConstraint("name", "horizon", "number", name="uq_model_number"),
        sa.CheckConstraint("form in ('value', 'joblib')", name=op.f("ck_model_known_form")),
    )
    op.create_index("ix_model_created_at", "model", ["created_at"])
    op.create_table(
        "model_alias",
        sa.Column("alias", sa.String(40), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("act", sa.String(10), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("alias", "horizon", "number", name="pk_model_alias"),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name="fk_model_alias_model_model"),
        sa.CheckConstraint("act in ('promote', 'rollback')", name=op.f("ck_model_alias_known_act")),
    )
    op.create_index("ix_model_alias_model", "model_alias", ["model"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("model_alias")
    op.drop_table("model")
