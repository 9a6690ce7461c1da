"""`./run test`: the quick tests on all cores, then those with a broker or a browser, which want the machine alone.

With words of its own it is pytest with these words: `./run test tests/unit -k nps`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

ALONE = "kafka or browser or slow"
"""Marks of tests that wait for other processes: beside others they would measure those."""
MOST_CORES = 4
"""Each core has a ClickHouse of its own."""
INTERRUPTED = 2


def steps() -> list[list[str]]:
    """Words of the two runs of pytest."""
    return [
        ["-n", "auto", "--maxprocesses", str(MOST_CORES), "--dist", "loadfile", "-m", f"not ({ALONE})"],
        ["-m", ALONE],
    ]


def main(words: Sequence[str]) -> int:
    """Exit code of what was run: the first that is not 0. The second part runs also where the first found mistakes."""
    code = 0
    for step in [list(words)] if words else steps():
        ended = subprocess.run([sys.executable, "-m", "pytest", *step]).returncode
        code = code or ended
        if ended == INTERRUPTED:
            break
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
