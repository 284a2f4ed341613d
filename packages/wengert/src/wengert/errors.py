"""Every exception of Wengert.

::

    WengertError
    ├── GradientError (RuntimeError)        a backward that cannot be run as asked
    │   ├── NoGraphError                    a tensor that requires no gradient was asked for one
    │   │   └── ArgumentEmptyError (ValueError)   an empty sequence of inputs
    │   ├── NonScalarError                  a gradient can be implied only for one real number
    │   ├── GradientMismatchError           shape, dtype or library of a gradient do not fit
    │   ├── UnusedInputError                an input that the outputs do not depend on
    │   ├── EdgeNumberError (IndexError)    a GradientEdge names an output that its node does not have
    │   ├── ReleasedError                   saved values are gone: a second backward
    │   └── VersionError                    a saved tensor was modified in place
    ├── TangentError (RuntimeError)         a tangent that does not fit its tensor, or a second one
    ├── GradientTypeError (TypeError)       an argument of backward() or grad() is of the wrong type
    │   └── PlaceTypeError (RuntimeError)   what should be a place in the graph is neither a tensor nor an edge
    ├── HookError (RuntimeError)            a hook returned something that cannot stand in for a gradient
    ├── HookTypeError (TypeError)           a hook returned an object of the wrong type
    ├── FunctionError (RuntimeError)        a custom Function broke its contract
    ├── FunctionTypeError (TypeError)       a custom Function was given or saved the wrong type
    ├── MissingRuleError (RuntimeError, NotImplementedError)   a derivative that nobody wrote
    ├── SavedTensorError (RuntimeError)     pack/unpack hooks or saved values misused
    │   ├── CheckpointError                 recomputing did not bring back what the forward had saved
    │   └── StopRecomputation               no error: passes through a checkpointed function when all is back
    ├── SavedTensorTypeError (TypeError)    an unpack hook returned something that is no tensor
    ├── ModeError (RuntimeError)            not allowed in this mode, or outside a backward
    ├── AnomalyError (RuntimeError)         the first NaN or Inf, and the operator that made it
    ├── LeafError (RuntimeError)            only a leaf (or only an interior tensor) can do that
    ├── InPlaceError (RuntimeError)         a write in place that autograd, or the tensor's memory, does not allow
    │   └── ImmutableError                  a write to parts of complex numbers, where arrays are immutable
    ├── MutationError (AssertionError)      values kept by allow_mutation_on_saved_tensors, asked for outside of it
    ├── DtypeError (TypeError)              a dtype that the operator or attribute does not take
    │   └── RequiresGradDtypeError (RuntimeError)   only floating and complex tensors have gradients
    ├── LibraryError (TypeError)            arrays of two libraries in one operator, or of an unknown one
    ├── OperandError (TypeError)            an operator was called with something that is no operand
    ├── TransformError (RuntimeError)       a function, or what it was given, does not suit ``grad``, ``vjp``, ``jacobian`` …
    │   └── TransformTypeError (TypeError)  one of these is of the wrong type
    ├── ArgumentError (ValueError)          a value that is outside what is allowed
    │   ├── AxisRangeError (IndexError)     an axis that a result does not have
    │   ├── OverlapError (RuntimeError)     an input of gradcheck whose elements share one place in memory
    │   ├── CheckOptionsError (AssertionError)   options of gradcheck that contradict each other, or check nothing
    │   ├── MatrixError (RuntimeError)      a matrix that cannot be inverted or decomposed as asked
    │   ├── ReshapeError (RuntimeError)     a shape with another number of elements than the array has
    │   ├── StrategyError (AssertionError)  ``jacobian`` was asked for a strategy that there is not
    │   └── UsageError (RuntimeError)       compat.torch: an argument for which PyTorch raises RuntimeError
    ├── UnsupportedError (NotImplementedError)  compat.torch: PyTorch has it, Wengert does not
    ├── DeclarationError (TypeError)        an operator whose declaration contradicts itself
    ├── DerivativeCheckError (RuntimeError) gradcheck found a rule that is wrong
    ├── ChangingOutputError (AssertionError) a function under gradcheck returns another shape or dtype for inputs near by
    ├── VmapError (RuntimeError)            a mapped function did what has no meaning for many samples at once
    ├── TraceError (RuntimeError)           the value of an array was asked for while a program is being written down
    ├── CompileError (RuntimeError)         a program that cannot be compiled, or not by this backend
    │   └── ProgramFileError (ValueError)   a file that is no compiled program, or is damaged, or of another version
    ├── DonatedError (RuntimeError)         a tensor is used that a compiled function was given for good
    ├── StateDictError (RuntimeError)       a state dictionary that fits no module or optimizer to load it
    └── MissingExtraError (ImportError)     an optional package is absent; the message names the extra

Each class derives from the built-in exception that a user of PyTorch would catch, so that ``except RuntimeError`` goes on
working. A message says what happened, where, and what to do about it.
"""

from __future__ import annotations

__all__ = [
    "AnomalyError",
    "ArgumentEmptyError",
    "ArgumentError",
    "AxisRangeError",
    "ChangingOutputError",
    "CheckpointError",
    "CompileError",
    "CheckOptionsError",
    "DeclarationError",
    "DerivativeCheckError",
    "DonatedError",
    "DtypeError",
    "EdgeNumberError",
    "FunctionError",
    "FunctionTypeError",
    "GradientError",
    "GradientMismatchError",
    "GradientTypeError",
    "HookError",
    "HookTypeError",
    "ImmutableError",
    "InPlaceError",
    "LeafError",
    "LibraryError",
    "MatrixError",
    "MissingExtraError",
    "MissingRuleError",
    "ModeError",
    "MutationError",
    "NoGraphError",
    "NonScalarError",
    "OperandError",
    "OverlapError",
    "PlaceTypeError",
    "ProgramFileError",
    "ReleasedError",
    "ReshapeError",
    "RequiresGradDtypeError",
    "SavedTensorError",
    "SavedTensorTypeError",
    "StateDictError",
    "UnsupportedError",
    "StopRecomputation",
    "StrategyError",
    "TangentError",
    "TraceError",
    "TransformError",
    "TransformTypeError",
    "UnusedInputError",
    "UsageError",
    "VersionError",
    "VmapError",
    "WengertError",
]


class WengertError(Exception):
    """The root of the tree: catches whatever Wengert raises on its own account."""


class GradientError(WengertError, RuntimeError):
    """A backward that cannot be run as asked."""


class NoGraphError(GradientError):
    """A gradient was asked of a tensor that requires none. Set ``requires_grad=True`` on the leaves."""


class ArgumentEmptyError(NoGraphError, ValueError):
    """An empty sequence of inputs."""


class NonScalarError(GradientError):
    """A gradient of 1 is implied only for an output of one real number. Pass ``gradient=`` (or ``grad_outputs=``)."""


class GradientMismatchError(GradientError):
    """A gradient whose shape, dtype or array library differs from that of the tensor that it belongs to."""


class UnusedInputError(GradientError):
    """An input that no output depends on. ``allow_unused=True`` gives None for it, ``materialize_grads=True`` zeros."""


class EdgeNumberError(GradientError, IndexError):
    """A GradientEdge names an output that its node does not have."""


class ReleasedError(GradientError):
    """The saved values of a node were released by an earlier backward. Keep them with ``retain_graph=True``."""


class VersionError(GradientError):
    """A tensor that was saved for the backward was modified in place after it was saved. Write to a copy of it."""


class TangentError(WengertError, RuntimeError):
    """A tangent whose shape, dtype or array library differs from that of its tensor, or for a tensor that has one already."""


class GradientTypeError(WengertError, TypeError):
    """An argument of ``backward()`` or ``grad()`` has the wrong type."""


class PlaceTypeError(GradientTypeError, RuntimeError):
    """An input of ``backward()`` or ``grad()`` is neither a tensor nor an edge, or an edge does not begin with a node."""


class HookError(WengertError, RuntimeError):
    """A hook returned something that cannot stand in for the gradient: another shape, dtype or number of gradients."""


class HookTypeError(WengertError, TypeError):
    """A hook returned an object of a type that stands for no gradient."""


class FunctionError(WengertError, RuntimeError):
    """A custom Function broke its contract: the message names it and what it owed."""


class FunctionTypeError(WengertError, TypeError):
    """A custom Function was handed, saved or returned an object of the wrong type."""


class MissingRuleError(WengertError, NotImplementedError):
    """A derivative that nobody wrote. It is a ``RuntimeError`` too, as ``NotImplementedError`` is."""


class SavedTensorError(WengertError, RuntimeError):
    """Saved values, or the pack and unpack hooks on them, were used against the rules."""


class CheckpointError(SavedTensorError):
    """Recomputing a checkpointed function did not save the tensors that its forward had saved, or one was asked for twice."""


class StopRecomputation(SavedTensorError):  # noqa: N818  (it is none)
    """Not an error: ends the recomputation of a checkpointed function as soon as it has brought back all that was saved."""


class SavedTensorTypeError(WengertError, TypeError):
    """An unpack hook returned an object that is no tensor, or a hook that is not callable was given."""


class ModeError(WengertError, RuntimeError):
    """Not allowed in the mode in force, or only allowed while a backward is running."""


class AnomalyError(WengertError, RuntimeError):
    """Anomaly mode found the first NaN (or Inf) of a backward; the message names the operator that made it."""


class LeafError(WengertError, RuntimeError):
    """The operation is defined for leaves only, or for tensors of the interior of a graph only."""


class InPlaceError(WengertError, RuntimeError):
    """A write in place that autograd could not follow, or that does not fit into the tensor. Write out of place."""


class ImmutableError(InPlaceError):
    """The library's arrays are immutable, and what is written to is a part of complex numbers. Write out of place."""


class MutationError(WengertError, AssertionError):
    """What ``allow_mutation_on_saved_tensors`` keeps of a forward was asked for when the context had ended, or never was."""


class DtypeError(WengertError, TypeError):
    """A dtype that the operator or the attribute does not take."""


class RequiresGradDtypeError(DtypeError, RuntimeError):
    """Only tensors of floating or complex dtype can require gradients."""


class LibraryError(WengertError, TypeError):
    """Arrays of two libraries met in one operator, or an array's library is unknown to Wengert."""


class OperandError(WengertError, TypeError):
    """An operator was called with an object that is neither a tensor, nor an array, nor a number."""


class TransformError(WengertError, RuntimeError):
    """A function, or what it was given or returned, does not suit ``grad``, ``vjp``, ``jacobian`` or their like."""


class TransformTypeError(TransformError, TypeError):
    """A function that is differentiated was given, or returned, an object of the wrong type."""


class ArgumentError(WengertError, ValueError):
    """An argument whose value is outside what is allowed."""


class AxisRangeError(ArgumentError, IndexError):
    """An axis that a result does not have. It is an ``IndexError`` too, as in PyTorch."""


class MatrixError(ArgumentError, RuntimeError):
    """A matrix is singular, is not positive definite, or its decomposition did not converge; so are gradients that need one."""


class UsageError(ArgumentError, RuntimeError):
    """`wengert.compat.torch`: an argument has a value for which PyTorch raises RuntimeError."""


class UnsupportedError(WengertError, NotImplementedError):
    """`wengert.compat.torch`: PyTorch has this name, or this argument of it, and Wengert has nothing behind it."""


class OverlapError(ArgumentError, RuntimeError):
    """An input whose elements cannot be changed one by one. It is a ``RuntimeError`` as in PyTorch."""


class ReshapeError(ArgumentError, RuntimeError):
    """A shape with another number of elements than the array has, or one that would need a copy where none is allowed."""


class StrategyError(ArgumentError, AssertionError):
    """A strategy that there is not. It is an ``AssertionError`` as in PyTorch."""


class CheckOptionsError(ArgumentError, AssertionError):
    """Options of ``gradcheck`` or ``gradgradcheck`` that contradict each other, or leave nothing to check."""


class DeclarationError(WengertError, TypeError):
    """An operator whose declaration contradicts itself; raised where it is declared."""


class DerivativeCheckError(WengertError, RuntimeError):
    """``gradcheck`` found a derivative that disagrees with finite differences."""


class VmapError(WengertError, RuntimeError):
    """A function under `vmap` did what has no meaning for many samples at once, or a tensor left its `vmap`."""


class TraceError(WengertError, RuntimeError):
    """The value of an array was asked for while a program is being written down, in which it is not known."""


class CompileError(WengertError, RuntimeError):
    """A program cannot be compiled, or not by this backend."""


class ProgramFileError(CompileError, ValueError):
    """A file that is to be a compiled program is none, or is damaged, or was written by another version."""


class DonatedError(WengertError, RuntimeError):
    """A tensor was an argument of a compiled function that it was donated to; the message names the call."""


class ChangingOutputError(WengertError, AssertionError):
    """A function given to ``gradcheck`` returns another shape or dtype when its inputs are changed a little."""


class StateDictError(WengertError, RuntimeError):
    """A state dictionary does not fit the module or the optimizer that is to load it; the message names every mismatch."""


class MissingExtraError(WengertError, ImportError):
    """An optional package is absent. The message names the extra to install: ``pip install 'wengert[extra]'``."""
