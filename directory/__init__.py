"""Antennas and contacts: reading the directory's files, keeping them, and finding who is right for a member."""
