"""Which language a browser asks for."""

from bot.words import LOCALES, locale_of


def wished(header: str | None) -> str | None:
    """The language of Herald's that an Accept-Language header likes best; None where it names none of them."""
    spoken = {locale.split("-")[0] for locale in LOCALES}
    ranked: list[tuple[float, str]] = []
    for part in (header or "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        if tag.split("-")[0].lower() in spoken:
            ranked.append((_number(weight), tag))
    best = max((weight for weight, _ in ranked), default=0.0)
    return next((locale_of(tag) for weight, tag in ranked if weight == best > 0), None)


def _number(weight: str) -> float:
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0
