"""Prices: what is there, what was there before, and what was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_FIELDS = ("open", "high", "low", "close", "volume", "dividend", "split", "value")
_RANGES = {
    "open": "open > 0 and open < 1000000000000",
    "high": "high > 0 and high < 1000000000000",
    "low": "low > 0 and low < 1000000000000",
    "close": "close > 0 and close < 1000000000000",
    "volume": "volume >= 0 and volume < 1000000000000000000",
    "dividend": "dividend >= 0 and dividend < 1000000000000",
    "split": "split > 0 and split < 1000000",
    "value": "value > -1000000000000 and value < 1000000000000",
}
_KEPT = ", ".join(("source", "ticker", "date", "version", *_FIELDS))
_OLD = ", ".join(f"OLD.{name}" for name in ("source", "ticker", "date", "version", *_FIELDS))
_KEEP = f"INSERT INTO price_revision ({_KEPT}, replaced_by) VALUES ({_OLD}, NEW.version);"


def upgrade() -> None:
    """Create the tables, and the trigger that keeps what is replaced."""
    op.create_table(
        "price_data",
        *_key(),
        *_values(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "ticker", "date", name="pk_price_data"),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_price_data_{name}_in_range"))
            for name, rule in _RANGES.items()
        ),
        sa.CheckConstraint(
            "(close is null) <> (value is null)", name=op.f("ck_price_data_price_or_value")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "price_revision",
        *_key(),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        *_values(),
        sa.Column("replaced_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "ticker", "date", "version", name="pk_price_revision"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_price_revision_replaced_by", "price_revision", ["source", "replaced_by"])
    op.create_table(
        "price_version",
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("known_at", sa.Double(), nullable=False),
        sa.Column("inserted", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("source", "version", name="pk_price_version"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "price_series",
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("ticker", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("source", "ticker", name="pk_price_series"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "price_refused",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("ticker", sa.String(32), nullable=False),
        sa.Column("date", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_price_refused"),
    )
    op.create_index("ix_price_refused_source", "price_refused", ["source", "ticker", "date"])
    for statement in _TRIGGER[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the trigger goes with its table."""
    op.drop_index("ix_price_refused_source", "price_refused")
    op.drop_table("price_refused")
    op.drop_table("price_series")
    op.drop_table("price_version")
    op.drop_table("price_data")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION price_data_revised")
    op.drop_index("ix_price_revision_replaced_by", "price_revision")
    op.drop_table("price_revision")


def _key() -> list[sa.Column[object]]:
    return [
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("ticker", sa.String(32), nullable=False),
        sa.Column("date", sa.Integer(), autoincrement=False, nullable=False),
    ]


def _values() -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=True) for name in _FIELDS]


_TRIGGER = {  # a later migration that makes price_data anew must make it anew as well
    "sqlite": [
        "CREATE TRIGGER price_data_revised AFTER UPDATE ON price_data "
        f"FOR EACH ROW BEGIN {_KEEP} END"
    ],
    "postgresql": [
        "CREATE FUNCTION price_data_revised() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {_KEEP} RETURN NULL; END $$",
        "CREATE TRIGGER price_data_revised AFTER UPDATE ON price_data "
        "FOR EACH ROW EXECUTE FUNCTION price_data_revised()",
    ],
}
