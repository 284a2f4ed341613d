"""What packages say of themselves in their manifests, as far as imports are resolved by it. Read as data; nothing is run.

``package.json`` and ``tsconfig.json`` (with comments), ``Cargo.toml``, ``go.mod`` and ``go.work``. The result is a JSON text with the
keys that resolvers ask for, so that it can be kept with the record of the file.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

__all__ = ["manifest_of"]

_MOST_BYTES = 500_000
_JSON = ("name", "main", "module", "types", "typings", "source", "exports", "imports", "workspaces", "extends", "references", "include")
_OPTIONS = ("baseUrl", "paths", "outDir", "declarationDir", "rootDir")
#: A list that does not end goes on to the end of the text: else each of many would be looked for there.
_GO = re.compile(r"(module|replace|use|require)\s*(?:\(([^)]*+)(?:\)|\Z)|([^\n(]+))", re.DOTALL)


def manifest_of(content: bytes, language: str) -> str:
    """The keys of a manifest as a JSON text; empty where the file is none, or is broken.

    Examples
    --------
    >>> manifest_of(b'{"name": "a", "version": "1", "main": "./x.js", }', "json")
    '{"main":"./x.js","name":"a"}'
    >>> manifest_of(b"module example.org/m", "gomod")
    '{"module":"example.org/m"}'
    """
    if len(content) > _MOST_BYTES or language not in ("json", "toml", "gomod"):
        return ""
    try:
        text = content.decode()
        if language == "gomod":
            found = _go(text)
        elif language == "toml":
            found = _cargo(tomllib.loads(text)) if "[" in text else {}
        else:
            from .lang.data.json_text import strict  # which files of other languages do not need

            found = _package(json.loads(strict(text)))
        return json.dumps(found, sort_keys=True, separators=(",", ":")) if found else ""
    except (ValueError, RecursionError):  # no UTF-8, broken, nested without end
        return ""


def _package(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    found = {key: value[key] for key in _JSON if isinstance(value.get(key), str | list | dict)}
    options = value.get("compilerOptions")
    if isinstance(options, dict):
        found["compilerOptions"] = {key: options[key] for key in _OPTIONS if key in options}
    return found


def _cargo(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for table, keys, kind in (("package", ("name",), str), ("lib", ("name", "path"), str), ("workspace", ("members",), list)):
        if isinstance(value.get(table), dict):
            found[table] = {key: value[table][key] for key in keys if isinstance(value[table].get(key), kind)}
    if "package" in found and (edition := value["package"].get("edition")) is not None:
        found["package"]["edition"] = edition if isinstance(edition, str) else "of the workspace"
    for table in ("bin", "test", "example", "bench"):
        entries = value.get(table)
        paths = [e["path"] for e in entries if isinstance(e, dict) and isinstance(e.get("path"), str)] if isinstance(entries, list) else []
        if paths:
            found[table] = paths
    renamed = {}
    for table in ("dependencies", "dev-dependencies", "build-dependencies"):
        entries = value.get(table)
        for name, what in entries.items() if isinstance(entries, dict) else ():
            if isinstance(what, dict) and (isinstance(what.get("package"), str) or isinstance(what.get("path"), str)):
                renamed[name] = {key: what[key] for key in ("package", "path") if isinstance(what.get(key), str)}
    if renamed:
        found["dependencies"] = renamed
    return found if "package" in found or "workspace" in found else {}


def _go(text: str) -> dict[str, Any]:
    text = re.sub(r"//[^\n]*", "", text)
    found: dict[str, Any] = {}
    for word, block, line in _GO.findall(text):
        for entry in (block or line).split("\n"):
            parts = [p.strip('"`') for p in entry.split()]
            if word == "module" and parts:
                found["module"] = parts[0]
            elif word == "replace" and "=>" in parts:
                arrow = parts.index("=>")
                if parts[arrow + 1 : arrow + 2] and parts[arrow + 1].startswith("."):
                    found.setdefault("replace", {})[parts[0]] = parts[arrow + 1]
    return found
