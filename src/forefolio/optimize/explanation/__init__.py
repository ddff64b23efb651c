"""Why each weight is what it is."""
