"""Covariance models of simple returns per session."""
