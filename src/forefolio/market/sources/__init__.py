"""Where prices come from, and how they are read."""
