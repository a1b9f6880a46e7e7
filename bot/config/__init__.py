"""The folder that people edit, the courses, terms and ready-made answers in it, read into `Config`."""

from bot.config.folder import Config, DiscordConfig, load, load_discord
from bot.config.problems import ConfigError, Problem
from bot.config.secrets import secret
from bot.config.watching import Folder

__all__ = ["Config", "ConfigError", "DiscordConfig", "Folder", "Problem", "load", "load_discord", "secret"]
