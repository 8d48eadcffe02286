"""What can be watched from outside: figures for Prometheus, and whether the site lives and is ready."""
