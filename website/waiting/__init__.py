"""Nobody waits unseen: officers are told of who waits, members of the answer; and what members think of it."""
