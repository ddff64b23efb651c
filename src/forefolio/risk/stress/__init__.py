"""What a crisis or a shock would do to a portfolio."""
