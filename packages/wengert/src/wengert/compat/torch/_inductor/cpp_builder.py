"""``torch._inductor.cpp_builder``: no C++ is compiled here."""

__all__ = ["is_msvc_cl"]


def is_msvc_cl() -> bool:
    """Whether Microsoft's compiler would be used: no."""
    return False
