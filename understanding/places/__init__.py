"""Places in France: the commune table, finding places in text, distances."""
