"""``torch._utils_internal``: where files of tests lie."""

import os

__all__ = ["get_file_path_2"]


def get_file_path_2(*path_components: str) -> str:
    """The path put together."""
    return os.path.join(*path_components)  # noqa: PTH118  (programs get a str)
