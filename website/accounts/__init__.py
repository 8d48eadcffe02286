"""Who works on the staff side: accounts, sessions, rights, signing in."""
