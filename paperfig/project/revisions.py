"""The two numbers that make figures stale when paperfig itself changes.

A change that moves computed weights by more than 1e-6, or what else a figure's values hold,
raises `COMPUTE_REVISION`; one that moves a PDF's content stream or a default caption raises
`DRAWING_REVISION`. A test holds both to a committed table of fixed cases, of every family,
statistic, kind and default caption.
"""

COMPUTE_REVISION = 5
DRAWING_REVISION = 5
