"""What a process finds as ``torch`` that was started by a program under `wengert.compat.torch`: the same.

The folder of this file is put on the path of such processes, so that it is no part of any package there.
"""

import sys

if __name__ == "torch":
    import wengert.compat.torch as spelled

    del sys.modules["torch"]
    spelled.install()
