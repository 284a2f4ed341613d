"""``torch.Tag``: what operators say of themselves to PyTorch's compiler."""

import enum

__all__ = ["Tag"]


class Tag(enum.Enum):
    """One of them. Operators may be declared with it, which makes no difference here."""

    core = enum.auto()
    data_dependent_output = enum.auto()
    dynamic_output_shape = enum.auto()
    flexible_layout = enum.auto()
    generated = enum.auto()
    inplace_view = enum.auto()
    needs_exact_strides = enum.auto()
    needs_fixed_stride_order = enum.auto()
    nondeterministic_bitwise = enum.auto()
    nondeterministic_seeded = enum.auto()
    pointwise = enum.auto()
    pt2_compliant_tag = enum.auto()
    view_copy = enum.auto()
