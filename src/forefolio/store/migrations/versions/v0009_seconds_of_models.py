"""How long a trained model was fitted; of those that are there already it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column."""
    op.add_column("model", sa.Column("seconds", sa.Double(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("model", "seconds")
