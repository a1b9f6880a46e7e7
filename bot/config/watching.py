"""The folder while Herald runs: people go on editing it."""

from contextlib import suppress
from pathlib import Path

from bot.config.folder import Config, load

_READ = ("*.yaml", "courses/*", "answers/*")


class Folder:
    """A folder of the configuration; `config` is what it said at the start. ConfigError where that was wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _stamps(path)
        self.config = load(path)

    def changed(self) -> Config | None:
        """What it says now, None where no file is other than at the last look; ConfigError once for what is wrong."""
        stamps = _stamps(self._path)
        if stamps == self._seen:
            return None
        self._seen = stamps
        return load(self._path)


def _stamps(path: Path) -> dict[Path, tuple[int, int]]:
    """When each file was written last, and its size."""
    stamps = {}
    for file in (file for pattern in _READ for file in path.glob(pattern)):
        with suppress(OSError):  # it was taken away meanwhile
            about = file.stat()
            stamps[file] = about.st_mtime_ns, about.st_size
    return stamps
