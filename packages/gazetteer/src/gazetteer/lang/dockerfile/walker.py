"""Dockerfiles: images and stages, what is copied into them, and what a container runs, listens on and is given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ...model import Block, Import
from ..base import MAX_VALUE, Walk, one_line

__all__ = ["walk"]

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE)
_OPTION = re.compile(r"--(\w+)=(\S+)\s+")
_HEREDOC = re.compile(r"<<-?\s*[\"']?(\w+)[\"']?")
#: Instructions whose values are shown: what a container is, but for what is done to make it.
_SHOWN = frozenset(("ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"))
_COPIED = re.compile(r"[\w.@+~*/-]+")


def walk(walk: Walk) -> None:
    """Read a Dockerfile."""
    for line, end, word, rest in _instructions(walk.decoded.split("\n")):
        if word == "FROM" and (match := _FROM.match(rest)) is not None:
            walk.imports.append(Import("from", match[1], line, end, alias=match[2] or ""))
            if match[2]:
                walk.add("target", match[2], Block(line, end), signature=one_line(f"FROM {rest}", MAX_VALUE), type="stage")
        elif word in ("COPY", "ADD"):
            walk.imports += [Import("listed", source, line, end) for source in _sources(rest)]
        elif word in _SHOWN:
            walk.values.append((word, one_line(rest, MAX_VALUE), line))


def _instructions(lines: list[str]) -> Iterator[tuple[int, int, str, str]]:
    """Instructions, with their first and last line; comments among their lines are left out, and so is what stands in texts of theirs."""
    number = 0
    while number < len(lines):
        first, parts = number + 1, list[str]()
        while number < len(lines):
            text = lines[number].rstrip()
            number += 1
            if text.lstrip().startswith("#") or (parts and not text.strip()):
                continue
            first = first if parts else number
            parts.append(text.removesuffix("\\"))
            if not text.endswith("\\"):
                break
        match = _INSTRUCTION.fullmatch(" ".join(parts).strip())
        if match is None:
            continue
        word = match[1].upper()
        last = number
        for end in _HEREDOC.findall(match[2]) if word in ("RUN", "COPY", "ADD") else ():
            while number < len(lines) and lines[number].strip() != end:
                number += 1
            number += 1
        yield first, last, word, match[2]


def _sources(rest: str) -> list[str]:
    """What of the folder that an image is built from is copied into it; nothing of what another stage or image has."""
    while (match := _OPTION.match(rest)) is not None:
        if match[1] == "from":
            return []
        rest = rest[match.end() :]
    words = rest.split()
    if rest.startswith("["):
        try:
            words = [word for word in json.loads(rest) if isinstance(word, str)]
        except ValueError:
            return []
    return [word for word in words[:-1] if _COPIED.fullmatch(word) and not word.startswith("--")]
