"""``python -m paperfig``: the command."""

from paperfig.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
