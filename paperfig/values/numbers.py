"""How numbers are written, so that pictures, captions and lines write them alike."""


def shortest(value: int | float) -> str:
    """At most six digits, and of a float that is whole one decimal.

    >>> shortest(1.0), shortest(0.3), shortest(25 / 11), shortest(7)
    ('1.0', '0.3', '2.27273', '7')
    """
    digits = f"{value:g}"
    return digits if isinstance(value, int) or not digits.isdigit() else f"{digits}.0"


def tokens_counted(excerpts: int, short: int, long: int, beside: str = "") -> str:
    """How many excerpts there are, if several, and of how many tokens.

    >>> tokens_counted(1, 48, 48), tokens_counted(1, 1, 1), tokens_counted(24, 32, 32)
    ('48 tokens', '1 token', '24 × 32 tokens')
    >>> tokens_counted(3, 5, 14)
    '3 × 5 to 14 tokens'

    Args:
        excerpts: how many.
        short: tokens of the shortest.
        long: of the longest.
        beside: what is said behind the tokens.
    """
    ends = f"{short} to {long}" if short < long else f"{long}"
    tokens = f"{ends} token{'s' if long > 1 else ''}{beside}"
    return tokens if excerpts == 1 else f"{excerpts} × {tokens}"
