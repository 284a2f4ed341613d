"""What backends cost, measured: the one table by which ``backend="auto"`` chooses.

``python -m benchmarks.auto --write`` measures it anew and writes it here: programs of 2 and 22 equations on 8 numbers (a call, an
equation), of 10 on 20,000 and on a million (an element), products of 192 by 192 matrices; the least times on the wall. Times of
compilation are the processor's, of Inductor those on the wall. Other programs ran beside it, so that digits after the first mean
little. Other machines differ; by how much they do, the choice is late or early.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LARGE", "MEASURED", "WHERE", "Costs"]

#: From so many elements on the costs of large arrays hold.
LARGE = 65_536

#: Where it was measured.
WHERE = "AMD EPYC, Python 3.11.7, NumPy 2.4.6, 2026-11-28"


class Costs(NamedTuple):
    """What one backend takes for arrays of one library, in seconds.

    Attributes
    ----------
    call, equation : float
        For a call of a segment, and for each equation in it.
    element, element_large : float
        For each element of a result of a cheap function; of arrays that are large.
    function, function_large : float
        The same of ``exp``, ``tanh`` and their like.
    flop : float
        For each addition and multiplication of a matrix product.
    compile_call, compile_equation : float
        To compile, in all and for each equation.
    """

    call: float
    equation: float
    element: float
    element_large: float
    function: float
    function_large: float
    flop: float
    compile_call: float
    compile_equation: float


#: By library and backend.
MEASURED: dict[tuple[str, str], Costs] = {
    ("numpy", "python"): Costs(6.7e-06, 9.8e-07, 3.9e-10, 8.6e-10, 2.7e-08, 5e-08, 6.9e-11, 0.0024, 0.00018),
    ("numpy", "numba"): Costs(4e-06, 1.9e-09, 8.5e-11, 1.4e-10, 5.5e-08, 7.1e-08, 9.7e-11, 0.28, 0.078),
    ("numpy", "xla"): Costs(9.7e-05, 8.9e-08, 7.6e-10, 5.4e-10, 6.7e-09, 1.9e-08, 1.7e-10, 0.053, 0.012),
    ("torch", "python"): Costs(1e-05, 3.2e-06, 4.3e-10, 5.2e-09, 5.8e-09, 2.1e-08, 5.9e-11, 0.0014, 0.00021),
    ("torch", "inductor"): Costs(5.6e-05, 1.9e-08, 1.4e-10, 1.9e-10, 9e-09, 5.3e-08, 6e-11, 2.1, 1.3),
}
