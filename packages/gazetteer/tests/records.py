"""What is true of every record, whatever the file is like that it was read from."""

from __future__ import annotations

from gazetteer.model import FileRecord


def well_formed(record: FileRecord, content: bytes) -> None:
    """Symbols have names, stand behind those they are in, and on lines of the file."""
    lines = content.count(b"\n") + 1
    for i, symbol in enumerate(record.symbols):
        assert -1 <= symbol.parent < i
        assert symbol.name
        assert 1 <= symbol.start_line <= symbol.line <= symbol.end_line <= lines
