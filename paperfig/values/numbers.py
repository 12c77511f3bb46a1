"""How pictures and captions write a number, so that both write it alike."""


def shortest(value: int | float) -> str:
    """At most six digits, and of a float that is whole one decimal.

    >>> shortest(1.0), shortest(0.3), shortest(25 / 11), shortest(7)
    ('1.0', '0.3', '2.27273', '7')
    """
    digits = f"{value:g}"
    return digits if isinstance(value, int) or not digits.isdigit() else f"{digits}.0"
