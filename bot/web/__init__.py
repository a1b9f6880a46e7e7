"""The local chat in the browser, served from the bot alone."""
