"""What may not stand in a file that people share: from the environment, or from a file that it names."""

from collections.abc import Mapping
from pathlib import Path

from bot.core.errors import OperatorError


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
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise OperatorError(f"{name}_FILE: {file} cannot be read: {reason}. Mend it or set {name} instead.") from None


def _word(value: str, source: str) -> str:
    words = value.split()
    if len(words) != 1:
        state = "empty" if not words else "more than one word"
        raise OperatorError(f"{source} is {state}. Put the secret there alone, without quotes, or take the name away.")
    return words[0]
