"""What a notebook or a script asks for in one call: pandas in, pandas out."""
