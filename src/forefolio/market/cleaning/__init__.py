"""What is wrong with prices as they come, and what is done about it."""
