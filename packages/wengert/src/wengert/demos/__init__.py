"""Wengert at work on real data."""
