"""Comparing, choosing, combining and explaining models."""
