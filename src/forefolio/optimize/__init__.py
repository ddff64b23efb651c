"""From expectation to weights."""

from forefolio.optimize.base import Allocation, Optimizer, Outlook

__all__ = ["Allocation", "Optimizer", "Outlook"]
