"""`make serve`: installs and trains what is missing, starts the three processes and watches them."""
