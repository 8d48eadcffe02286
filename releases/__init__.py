"""Models of the assistant: how they are trained, compared, kept, and which one is in service."""
