"""The site: member API, conversations, the worker that asks Rasa, pages."""
