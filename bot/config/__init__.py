"""The folder that people edit: `herald.yaml` and `courses/<key>.yaml`, read into `Config`."""

from bot.config.folder import Config, load
from bot.config.problems import ConfigError, Problem

__all__ = ["Config", "ConfigError", "Problem", "load"]
