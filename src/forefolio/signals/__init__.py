"""Signals: what forecasts mean for positions."""

from forefolio.signals.base import Signal
from forefolio.signals.engine import SignalEngine
from forefolio.signals.persistence import Persistence
from forefolio.signals.sizing import SIZINGS, AnySizing, JointKelly, Kelly, Sizing

__all__ = [
    "SIZINGS",
    "AnySizing",
    "JointKelly",
    "Kelly",
    "Persistence",
    "Signal",
    "SignalEngine",
    "Sizing",
]
