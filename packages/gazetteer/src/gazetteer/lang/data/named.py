"""Which values of structured texts may name files of the tree: by their keys, by how they begin, or by what they look like.

Whether they do is for the resolver to say: a value that leads to no file is a value like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...model import Import

__all__ = ["named", "words_of"]

#: Keys whose values are paths, also where these look like any other word.
_PATHS = frozenset((
    "path", "members", "workspaces", "readme", "license-file", "license_file", "extends",  # packages
    "build", "context", "dockerfile", "env_file",  # images and services
    "include_tasks", "import_tasks", "include_vars", "import_playbook", "vars_files", "tasks_from",  # playbooks
    "resources", "bases", "components", "patchesStrategicMerge", "crds",  # manifests of clusters
))  # fmt: skip
#: Those whose values are paths where these have a folder or a suffix, and names of something else where they have neither.
_MAY_BE_PATHS = frozenset((
    "packages", "main", "module", "browser", "types", "typings", "bin", "exports", "import", "require", "default", "project", "projects",
    "repository", "volumes", "source", "file", "uses", "local", "include", "config", "template", "src", "script", "patches",
    "configurations", "$ref", "nav", "chapters", "sections", "files",
))  # fmt: skip
#: Roles of Ansible are called by names.
_ROLES = frozenset(("role", "roles", "include_role", "import_role"))
#: Of these, the file is what has another key within them.
_AROUND = frozenset(("include_role", "import_role", "include_vars", "include_tasks", "import_tasks"))
_INNER = frozenset(("name", "file"))
_COLLECTION = re.compile(r"ansible\.(?:builtin|legacy)\.")
#: What is left out, made, or elsewhere is nothing that a text depends on.
_NOT_NEEDED = re.compile(
    r"exclu|ignor|omit|skip|(?:\A|[._-])(?:out|output|outputs|dest|dist|target)(?:[._-]|dir|\Z)|url\Z|link|homepage", re.IGNORECASE
)
_PATH = re.compile(r"(?:file:(?://)?|link:|portal:)?((?:\.{1,2}(?:/|\Z))*(?>(?:\.?[\w@+~*-][\w.@+~*-]*/?)*))(?::/.*|#.*)?")
_HAS_FORM = re.compile(r".*(?:/|[\w-]\.[A-Za-z])")
#: With a folder, and a suffix that has letters: of most such values there is a file.
_LOOKS_SO = re.compile(r"[\w.@+-]+(?:/[\w.@+-]+)+\.[A-Za-z]\w{0,9}|\.{1,2}/\S+")
#: Keys of what a shell is given, and the key around those that are.
_COMMANDS = frozenset(("run", "script", "before_script", "after_script", "command", "cmd", "entrypoint", "shell", "test"))
_OF_COMMANDS = "scripts"
_WORD = re.compile(r"(?<![\w./$}{=:@*-])(?:\./|\.\./)*[\w-][\w.-]*(?:/[\w.-]+)*(?![\w/.:*=@])")
#: Where commands put what they make.
_MADE = re.compile(r">+\s*\S+|(?<!\S)(?:-o|--out[\w-]*|--dest[\w-]*)[\s=]+\S+")
_LONGEST, _MOST_WORDS = 300, 50


def named(keys: Sequence[str], value: str, line: int, lines: Sequence[str] = ()) -> Iterator[Import]:
    r"""What a value names that may be a file: of kind ``listed``, with the key of the value as alias.

    Parameters
    ----------
    keys : sequence of str
        The keys around the value, from without; those of lists are empty.
    value : str
        The value.
    line : int
        Where it begins.
    lines : sequence of str
        Those of the text on which it stands, where these are several.

    Examples
    --------
    >>> [(i.alias, i.target) for i in named(("services", "web", "build"), "./web", 3)]
    [('build', './web')]
    >>> [(i.target, i.line) for i in named(("steps", "run"), "set -e\ntools/a.sh --out x", 3, ("run: |", "set -e", "tools/a.sh --out x"))]
    [('tools/a.sh', 5)]
    >>> list(named(("name",), "web", 1)), list(named(("homepage",), "https://example.org/a/b.html", 1))
    ([], [])
    """
    told = [_COLLECTION.sub("", key) for key in keys if key]
    if not told or any(map(_NOT_NEEDED.search, told)):
        return
    key, around = told[-1], told[-2] if len(told) > 1 else ""
    if key in _COMMANDS or around == _OF_COMMANDS:
        for word, below in words_of(value, lines):
            yield Import("listed", word, line + below, alias="run")
    elif len(value) <= _LONGEST and (match := _PATH.fullmatch(value)) is not None and match[1]:
        if key in _INNER and around in _AROUND:
            key = around
        elif told[0] in ("nav", "chapters"):
            key = told[0]
        known = key in _PATHS or key in _ROLES or ((key in _MAY_BE_PATHS or around in _MAY_BE_PATHS) and _HAS_FORM.match(match[1]))
        if known or _LOOKS_SO.fullmatch(match[1]):
            yield Import("listed", match[1], line, alias=key)


def words_of(text: str, lines: Sequence[str] = ()) -> list[tuple[str, int]]:
    """The words of commands that may be paths of files, each once, with how many lines below the first they stand."""
    found = dict[str, int]()
    for match in _WORD.finditer(_MADE.sub(" ", text)):
        word = match[0]
        if len(found) < _MOST_WORDS and word not in found and _HAS_FORM.match(word):
            found[word] = next((number for number, one in enumerate(lines) if word in one), 0)
    return list(found.items())
