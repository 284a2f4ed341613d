"""How NumPy's memory comes back from the C library."""

from __future__ import annotations

import numpy as np

__all__ = ["retain_freed_memory"]


def retain_freed_memory() -> None:
    """Let the C library keep freed arrays of up to 32 MiB for the next ones, where it is glibc.

    By default glibc gives the memory of arrays from 128 KiB up back to the system as soon as they are freed, and every new array
    costs a page fault for each 4 KiB when it is first written to. A training step that makes and frees the same arrays again and
    again pays that every time: up to half of the step. But whenever such an array is freed glibc raises its limit to that array's
    size, 32 MiB at most, and keeps twice as much at the end of its heap. So one allocation of nearly 32 MiB, freed again, is
    enough; as it is never written to it takes no memory, and elsewhere it has no effect.
    """
    np.empty(2**25 - 2**16, np.uint8)
