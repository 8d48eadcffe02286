"""What both environments know about understanding a member's message.

Normalising text, reading the data files, finding places, recognising categories and deciding what to do.
Python 3.10 syntax, numpy, PyYAML and rapidfuzz only, and nothing of Rasa: the Rasa components in `bot/` are thin
wrappers over this package, so that Rasa can be replaced.
"""
