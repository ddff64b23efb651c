"""Every table of the package, whichever module it stands in: what migrations must make."""

from forefolio.store import (
    model_tables,
    paper_tables,
    portfolio_tables,
    price_tables,
    schedule_tables,
    tables,
)

MODULES = (tables, price_tables, portfolio_tables, schedule_tables, model_tables, paper_tables)
metadata = tables.metadata
