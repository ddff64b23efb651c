"""Agents as users: the studies as tools of the Model Context Protocol."""
