"""How large a loss bad sessions bring."""
