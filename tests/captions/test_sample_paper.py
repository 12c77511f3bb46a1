"""The sample paper, and the lines that the README gives, in pdfLaTeX."""

import shutil

import pikepdf
import pytest
from caption_figures import attention, caption_of, figure

from paperfig.captions.package import latex_package
from paperfig.values.mask import MaskRule

TEXT = "The lighthouse stands at the mouth of the river, where ships turn into the wind."
NAMES = ("sixteen-tokens", "heads", "induction")


@pytest.fixture
def built(tmp_path):
    """A folder figures/ with the paper's figures: empty pictures, true captions."""
    folder = tmp_path / "figures"
    folder.mkdir()
    for name in NAMES:
        data = figure(attention(32, shown=MaskRule(self_attention="hide")), text=TEXT)
        made = caption_of(data, name=name, caption={"quote": 51})
        with pikepdf.new() as picture:
            picture.add_blank_page(page_size=(200, 90))
            picture.save(folder / f"{name}.pdf")
        (folder / f"{name}.caption.tex").write_text(made.text, encoding="ascii")
        (folder / f"{name}.tex").write_text(made.float, encoding="ascii")
    return tmp_path


def test_the_sample_paper_compiles_and_quotes(built, repository, run_latex):
    """Two pages' worth of text, three figures by three ways, each with its caption."""
    paper = built / "docs" / "paper"
    shutil.copytree(
        repository / "docs" / "paper", paper, ignore=shutil.ignore_patterns("build")
    )
    printed = " ".join(run_latex(paper, times=2).split())
    assert printed.count("The lighthouse stands at the mouth of the river") == len(NAMES)
    assert printed.count("which has no other key") == len(NAMES)
    assert "??" not in printed


def test_the_sample_papers_package_is_the_packages_own(repository):
    """docs/paper/paperfig.sty is a copy, as `paperfig init --paper` makes one."""
    copy = (repository / "docs" / "paper" / "paperfig.sty").read_text("ascii")
    assert copy == latex_package()


def test_a_float_needs_no_package_of_ours(built, run_latex):
    """With graphicx alone, from the folder that holds figures/."""
    body = "\\documentclass{article}\\usepackage{graphicx}\\begin{document}\n"
    body += "\\input{figures/heads}\n\\end{document}\n"
    (built / "main.tex").write_text(body, encoding="ascii")
    assert "which has no other key" in " ".join(run_latex(built).split())


@pytest.mark.parametrize("engine", ["pdflatex", "xelatex", "lualatex"])
def test_each_documented_line_compiles_from_elsewhere(built, run_latex, engine):
    """Every form of docs/captions.md, with \\paperfigdir pointing out of the folder."""
    paper = built / "elsewhere"
    paper.mkdir()
    (paper / "paperfig.sty").write_text(latex_package("../figures"))
    body = (
        "\\documentclass[twocolumn]{article}\n\\usepackage[T1]{fontenc}\\usepackage{lmodern}\n"
        "\\usepackage{paperfig}\n\\begin{document}\n"
        "\\input{../figures/sixteen-tokens}\n"
        "\\paperfigure{heads}\n"
        "\\begin{figure}\\includegraphics{../figures/induction.pdf}\n"
        "\\caption[Short]{\\input{../figures/induction.caption}}\\end{figure}\n"
        "\\begin{figure*}\\includegraphics{../figures/induction.pdf}\n"
        "\\caption{\\paperfigcaption{induction}}\\end{figure*}\n"
        "\\end{document}\n"
    )
    (paper / "main.tex").write_text(body, encoding="ascii")
    printed = " ".join(run_latex(paper, engine=engine).split())
    assert printed.count("which has no other key") == 4
