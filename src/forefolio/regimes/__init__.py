"""Regimes: how calm or nervous the market as a whole is."""

from forefolio.regimes.hmm import HMM, HMMFit, fit_hmm
from forefolio.regimes.regimes import FittedRegimes, Regime, Regimes

__all__ = ["HMM", "FittedRegimes", "HMMFit", "Regime", "Regimes", "fit_hmm"]
