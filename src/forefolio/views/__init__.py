"""Results as people read them: tables, pictures and the report."""
