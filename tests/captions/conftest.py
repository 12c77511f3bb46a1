"""LaTeX runs."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from paperfig.captions.package import latex_package

Compile = Callable[..., str]


@pytest.fixture
def run_latex(require_tool: Callable[[str], str]) -> Compile:
    """Compiles a folder's main.tex; the text of the PDF. Any fault fails the test."""

    def run(folder: Path, *, engine: str = "pdflatex", times: int = 1) -> str:
        flags = ["-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error"]
        command = [require_tool(engine), *flags, "main.tex"]
        for _ in range(times):
            done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
            assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-3000:]
        assert "Missing character" not in (folder / "main.log").read_text("utf-8", "replace")
        command = [require_tool("pdftotext"), "-layout", "main.pdf", "-"]
        told = subprocess.run(command, cwd=folder, capture_output=True, check=True)
        return told.stdout.decode("utf-8")

    return run


@pytest.fixture
def compile_latex(tmp_path: Path, run_latex: Compile) -> Compile:
    """Compiles a body with one engine; the text of the PDF. Any fault fails the test."""

    def run(body: str, *, engine: str = "pdflatex", preamble: str = "") -> str:
        (tmp_path / "paperfig.sty").write_text(latex_package())
        source = (
            "\\documentclass{article}\n"
            f"{preamble}\\usepackage{{paperfig}}\n"
            f"\\begin{{document}}\n{body}\n\\end{{document}}\n"
        )
        (tmp_path / "main.tex").write_text(source, encoding="ascii")
        return run_latex(tmp_path, engine=engine)

    return run
