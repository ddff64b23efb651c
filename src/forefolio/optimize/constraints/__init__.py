"""What a portfolio may be."""
