"""What several sites over one database tell each other, through Redis."""
