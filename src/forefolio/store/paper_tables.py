"""The tables of paper accounts: what each follows, and its entries, which are never changed."""

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Integer, String, Table, Text

from forefolio.store.tables import metadata

NAME = 80  # characters of an account's name

paper_account = Table(
    "paper_account",
    metadata,
    Column("name", String(NAME), primary_key=True),
    Column("study", Text, nullable=False),  # JSON: what it follows
    Column("opened_at", Double, nullable=False),  # seconds since 1970
)

paper_entry = Table(  # 1, 2, ... for each account
    "paper_entry",
    metadata,
    Column("account", ForeignKey("paper_account.name"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("session", String(10), nullable=False),  # the day that it is about
    Column("kind", String(20), nullable=False),
    Column("late", Integer, nullable=False),  # 1: a later session was known when it was entered
    Column("entered_at", Double, nullable=False),  # seconds since 1970
    Column("sentence", Text, nullable=False),
    Column("amounts", Text, nullable=False),  # JSON: by ticker
    Column("money", Double),
    Column("closes", Text),  # JSON: the prices known then, by ticker
    Column("state", Text),  # JSON: what the next session goes on from
    CheckConstraint("late in (0, 1)", name="late_or_not"),
)
