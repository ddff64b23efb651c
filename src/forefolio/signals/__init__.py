"""Signals: directions and sizes of positions from forecasts."""

from forefolio.signals.base import WORDS, Signal
from forefolio.signals.engine import SignalEngine
from forefolio.signals.persistence import Persistence
from forefolio.signals.predictive import Premium
from forefolio.signals.sizing import SIZINGS, AnySizing, JointKelly, Kelly, Sizing

__all__ = [
    "SIZINGS",
    "WORDS",
    "AnySizing",
    "JointKelly",
    "Kelly",
    "Persistence",
    "Premium",
    "Signal",
    "SignalEngine",
    "Sizing",
]
