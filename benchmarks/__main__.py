"""``python -m benchmarks [PART…]``: ours against the opponents'; PARTS are below.

Process CPU time on one thread, medians of five runs unless a row says otherwise. Each task
runs in a fresh process; its memory is by how much it raised the peak.
"""

import sys
from importlib import import_module

from benchmarks.rows import table

PARTS = {
    "kl": "KL of all pairs",
    "drawing": "Maps as PDF, against seaborn",
    "atlas": "Every head on one page, against as many heatmaps",
    "nothing": "Nothing to do",
    "starting": "Commands that compute nothing",
    "many": "A hundred figures, against a hundred builds",
    "attention": "One head of GPT-2's shape",
    "arrays": "Attention in memory, against bertviz",
}


def main(names: list[str]) -> int:
    """Prints the parts named, or all."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.stderr.write(f"{unknown[0]}: no benchmark; {', '.join(PARTS)} are\n")
        return 2
    from paperfig.models.device import device_name, resolve_device

    print(f"process CPU time on one thread; device: {device_name(resolve_device('auto'))}")
    for name in names or PARTS:
        rows = import_module(f"benchmarks.{name}").rows()
        print(f"\n{table(PARTS[name], rows)}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
