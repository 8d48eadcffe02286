"""`python -m website`."""

from __future__ import annotations

from website.main import main

main()
