"""``torch._library.infer_schema``: the schema of a function with annotations."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Union

from ....errors import ArgumentError
from ..dtypes import dtype
from ..kinds import device
from ..tensor import Tensor
from ..types import Number

__all__ = ["SUPPORTED_PARAM_TYPES", "SUPPORTED_RETURN_TYPES", "infer_schema", "tuple_to_list"]

#: A name that is here and must not be found from annotations in other modules; a test of PyTorch's looks.
_TestTensor = Tensor


def _with_containers(kind: Any, name: str, optional_items: bool, optional_list: bool) -> dict[Any, str]:
    found: dict[Any, str] = {kind: name, kind | None: f"{name}?"}
    for container in (Sequence, list, typing.Sequence, typing.List):  # noqa: UP006  (which programs write)
        found[container[kind]] = f"{name}[]"
        if optional_items:
            found[container[kind | None]] = f"{name}?[]"
        if optional_list:
            found[container[kind] | None] = f"{name}[]?"
    return found


#: What an argument may be annotated with, and what that is in a schema.
SUPPORTED_PARAM_TYPES: dict[Any, str] = {
    **_with_containers(Tensor, "Tensor", optional_items=True, optional_list=False),
    **_with_containers(int, "SymInt", optional_items=False, optional_list=True),
    **_with_containers(float, "float", optional_items=False, optional_list=True),
    **_with_containers(bool, "bool", optional_items=False, optional_list=True),
    **_with_containers(Number, "Scalar", optional_items=False, optional_list=False),
    **{kind: name for base, name in ((str, "str"), (dtype, "ScalarType"), (device, "Device"))
       for kind, name in ((base, name), (base | None, f"{name}?"))},
}  # fmt: skip

#: The same of results.
SUPPORTED_RETURN_TYPES: dict[Any, str] = {
    Tensor: "Tensor",
    typing.List[Tensor]: "Tensor[]",  # noqa: UP006
    list[Tensor]: "Tensor[]",
    int: "SymInt",
    float: "float",
    bool: "bool",
    Number: "Scalar",
}


def tuple_to_list(tuple_type: Any) -> Any:
    """The list that can be an argument where a tuple cannot.

    Examples
    --------
    >>> from wengert.compat.torch._library.infer_schema import tuple_to_list
    >>> tuple_to_list(tuple[int, int])
    list[int]
    """
    items = [item for item in typing.get_args(tuple_type) if item is not ...]
    return list[Union[tuple(items)]] if items else list  # type: ignore[misc]  # noqa: UP007  (of as many as there are)


def infer_schema(
    prototype_function: Callable[..., Any], /, *, mutates_args: Sequence[str] | set[str] | str, op_name: str | None = None
) -> str:
    """The schema of a function, from its annotations.

    Parameters
    ----------
    prototype_function : callable
        The function. Every parameter and the result must be annotated.
    mutates_args : sequence of str, or "unknown"
        The names of the tensors that it writes to; ``"unknown"`` is all of them.
    op_name : str, optional
        The name, which the schema then begins with.

    Raises
    ------
    ArgumentError
        If an annotation is missing, or there is nothing for it in schemas.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> def scaled(x: torch.Tensor, by: float = 2.0) -> torch.Tensor: ...
    >>> torch.library.infer_schema(scaled, mutates_args=(), op_name="scaled")
    'scaled(Tensor x, float by=2.0) -> Tensor'
    """
    return _Inference(prototype_function, mutates_args).schema(op_name)


class _Inference:
    """The schema of one function."""

    def __init__(self, function: Callable[..., Any], mutates: Any) -> None:
        self.function, self.mutates = function, mutates
        self.signature = inspect.signature(function)

    def fail(self, what: str) -> NoReturn:
        raise ArgumentError(f"infer_schema(func): {what} Got func with signature {self.signature}")

    def schema(self, name: str | None) -> str:
        parts: list[str] = []
        for place, parameter in enumerate(self.signature.parameters.values()):
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                self.fail("positional-only arguments, varargs and varkwargs have no place in a schema.")
            if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
                parts.append("*")
            kind = self._marked(place, parameter.name, self._kind(parameter))
            default = "" if parameter.default is parameter.empty else f"={self._default(parameter)}"
            parts.append(f"{kind} {parameter.name}{default}")
        missing = set() if self.mutates == "unknown" else set(self.mutates) - set(self.signature.parameters)
        if missing:
            self.fail(f"{missing} in mutates_args were not found among its arguments.")
        return f"{name or ''}({', '.join(parts)}) -> {self._results()}"

    def _resolved(self, annotation: Any) -> Any:
        """An annotation with what is written as text in it looked up where the function is."""
        if isinstance(annotation, str):
            space = vars(sys.modules.get(self.function.__module__, typing)) | getattr(self.function, "__globals__", {})
            try:
                return self._resolved(eval(annotation, dict(space)))  # noqa: S307  (the program's own annotation)
            except NameError as error:
                self.fail(f"Unsupported type annotation {annotation}. It is not a type. ({error})")
        items = typing.get_args(annotation)
        if any(isinstance(item, (str, typing.ForwardRef)) for item in items):
            texts = [item.__forward_arg__ if isinstance(item, typing.ForwardRef) else item for item in items]
            return typing.get_origin(annotation)[tuple(map(self._resolved, texts))]
        return annotation

    def _kind(self, parameter: inspect.Parameter) -> str:
        name, annotation = parameter.name, self._resolved(parameter.annotation)
        if annotation is parameter.empty:
            self.fail(f"Parameter {name} must have a type annotation.")
        found = self._known(annotation, SUPPORTED_PARAM_TYPES)
        if found is None and typing.get_origin(annotation) is tuple:
            other = tuple_to_list(annotation)
            example = f" For example, {other}." if self._known(other, SUPPORTED_PARAM_TYPES) else ""
            self.fail(
                f"Parameter {name} has unsupported type {annotation}: tuples have no place in a schema, lists have.{example}"
            )
        if found is None:
            known = ", ".join(map(str, SUPPORTED_PARAM_TYPES))
            self.fail(f"Parameter {name} has unsupported type {annotation}. The valid types are: {known}.")
        return found

    @staticmethod
    def _known(annotation: Any, table: dict[Any, str]) -> str | None:
        try:
            return table.get(annotation)
        except TypeError:  # what cannot be hashed
            return None

    def _marked(self, place: int, name: str, kind: str) -> str:
        """The type, with a mark where the argument is written to."""
        if isinstance(self.mutates, str) and self.mutates != "unknown":
            self.fail(f"mutates_args: expected a sequence of names or the string 'unknown', got {self.mutates!r}.")
        tensors = kind.startswith("Tensor")
        if self.mutates == "unknown":
            written = tensors
        else:
            written = name in self.mutates
            if written and not tensors:
                self.fail(f"Parameter {name} is in mutates_args, but only tensors and collections of them can be mutated.")
        return f"Tensor(a{place}!){kind[6:]}" if written else kind

    def _default(self, parameter: inspect.Parameter) -> str:
        value = parameter.default
        if value is None or isinstance(value, (int, float, bool)):
            return str(value)
        if isinstance(value, (str, device)):
            return f'"{value}"'
        if isinstance(value, dtype):
            return str(value).removeprefix("torch.")
        return self.fail(f"Parameter {parameter.name} has an unsupported default value type {type(value)}.")

    def _results(self) -> str:
        annotation = self._resolved(self.signature.return_annotation)
        if annotation is None or annotation is type(None):
            return "()"
        if annotation is inspect.Signature.empty:
            self.fail("No return type annotation was provided. Please add one.")
        several = typing.get_origin(annotation) is tuple
        found = [
            self._known(kind, SUPPORTED_RETURN_TYPES) for kind in (typing.get_args(annotation) if several else (annotation,))
        ]
        if None in found:
            known = ", ".join(map(str, SUPPORTED_RETURN_TYPES))
            self.fail(f"Return has unsupported type {annotation}. The valid types are: {known}.")
        joined = ", ".join(map(str, found))
        return f"({joined})" if len(found) > 1 else joined
