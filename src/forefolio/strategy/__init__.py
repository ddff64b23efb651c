"""Strategies: a rule that can be followed every day."""

from forefolio.strategy.base import Policy, Strategy

__all__ = ["Policy", "Strategy"]
