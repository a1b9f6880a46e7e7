"""What may not stand in a file that people share: from the environment, or from a file that it names."""

from collections.abc import Mapping
from pathlib import Path

from bot.words import WordedError


def secret(name: str, environ: Mapping[str, str]) -> str | None:
    """The value of NAME, or of the file that NAME_FILE names; None where neither is set.

    OperatorError where it is empty, cannot be read or is no single word; no message shows it.
    """
    if name in environ:
        return _word(environ[name], name)
    if f"{name}_FILE" not in environ:
        return None
    file = environ[f"{name}_FILE"]
    try:
        return _word(Path(file).read_text("utf-8"), f"{name}_FILE ({file})")
    except OSError as error:
        raise WordedError("secret.unreadable", name=name, file=file, reason=error.strerror) from None
    except UnicodeDecodeError:
        raise WordedError("secret.not_utf8", name=name, file=file) from None


def _word(value: str, source: str) -> str:
    words = value.split()
    if len(words) != 1:
        raise WordedError("secret.words" if words else "secret.empty", source=source)
    return words[0]
