"""Solvers that use the structure of a problem: exact, and fast."""
