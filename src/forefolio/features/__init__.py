"""Features: numbers known at a session's close."""

from forefolio.features.base import Feature

__all__ = ["Feature"]
