"""Gazetteer: reference documentation of any source tree, in which every statement carries its evidence."""

__all__ = ["__version__"]

__version__ = "0.1.0"
