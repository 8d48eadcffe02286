"""Calls every route of the site in odd ways, and says what came of it; `__main__.py` is the command."""
