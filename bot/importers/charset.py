"""Bytes that do not say in which charset they are -> text."""


def characters(data: bytes) -> str:
    """UTF-8, or what a Chinese Windows calls Unicode or ANSI; what is broken in it becomes U+FFFD."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    text = data.decode(errors="replace")
    broken = text.count("\ufffd")
    # What is cut off within a character, or holds a broken one, has more that are whole.
    if broken and broken * 2 > sum(char > "\x7f" for char in text):
        return data.decode("gb18030", errors="replace")
    return text
