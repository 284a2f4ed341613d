"""For each wart that the oracle's dialects know, a small program to which PyTorch and Wengert answer differently."""

from __future__ import annotations

from .programs import Behaviour, Call, Hook, Leaf, Op, Program

GIVEN = ("given",)

EXAMPLES: dict[str, Program] = {
    # Two inputs, one below the other: is the upper one's gradient taken before or after its hook?
    "W1": Program((
        Leaf((2,)), Op("scale", (0,), 2.0), Op("sum", (1,)), Hook("T", (1,), Behaviour("scale", 3.0)),
        Call("grad", (2,), GIVEN, inputs=(1, 0)),
    )),
    # The same input twice, recorded: are the two results one object?
    "W9": Program((
        Leaf(()), Op("mul", (0, 0)), Call("grad", (1,), GIVEN, inputs=(0, 0), create_graph=True),
        Call("grad", (2,), GIVEN, inputs=(3,)),
    )),
    # Four leaves ready at once: PyTorch's heap gives 0, 2, 1, 3.
    "W11": Program((
        Leaf(()), Leaf(()), Leaf(()), Leaf(()), Op("stack", (0, 1, 2, 3)),
        Hook("A", (0,)), Hook("A", (1,)), Hook("A", (2,)), Hook("A", (3,)), Call("backward", (4,), GIVEN),
    )),
    # A leaf that gets no gradient.
    "W14": Program((
        Leaf((2,)), Op("sin", (0,)), Hook("P", (1,), Behaviour("drop")), Hook("A", (0,)), Call("backward", (1,), GIVEN),
    )),
    # A Function of which this task wants one gradient only.
    "W16": Program((
        Leaf((2,)), Leaf((2,)), Op("function", (0, 1), "needs", 2), Hook("N", (2,)),
        Call("grad", (2,), GIVEN, inputs=(0,)),
    )),
    # After backward(inputs=[y]): does y go on retaining its gradient?
    "W17": Program((
        Leaf((2,)), Op("scale", (0,), 2.0), Call("backward", (1,), GIVEN, inputs=(1,), retain_graph=True),
        Call("backward", (1,), GIVEN),
    )),
    # A callback queued for after the backward, also if that fails.
    "W18": Program((
        Leaf(()), Op("sin", (0,)), Hook("T", (1,), Behaviour("callback", 2)), Hook("T", (0,), Behaviour("raise", 1)),
        Call("backward", (1,), GIVEN),
    )),
    # One gradient too many.
    "W22": Program((Leaf(()), Op("sin", (0,)), Call("backward", (1,), ("given", "given")))),
    # A multi-grad hook with a leaf under grad().
    "W24": Program((
        Leaf((2,)), Op("sin", (0,)), Op("sum", (1,)), Hook("M_all", (0, 1)), Call("grad", (2,), inputs=(0,)),
    )),
    # A once-differentiable Function, differentiated twice through grad().
    "W26": Program((
        Leaf(()), Leaf(()), Op("function", (0, 1), "once", 2), Call("grad", (2,), GIVEN, inputs=(0,), create_graph=True),
        Call("grad", (4,), GIVEN, inputs=(1,), allow_unused=True),
    )),
    # Hooks on two outputs of one node, the second's registered first.
    "W30": Program((
        Leaf((2,)), Op("unstack", (0,), outputs=2), Op("stack", (1, 2)), Hook("T", (2,)), Hook("T", (1,)), Hook("T", (2,)),
        Call("backward", (3,), GIVEN),
    )),
    # A list of tensors of which one is wanted: what does a post-hook see of the other?
    "list": Program((
        Leaf(()), Leaf(()), Op("stack", (0, 1)), Hook("N", (2,)), Call("grad", (2,), GIVEN, inputs=(0,)),
    )),
    # A post-accumulate hook that returns a tensor, and another after it.
    "post": Program((
        Leaf(()), Op("sin", (0,)), Hook("A", (0,), Behaviour("wrong_tensor", 1)), Hook("A", (0,)),
        Call("backward", (1,), GIVEN),
    )),
}  # fmt: skip
