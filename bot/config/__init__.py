"""The folder that people edit, the courses, terms and ready-made answers in it, read into `Config`."""

from bot.config.folder import Config, load
from bot.config.problems import ConfigError, Problem

__all__ = ["Config", "ConfigError", "Problem", "load"]
