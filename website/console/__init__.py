"""The officers' console: inbox, conversation, and what closing one teaches."""
