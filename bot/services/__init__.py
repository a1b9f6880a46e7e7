"""What Herald does: takes and returns data, never sentences."""
