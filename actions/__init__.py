"""The action server: what to say next, and who is the right person."""
