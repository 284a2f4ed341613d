"""How long Gazetteer takes, beside other programs in the same run. ``python -m benchmarks --help``."""
