"""The examples of the documentation."""

from pathlib import Path


def documented(page: Path, name: str) -> list[str]:
    """Every block of a page that this names, fenced or indented."""
    parts = page.read_text(encoding="utf-8").split(f"<!-- tested: {name} -->\n")[1:]
    assert parts, f"{page.name} has no example {name}"
    return [_block(part) for part in parts]


def _block(text: str) -> str:
    """What stands between fences, or the lines up to the first that is not indented."""
    if text.startswith("```"):
        return text.partition("\n")[2].partition("```")[0]
    lines = text.lstrip("\n").splitlines()
    end = next(i for i, line in enumerate(lines) if line and not line.startswith("    "))
    return "\n".join(line[4:] for line in lines[:end])
