"""Convex problems: written down, solved and polished."""
