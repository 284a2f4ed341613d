"""``wengert.jax``: the array API over JAX.

Arrays cannot be written to: what is written in place elsewhere rebinds the name here.
"""

from .namespaces import namespace

globals().update(namespace(__name__, "jax"))
