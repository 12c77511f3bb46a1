"""The LaTeX package that a paper loads: paperfig.sty."""

from pathlib import Path

_STYLE = Path(__file__).with_name("paperfig.sty")


def latex_package(figures: str = "figures") -> str:
    r"""paperfig.sty, with ``\paperfigdir`` the folder of figures as the paper sees it."""
    content = _STYLE.read_text("ascii")
    return content.replace(r"\paperfigdir{figures}", rf"\paperfigdir{{{figures}}}")
