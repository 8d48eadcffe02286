"""Programs that the benchmark starts in Rasa's environment (Python 3.10 syntax)."""
