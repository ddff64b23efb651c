"""Constraints as people write them."""
