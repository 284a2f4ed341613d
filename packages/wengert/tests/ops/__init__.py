"""Tests of the operators, driven by one table: a row for each public operator (see rows.py)."""
