"""All efficient portfolios at once."""
