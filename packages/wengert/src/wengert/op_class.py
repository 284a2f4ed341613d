"""`Operator`: what is known of one operator from its declaration; `wengert.op` is where operators are declared."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from .arrays.adapter import ADAPTERS, NUMBERS, library
from .autograd.node import Node
from .errors import DeclarationError, LibraryError
from .op_source import compile_operator
from .op_support import fit

__all__ = ["OPERATORS", "FunctionTable", "Operator", "Rule"]

#: Every operator by its public name.
OPERATORS: dict[str, Operator] = {}

Rule = Callable[..., Any]


class Operator:
    """One declared operator.

    Attributes
    ----------
    name : str
        The public name, from the array API where it has one.
    forward : callable
        The function over raw arrays.
    positional : tuple of str
        The parameters that can be passed by position only.
    by_keyword : tuple of str
        The others.
    operands : tuple of str
        The parameters that take arrays; the others are static.
    sequence : bool
        Whether the only operand is a sequence of arrays (``concat``).
    rules : dict
        From operand to rule.
    outputs : int or None
        How many arrays it returns; None for a number that depends on the arguments, returned as a tuple.
    aux : tuple of str
        Names of further results of `forward` that only rules see.
    constants : bool
        Whether a number among the operands may be computed with as a 0-d array; the rules then get that array too.
    elementwise : bool
        Whether the output has the broadcast shape of the operands and, between floats, their dtype.
    linear : bool
        Whether the output is linear in each operand taken alone; of an operator on a sequence, in all of them together.
    diagonal : bool
        Whether each element of the output depends on one element of each operand.
    releases : bool
        Whether a backward releases nodes of writes in place even where they save nothing.
    holomorphic : bool
        Whether, of complex numbers, it is differentiable in each operand, which its rules then conjugate.
    jvps : dict
        From operand to the derivative in direction of its tangent, where one is declared.
    replaces : bool
        Whether nothing of the first operand is left in the output: its gradient is 0.
    view : bool or callable
        Whether the result may lie in the memory of its operand, and is then a view of it; where the library's arrays do not
        tell, the function says so of the static arguments.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        *,
        node: str | None = None,
        label: str | None = None,
        operands: Sequence[str] | None = None,
        sequence: bool = False,
        outputs: int | None = 1,
        aux: Sequence[str] = (),
        elementwise: bool = False,
        linear: bool = False,
        constants: bool = False,
        diagonal: bool = False,
        releases: bool = False,
        holomorphic: bool = False,
        replaces: bool = False,
        view: bool | Callable[..., bool] = False,
        pieces: Callable[..., Any] | None = None,
        signature: inspect.Signature | None = None,
        table: Any = None,
    ) -> None:
        self.name, self.forward = name, forward
        self.signature = signature or inspect.signature(forward)
        parameters = self.signature.parameters
        self.positional = tuple(p for p, q in parameters.items() if q.kind is q.POSITIONAL_ONLY)
        self.by_keyword = tuple(p for p in parameters if p not in self.positional)
        self.operands = tuple(self.positional if operands is None else operands)
        self.statics = tuple(p for p in parameters if p not in self.operands)
        self.by_position = all(parameters[s].kind is not inspect.Parameter.KEYWORD_ONLY for s in self.statics)
        self.sequence, self.outputs, self.aux, self.elementwise, self.linear = sequence, outputs, tuple(aux), elementwise, linear
        self.constants = constants
        self.releases = releases
        self.diagonal, self.holomorphic = diagonal or elementwise, holomorphic
        self.replaces = replaces
        self.view, self._pieces = view, pieces
        self.table = table  # of an elementwise operator: from the array's type to the library's function
        self.label = label or (node or "".join(part.capitalize() for part in name.split("_"))) + "Backward0"
        self.rules: dict[str, Rule] = {}
        self.batching: Callable[..., Any] | None = None  # how it is called for many samples at once
        self.batching_asks: Callable[[Any, Any], bool] | None = None  # of two batched operands: whether that is to be asked
        self.needs: dict[str, tuple[str, ...]] = {}
        self.jvps: dict[str, Rule] = {}
        self.jvp_needs: dict[str, tuple[str, ...]] = {}
        self.node_class: type[Node] | None = None
        self.families: dict[type, dict[str, Any]] = {}  # for each spelling in use, what its calls refer to
        self._transposition: tuple[Rule, tuple[int, ...]] | None = None  # the rule, and where what it needs is found
        self.sequence_cases: dict[Any, Callable[..., Any]] = {}  # of an operator on a sequence, by family and mode
        self.public: Any = None  # the function that users call
        self._check()
        OPERATORS[name] = self

    # -- declaration -------------------------------------------------------------------------------------------------
    def _check(self) -> None:
        """Raise if the declaration contradicts itself."""
        if self.name in OPERATORS:
            raise DeclarationError(f"operator {self.name!r} is declared twice")
        for name in (*self.signature.parameters, *self.aux):
            if re.fullmatch(r"out\d*", name):
                raise DeclarationError(f"{self.name}: no parameter may be called {name!r}, rules ask for outputs by that name")
        unknown = set(self.operands) - set(self.signature.parameters)
        if unknown or not self.operands:
            raise DeclarationError(f"{self.name}: its operands {self.operands} must be parameters, and at least one")
        if self.sequence and (len(self.operands) != 1 or self.outputs != 1 or self.aux):
            raise DeclarationError(f"{self.name}: an operator on a sequence has one operand, one output and nothing auxiliary")

    def add_rule(self, operand: str, rule: Rule) -> None:
        """Attach the derivative with respect to `operand`, checking that everything it asks for exists."""
        if operand not in self.operands:
            raise DeclarationError(f"rule for {self.name}: {operand!r} is not among its operands {self.operands}")
        if operand in self.rules:
            raise DeclarationError(f"rule for {self.name}: {operand!r} has one already")
        if self.node_class is not None:
            raise DeclarationError(f"rule for {self.name}: it was called already, and its nodes know nothing of {operand!r}")
        self.rules[operand], self.needs[operand] = rule, self._checked_needs("rule", operand, rule)

    def add_jvp(self, operand: str, jvp: Rule) -> None:
        """Attach the derivative in direction of a tangent of `operand`."""
        if operand not in self.rules:
            raise DeclarationError(
                f"jvp for {self.name}: {operand!r} is not among the operands with a rule, {self.differentiable}"
            )
        if operand in self.jvps:
            raise DeclarationError(f"jvp for {self.name}: {operand!r} has one already")
        self.jvps[operand], self.jvp_needs[operand] = jvp, self._checked_needs("jvp", operand, jvp)

    def _checked_needs(self, what: str, operand: str, rule: Rule) -> tuple[str, ...]:
        """What `rule` asks for by the names of its parameters, all of which must exist."""
        needs = tuple(inspect.signature(rule).parameters)[1:]
        known = self._known_names()
        for need in needs:
            if need not in known:
                raise DeclarationError(f"{what} of {self.name} for {operand!r} asks for {need!r}; it can have {sorted(known)}")
        return needs

    def _known_names(self) -> set[str]:
        names = {*self.operands, *self.statics, *self.aux}
        names.update(f"{o}_{what}" for o in self.operands for what in ("shape", "dtype"))
        if self.sequence:
            names.add("wanted")  # which of the operands need a gradient
        elif self.outputs == 1:
            names.add("out")
        elif self.outputs is not None:
            names.update(f"out{i}" for i in range(self.outputs))
        return names

    @property
    def differentiable(self) -> tuple[str, ...]:
        """The operands that have a rule, in the order of the signature: one edge each."""
        return tuple(o for o in self.operands if o in self.rules)

    @property
    def saves(self) -> tuple[str, ...]:
        """The names of tensors that some rule needs: the layout of ``node._saved``."""
        wanted = {n for needs in self.needs.values() for n in needs}
        outs = ("out",) if self.outputs == 1 else tuple(f"out{i}" for i in range(self.outputs or 0))
        return tuple(n for n in (*self.operands, *outs, *self.aux) if n in wanted)

    @property
    def keeps(self) -> tuple[str, ...]:
        """The names of everything else that some rule needs: the layout of ``node._static``, before the fits."""
        tensors = set(self.saves)
        return tuple(
            dict.fromkeys(n for needs in self.needs.values() for n in needs if n not in tensors and n != "wanted")
        )

    @property
    def trusts_rules(self) -> bool:
        """Whether gradients have the shape and dtype of the operands wherever the operands have those of the result.

        So it is for elementwise operators, whose nodes then need not keep shapes and dtypes.
        """
        return self.elementwise and not self.keeps

    def output_number(self, name: str) -> int:
        """Which output `name` is, or -1."""
        if name == "out":
            return 0
        return int(name[3:]) if name.startswith("out") and name[3:].isdigit() else -1

    # -- as a view, see `wengert.autograd.views` ---------------------------------------------------------------------
    def replay(self, x: Any, statics: tuple[Any, ...]) -> Any:
        """The operator on `x`, a raw array or a Tensor, with these static arguments."""
        function = self.forward if type(x) in ADAPTERS else self.public
        if self.by_position:
            return function(x, *statics)
        return function(x, **dict(zip(self.statics, statics, strict=True)))

    def transpose(self, grad: Any, statics: tuple[Any, ...], shape: tuple[int, ...], dtype: Any) -> Any:
        """The gradient of the one operand, of `shape` and `dtype`, from that of the result."""
        if self._transposition is None:
            ((operand, rule),) = self.rules.items()
            known = (f"{operand}_shape", f"{operand}_dtype", *self.statics)
            self._transposition = rule, tuple([known.index(need) for need in self.needs[operand]])
        rule, places = self._transposition
        values = (shape, dtype, *statics)
        grad = rule(grad, *[values[place] for place in places])
        if grad.shape == shape and (grad.dtype is dtype or grad.dtype == dtype):
            return grad
        return fit(grad, shape, dtype)

    def pieces(self, shape: tuple[int, ...], statics: tuple[Any, ...]) -> Any:
        """For each of several outputs an operator that makes it alone, with its static arguments."""
        assert self._pieces is not None
        return self._pieces(shape, *statics)

    def is_cut(self, statics: tuple[Any, ...]) -> bool:
        """Whether the result is a view, where arrays are immutable."""
        return self.view(*statics) if callable(self.view) else self.view

    def make_node_class(self) -> type[Node]:
        """The class of this operator's nodes, without its derivative (which `op_source` adds)."""
        saves = self.saves
        names = {n: (i, self.output_number(n)) for i, n in enumerate(saves)}
        # PyTorch's spelling of the same: the first operand is `self`, the second `other`, the output `result`.
        theirs_of = (*zip(self.operands[:2], ("self", "other"), strict=False), ("out", "result"))
        for ours, theirs in theirs_of:
            if ours in names:
                names.setdefault(theirs, names[ours])
        body: dict[str, Any] = {
            "__slots__": (),
            "__doc__": f"The derivative of ``{self.name}``.",
            "__module__": __name__,
            "_label": self.label,
            "operator": self,
            "_generated": True,
            "_replaces": self.replaces,
            "saved_names": names,
            "saved_numbers": () if self.sequence else tuple(map(self.output_number, saves)),
            "static_names": self._static_names(),
        }
        return type(self.label, (Node,), body)

    def _static_names(self) -> dict[str, int]:
        """Where in ``_static`` a node has what its rules keep; the shape of the first operand by PyTorch's name too."""
        names = {n: i for i, n in enumerate(self.keeps)}
        for position, n in enumerate(self.keeps):
            if n == f"{self.operands[0]}_shape":
                names["self_sym_sizes"] = position
        return names

    def node_name(self, tensors: Sequence[str], constant: str | None = None) -> str:
        """What generated code calls the class of nodes only of whose operands `tensors` are Tensors.

        `constant` is the operand, if any, that is a number and stands behind the saved values once more as an array.
        """
        traced = [o for o in self.differentiable if o in tensors]
        if len(traced) in (0, len(self.differentiable)):
            return "NODE"
        return "_".join(["NODE_of", *tensors, *(["and_constant", constant] if constant else [])])

    def call_batched(self, level: Any, arguments: dict[str, Any]) -> Any:
        """Its call on batched operands, or NotImplemented. Given by `wengert.op_batching`: that layer stands above."""
        raise NotImplementedError

    def call_on_samples(self, level: Any, operand: Any, arguments: dict[str, Any]) -> Any:
        """`call_batched` where the one operand is a raw array of `level`, for the usual case of that. Given likewise."""
        raise NotImplementedError

    def node_class_built(self) -> type[Node]:
        """The node class with its derivative, generated when first needed."""
        return self.node_class if self.node_class is not None else compile_operator(self)


class FunctionTable(dict[type, Callable[..., Any]]):
    """From the exact type of an array to its library's function of one name, or to one kernel for all; filled as types are met.

    Parameters
    ----------
    name : str
        The function's name in the library.
    kernel : callable, optional
        A function over raw arrays of any library, to be taken in its place.
    """

    def __init__(self, name: str, kernel: Callable[..., Any] | None = None) -> None:
        super().__init__()
        self.name, self.kernel = name, kernel

    def __missing__(self, kind: type) -> Callable[..., Any]:
        adapter = library("numpy") if kind in NUMBERS else ADAPTERS.get(kind)
        if adapter is None:
            raise LibraryError(f"{self.name}: no adapter for {kind.__qualname__}")
        function = self[kind] = self.kernel or adapter.function(self.name)
        return function

    def compute(self, *arrays: Any) -> Any:
        """The function of raw arrays and numbers."""
        kinds = (type(array) for array in arrays if type(array) not in NUMBERS)
        return self[next(kinds, float)](*arrays)
