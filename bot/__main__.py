"""`python -m bot` is the `herald` command."""

from bot.cli import main

main()
