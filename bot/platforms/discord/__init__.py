"""Discord: commands, buttons and forms become calls, replies become messages, and what is said unasked arrives."""
