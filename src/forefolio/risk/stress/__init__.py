"""Stress tests: past episodes and hypothetical shocks."""
