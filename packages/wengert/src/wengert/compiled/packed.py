"""What saved-tensor hooks have packed while a function was traced."""

from __future__ import annotations

from typing import Any

from .ir import Variable

__all__ = ["ObjectVariable", "Packed"]


class ObjectVariable(Variable):
    """Something in a program that is no array: what a pack hook has returned, a handle of a hook."""

    __slots__ = ("what",)

    def __init__(self, what: str) -> None:
        super().__init__((), what)
        self.what = what

    def described(self) -> str:
        return f"v{self.number}: {self.what}"


class Packed:
    """What a pack hook has returned in the run that is traced, and what it is in the program.

    Attributes
    ----------
    variable : ObjectVariable
    value : object
        What the hook has returned.
    tensor : Tensor
        What it has packed.
    """

    __slots__ = ("tensor", "value", "variable")

    def __init__(self, variable: ObjectVariable, value: Any, tensor: Any) -> None:
        self.variable, self.value, self.tensor = variable, value, tensor
