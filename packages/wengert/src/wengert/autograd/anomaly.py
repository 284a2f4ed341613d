"""Anomaly mode: which operator, recorded on which line, made the first NaN or Inf (rules A1, W27).

While it is on, every node remembers where it was recorded, and an interpreter looks at each gradient as it is made: what
comes out of a derivative, and what a hook returns. The first value that is not finite is blamed on the one that made it.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import adapter_of
from ..arrays.batched import anywhere
from ..errors import AnomalyError, CompileError
from .hook_calls import HookCall
from .interpreter import PROCESS_WIDE, Interpreter
from .modes import ACTIVE, current, current_node
from .origins import caller_origin
from .saved import is_tensor

if TYPE_CHECKING:
    from .node import Node

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly"]


class Anomaly(Interpreter):
    """The state of anomaly mode, and the interpreter that does its checks."""

    def __init__(self, check_nan: bool, check_inf: bool) -> None:
        super().__init__()
        self.check_nan, self.check_inf = check_nan, check_inf

    def note(self, node: Node) -> None:
        """Remember where `node` is recorded, and in whose derivative if that is where (A1.2)."""
        origin = caller_origin()
        metadata = node.metadata
        metadata["traceback_"] = traceback.format_stack()
        metadata["origin"] = str(origin)
        parent = current_node()
        if parent is not None:
            metadata["parent_"] = parent

    def note_forward(self, node: Node, operands: Any, outs: Any) -> None:
        """Remember of a forward that made a NaN or Inf out of finite operands, for the message of a later backward."""
        made = next((bad for out in outs if (bad := self.bad(out)) is not None), None)
        if made is not None and all(self.bad(o) is None for o in operands):
            node.metadata["forward_made"] = made

    def bad(self, value: Any) -> str | None:
        """``'nan'`` or ``'inf'`` if `value` holds one that is looked for."""
        array = value._array if is_tensor(value) else value
        if array is None or not hasattr(array, "dtype"):
            return None
        adapter = adapter_of(array)
        if adapter.kind(array.dtype) not in "fc":
            return None
        xp = adapter.xp
        if self.check_nan and anywhere(xp, xp.isnan(array)):
            return "nan"
        if self.check_inf and anywhere(xp, xp.isinf(array)):
            return "inf"
        return None

    def first_bad(self, value: Any) -> str | None:
        """The same for the gradient, or the tuple of gradients, that a hook takes or gives."""
        values = value if isinstance(value, tuple) else (value,)
        return next((bad for v in values if is_tensor(v) and (bad := self.bad(v)) is not None), None)

    # -- as an interpreter -------------------------------------------------------------------------------------------
    def visit(self, node: Node, grad: Any, wanted: Any, recorded: bool) -> Any:
        entering = (grad,) if node._outputs == 1 else grad
        for index, value in enumerate(entering):
            found = self.bad(value)
            if found is not None:
                # Neither a node nor a hook of this run made it, so it came in with the first gradient.
                raise AnomalyError(
                    f"the gradient entering {node.name()} as number {index} holds {found} values: it was passed to backward() "
                    f"or grad(){_forward_note(node)}"
                )
        return super().visit(node, grad, wanted, recorded)

    def visited(self, node: Node, results: Any) -> None:
        # After the node's post-hooks, so that they may repair what it made (A1.4).
        super().visited(node, results)
        for index, value in enumerate(results):
            found = self.bad(value)
            if found is not None:
                raise AnomalyError(
                    f"Function '{node.name()}' returned {found} values in its {index}th output{node.origin()}"
                    f"{_forward_note(node)}."
                )

    def hook(self, call: HookCall, args: tuple[Any, ...]) -> Any:
        result = super().hook(call, args)
        found = self.first_bad(result)
        if found is not None and all(self.first_bad(arg) is None for arg in args):
            raise AnomalyError(f"{call} returned {found} values")
        return result

    def failed(self, node: Node | None, error: BaseException) -> None:
        super().failed(node, error)
        if node is not None and not getattr(error, "_wengert_reported", False):
            _warn_of(node)
            with contextlib.suppress(AttributeError):  # an exception class with slots
                error._wengert_reported = True  # type: ignore[attr-defined]  # nested runs pass it on; one report is enough


def _forward_note(node: Node) -> str:
    """If the forward made a NaN or Inf at this node or below it, say where; else nothing."""
    stack, seen = [node], {node}
    while stack:
        here = stack.pop()
        made = (here._info or {}).get("forward_made")
        if made is not None:
            return f"; the forward of {here.name()}{here.origin()} had made {made} values already"
        for below in here._edges:
            if below is not None and below not in seen:
                seen.add(below)
                stack.append(below)
    return ""


def _warn_of(node: Node) -> None:
    """One warning for the node, and one for each node in whose derivative it was recorded (A1.3)."""
    text = "Error detected in {}. {}"
    while node is not None:
        info = node._info or {}
        trace = "".join(info.get("traceback_", ()))
        known = f"Traceback of forward call that caused the error:\n{trace}" if trace else (
            "No forward pass information available. Enable detect anomaly during forward pass for more information."
        )
        try:
            warnings.warn(text.format(node.name(), known), UserWarning, stacklevel=2)
        except Warning as refused:  # the filters turn it into an error, which must not hide the one that it reports
            print(f"{type(refused).__name__}: {refused}", file=sys.stderr)  # noqa: T201
        text = "Previous calculation was induced by {}. {}"
        node = info.get("parent_")  # type: ignore[assignment]


# -- switching it on -----------------------------------------------------------------------------------------------------
class set_detect_anomaly:
    """Switch anomaly mode on or off at once; as a context, until its end. For the whole process.

    Parameters
    ----------
    mode : bool
        Whether it is on.
    check_nan : bool
        Raise when a backward makes a NaN.
    check_inf : bool
        Raise when it makes an Inf.

    Examples
    --------
    >>> import wengert as wg
    >>> with wg.autograd.set_detect_anomaly(True):
    ...     wg.autograd.is_anomaly_enabled()
    True
    """

    def __init__(self, mode: bool, check_nan: bool = True, check_inf: bool = False) -> None:
        self.previous = ACTIVE.get("anomaly")
        _install(Anomaly(check_nan, check_inf) if mode else None)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        _install(self.previous)


class detect_anomaly(set_detect_anomaly):
    """A context in which every backward is checked for NaN, and errors show the forward line behind them. Slow.

    Parameters
    ----------
    check_nan, check_inf : bool
        What to look for.

    Examples
    --------
    >>> import warnings, wengert as wg
    >>> x = wg.tensor(0.0, requires_grad=True)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     with wg.autograd.detect_anomaly():
    ...         try:
    ...             (wg.sqrt(x) * 0.0).backward()
    ...         except wg.errors.AnomalyError as error:
    ...             print(str(error).partition(" (")[0])
    Function 'SqrtBackward0' returned nan values in its 0th output
    """

    def __init__(self, check_nan: bool = True, check_inf: bool = False) -> None:
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging.",
            UserWarning,
            stacklevel=2,
        )
        self.check_nan, self.check_inf = check_nan, check_inf
        self.previous = ACTIVE.get("anomaly")

    def __enter__(self) -> None:
        self.previous = ACTIVE.get("anomaly")
        _install(Anomaly(self.check_nan, self.check_inf))


def _install(anomaly: Anomaly | None) -> None:
    if anomaly is not None and current().tracer is not None:
        raise CompileError("anomaly mode inside of a compiled function, where gradients have no values to look at; put it around")
    for key in ("anomaly", PROCESS_WIDE):
        if anomaly is None:
            ACTIVE.pop(key, None)
        else:
            ACTIVE[key] = anomaly


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return "anomaly" in ACTIVE


def is_anomaly_check_nan_enabled() -> bool:
    """Whether it looks for NaN; while it is off, whether it would, which is the default."""
    anomaly = ACTIVE.get("anomaly")
    return anomaly is None or anomaly.check_nan
