"""What the website that embeds the chat says of its member: a signed token, what is kept of it, how it is shown."""
