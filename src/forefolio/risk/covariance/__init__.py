"""How assets move together."""
