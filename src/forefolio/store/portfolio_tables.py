"""The tables of saved portfolios: a name, each state it was saved in, and what that held."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from forefolio.store.tables import metadata

NAME = 80  # characters of a portfolio's name

portfolio = Table(
    "portfolio",
    metadata,
    Column("name", String(NAME), primary_key=True),
    Column("note", Text, nullable=False),
    Column("created_at", Double, nullable=False),  # seconds since 1970
)

optimization = Table(  # how a portfolio came to a state; 1, 2, ... for each
    "optimization",
    metadata,
    Column("portfolio", ForeignKey("portfolio.name", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("saved_at", Double, nullable=False),  # seconds since 1970
    Column("as_of", String(10), nullable=False),  # the session it was made after, or ""
    Column("objective", String(80), nullable=False),
    Column("params", Text, nullable=False),  # JSON: the study
    Column("results", Text, nullable=False),  # JSON: what was expected of it
    Column("duration_s", Double),
    Column("run", String(32)),  # its id; the run may be gone
    Index("ix_optimization_run", "run"),
)

portfolio_asset = Table(
    "portfolio_asset",
    metadata,
    Column("portfolio", String(NAME), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("ticker", String(32), primary_key=True),
    Column("weight", Double, nullable=False),  # fraction of the portfolio
    Column("shares", Double),
    ForeignKeyConstraint(
        ["portfolio", "number"],
        ["optimization.portfolio", "optimization.number"],
        name="fk_portfolio_asset_optimization",
        ondelete="CASCADE",
    ),
    CheckConstraint("weight > -1000000 and weight < 1000000", name="weight_in_range"),
    Index("ix_portfolio_asset_ticker", "ticker"),
)
