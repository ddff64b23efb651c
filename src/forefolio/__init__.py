"""Forefolio: from market prices to tomorrow's portfolio weights, with the evidence for them."""

__version__ = "0.1.0"
