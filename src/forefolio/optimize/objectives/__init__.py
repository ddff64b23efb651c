"""What a portfolio is chosen for."""
