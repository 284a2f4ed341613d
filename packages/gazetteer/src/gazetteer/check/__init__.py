"""Verifies an output without trusting what wrote it: links, anchors, evidence, sizes, hashes, and that every page can be reached."""

from .checker import Fault, Report, check

__all__ = ["Fault", "Report", "check"]
