"""``wengert.numpy``: the array API over NumPy. The same functions as those of ``wengert`` itself.

Examples
--------
>>> import wengert.numpy as xp
>>> xp.asarray([1.0, 2.0]).__array_namespace__().sum(xp.ones(2)).item()
2.0
"""

from .namespaces import namespace

globals().update(namespace(__name__, "numpy"))
