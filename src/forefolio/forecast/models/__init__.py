"""Models of the mean: what each asset is expected to earn."""
