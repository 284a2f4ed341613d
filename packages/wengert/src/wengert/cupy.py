"""``wengert.cupy``: the array API over CuPy. Arrays live on a GPU."""

from .namespaces import namespace

globals().update(namespace(__name__, "cupy"))
