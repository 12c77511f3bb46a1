"""Publication figures of attention, out of the values that were computed.

The public names are loaded when they are first used, so that the command with nothing to
do stays as quick as it is.
"""

__version__ = "0.1.0"

__all__ = ["__version__", "attention", "generate_interpretability_outputs"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "attention":
        return import_module("paperfig.attention")
    if name == "generate_interpretability_outputs":
        return import_module("paperfig.training").generate_interpretability_outputs
    raise AttributeError(f"module 'paperfig' has no attribute {name!r}")
