"""Figures of the help desk: what was asked, who answered, how soon; every figure leads to its conversations."""
