"""``wengert.dask``: the array API over Dask.

Arrays are graphs of tasks, and so are their gradients, until somebody asks for a value.
"""

from .namespaces import namespace

globals().update(namespace(__name__, "dask"))
