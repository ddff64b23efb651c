"""Where a portfolio may be after some sessions."""
