"""``python -m gazetteer`` is `gaz`."""

from .cli import main

main()
