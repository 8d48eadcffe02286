"""Load: many members at once, and what the machine needs for them (`make bench-load`).

The members run in processes of their own (`bench.load.generator`), which tell how busy they were themselves.
"""
