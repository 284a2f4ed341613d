"""``python -m gazetteer`` is `gaz`."""

import os
import sys
from contextlib import suppress

if __name__ == "__main__":
    # Python looks for modules in the current folder first, which may be a tree that is not to be trusted. One that is gone has none.
    with suppress(FileNotFoundError):
        if sys.path and not sys.flags.safe_path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - as Python wrote it
            del sys.path[0]
    from gazetteer.start import main

    main()
