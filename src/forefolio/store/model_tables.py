"""The tables of trained models: each with where it comes from, and which one an alias has named."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from forefolio.store.tables import metadata

model = Table(
    "model",
    metadata,
    Column("id", String(64), primary_key=True),  # name of an artefact
    Column("name", String(200), nullable=False),  # what tables call the model
    Column("use", String(20), nullable=False),  # model, baseline or volatility
    Column("horizon", Integer, nullable=False),  # sessions ahead
    Column("number", Integer, nullable=False),  # 1, 2, ... for each name and horizon
    Column("parent", ForeignKey("model.id")),  # the one before it
    Column("trained", String(10), nullable=False),  # the last session it has seen
    Column("run", String(32), nullable=False),  # its id; the run may be gone
    Column("data", Text, nullable=False),  # JSON: which prices
    Column("data_version", Text, nullable=False),
    Column("features", Text, nullable=False),  # JSON: their names
    Column("settings", Text, nullable=False),  # JSON: of the model
    Column("scores", Text, nullable=False),  # JSON: out of sample
    Column("code_digest", String(64), nullable=False),
    Column("libraries", Text, nullable=False),  # JSON: versions by name
    Column("form", String(10), nullable=False),  # value or joblib
    Column("bytes", Integer, nullable=False),
    Column("created_at", Double, nullable=False),  # seconds since 1970
    Column("seconds", Double),  # of the fit; not known of those before it was measured
    UniqueConstraint("name", "horizon", "number", name="uq_model_number"),
    CheckConstraint("form in ('value', 'joblib')", name="known_form"),
    Index("ix_model_created_at", "created_at"),
)

model_alias = Table(  # what was done to an alias; nothing is ever changed or deleted
    "model_alias",
    metadata,
    Column("alias", String(40), primary_key=True),
    Column("horizon", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # 1, 2, ... without a gap
    Column("act", String(10), nullable=False),  # promote or rollback
    Column("model", ForeignKey("model.id"), nullable=False),  # which has the alias since
    Column("reason", Text, nullable=False),
    Column("at", Double, nullable=False),  # seconds since 1970
    CheckConstraint("act in ('promote', 'rollback')", name="known_act"),
    Index("ix_model_alias_model", "model"),
)
