"""Pages in a terminal."""
