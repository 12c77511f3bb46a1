"""Publication figures of attention, out of the values that were computed."""

__version__ = "0.1.0"
