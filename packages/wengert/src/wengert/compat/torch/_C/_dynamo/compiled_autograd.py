"""``torch._C._dynamo.compiled_autograd``: which compiler has the programs of backward passes."""

from ..._dynamo.capturing import CAPTURED
from ..._dynamo.compiled_autograd import set_autograd_compiler

__all__ = ["clear_cache", "set_autograd_compiler"]

clear_cache = CAPTURED.clear
