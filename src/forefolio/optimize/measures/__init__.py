"""What a portfolio would have risked over past sessions, as formulas and as numbers."""
