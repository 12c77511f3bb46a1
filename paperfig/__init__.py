"""Publication figures of attention, out of the values that were computed.

The public names are loaded when they are first used, so that the command with nothing to
do stays as quick as it is.
"""

TYPE_CHECKING = False  # as in typing, whose import would cost the quick path time
if TYPE_CHECKING:
    from paperfig.api.attention import Attention as Attention
    from paperfig.api.attention import attention as attention
    from paperfig.api.draw import draw as draw
    from paperfig.api.draw import save_attention as save_attention
    from paperfig.api.draw_model import draw_model as draw_model
    from paperfig.api.figure import Figure as Figure
    from paperfig.api.figure import figure as figure
    from paperfig.training import (
        generate_interpretability_outputs as generate_interpretability_outputs,
    )

__version__ = "0.1.0"

__all__ = [
    "Attention",
    "Figure",
    "__version__",
    "attention",
    "draw",
    "draw_model",
    "figure",
    "generate_interpretability_outputs",
    "save_attention",
]

_MODULES = {
    "Attention": "paperfig.api.attention",
    "Figure": "paperfig.api.figure",
    "attention": "paperfig.api.attention",
    "draw": "paperfig.api.draw",
    "draw_model": "paperfig.api.draw_model",
    "figure": "paperfig.api.figure",
    "generate_interpretability_outputs": "paperfig.training",
    "save_attention": "paperfig.api.draw",
}

if not TYPE_CHECKING:  # a type checker that saw it would take any name for one of these

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _MODULES:
            raise AttributeError(f"module 'paperfig' has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
