"""``python -m wengert.compat.torch SCRIPT [ARGS]``: a program with ``torch`` standing for Wengert's spelling."""

import sys

from .installing import run_script

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python -m wengert.compat.torch SCRIPT [ARGS]")
    run_script(sys.argv[1], sys.argv[2:])
