"""``torch._library``."""

from . import infer_schema

__all__ = ["infer_schema"]
