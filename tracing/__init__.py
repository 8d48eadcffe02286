"""Traces of a message's way through all processes, for whoever sets a collector."""
