"""Data files that people and the site both change: read, edited line by line, replaced in one step."""
