"""What a portfolio follows, and where its risk comes from."""
