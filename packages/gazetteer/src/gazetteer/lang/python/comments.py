"""Docstrings in words, for pages alone, since records keep what is written: fields of Sphinx, sections of Google and NumPy, directives."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from ..wording import code, tidy, untitled

__all__ = ["words"]

#: What a text has that is not only paragraphs.
_TRIGGER = re.compile(
    r"^[ \t]*(?::\w|\.\. \w|::[ \t]*$)|^[-=~^*+#\"]{3,}[ \t]*$|^[A-Z][\w ]{2,30}:[ \t]*\n[ \t]+\S|::[ \t]*$", re.MULTILINE
)
_HEADED = re.compile(r"^([A-Z][\w ]{2,30}?)[ \t]*\n-{3,}[ \t]*$\n?", re.MULTILINE)
_GOOGLE = re.compile(
    r"^(Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|Other Parameters|Attributes|Methods|Returns?|Yields?|Receives"
    r"|Raises|Warns|Examples?|Notes?|Warnings?|See Also|Todo|References|Tips?|Caution|Important):[ \t]*\n"
    r"((?:[ \t]*\n)*(?:[ \t]+\S[^\n]*(?:\n|\Z)(?:[ \t]*\n)*)+)",
    re.MULTILINE,
)
#: Sections whose entries have names, whose entries are types, and how entries of both begin.
_NAMED = frozenset((
    "args", "arguments", "parameters", "params", "keyword args", "keyword arguments", "other parameters", "attributes", "methods",
    "receives",
))  # fmt: skip
_TYPED = frozenset(("return", "returns", "yield", "yields", "raises", "warns"))
_NAMES = r"\*{0,2}[\w.`*~-]+(?:\[[^\]\s]*\])?"
_ENTRY = re.compile(rf"({_NAMES}(?:[ \t]*,[ \t]*{_NAMES})*)[ \t]*(?:\(([^\n]*?)\))?[ \t]*:(?=\s|\Z)[ \t]*(.*)")
_NUMPY_ENTRY = re.compile(r"([*\w.`, {}]+?)[ \t]*(?<!:):(?!:)[ \t]*(.*)")
_SEEN = re.compile(r"((?::\w+:`)?[\w.~]+`?(?:,[ \t]*(?::\w+:`)?[\w.~]+`?)*)(?:[ \t]+:(?:[ \t]+(.*))?)?")
_OF_TYPE = re.compile(r"([A-Za-z_][\w.]*(?:\[[^\n]*?\])?(?: \| [\w.\[\]]+)*):[ \t]+(?=\S)")
_FIELD = re.compile(
    r"^:(\w+)(?:[ \t]+([^:\n]*(?:::?\w[^:\n]*)*?))?:(?!`)[ \t]*([^\n]*(?:\n[ \t]+\S[^\n]*|\n(?=[ \t]*\n[ \t]{2,}\S)[ \t]*)*)\n?",
    re.MULTILINE,
)
_PARAMETERS = frozenset(("param", "parameter", "arg", "argument", "key", "keyword", "kwarg", "var", "ivar", "cvar"))
_RAISED = frozenset(("raises", "raise", "except", "exception"))
_KNOWN = _PARAMETERS | _RAISED | {"type", "vartype", "kwtype", "return", "returns", "rtype", "yield", "yields", "ytype", "meta"}
_DIRECTIVE = re.compile(r"^([ \t]*)\.\. ([a-z][\w-]*)::[ \t]*([^\n]*)(?:\n|\Z)((?:[ \t]*\n|\1[ \t]+\S[^\n]*(?:\n|\Z))*)", re.MULTILINE)
_SAID = {
    "note": "Note", "warning": "Warning", "important": "Important", "tip": "Tip", "hint": "Hint", "caution": "Caution", "danger": "Danger",
    "attention": "Attention", "error": "Error", "seealso": "See also", "todo": "To do",
}  # fmt: skip
_VERSIONS = {
    "versionadded": "Added in version", "versionchanged": "Changed in version", "versionremoved": "Removed in version",
    "deprecated": "Deprecated since version",
}  # fmt: skip
_CODES = frozenset(("code-block", "code", "sourcecode", "doctest", "testcode", "ipython", "prompt", "console"))
_OPTIONS = re.compile(r"\A(?:[ \t]*:[\w-]+:[^\n]*(?:\n|\Z))+")
_RULES = re.compile(r"\n(?:-{4}|={4}|~{4}|\^{4}|\*{4}|\+{4}|#{4}|\"{4})")
_TITLE = re.compile(r"^(\S[^\n]*)\n([-=~^*+#\"])\2{3,}[ \t]*$", re.MULTILINE)
_LAID_OUT = re.compile(r"^[ \t]*(?:[-*+|>.:=]|\d+[.)])(?:\s|[->|.:=])|^[ \t]{2,}", re.MULTILINE)
_BETWEEN = re.compile(r"\n[ \t]*\n")
_LITERAL = re.compile(r"::[ \t]*(?=\n[ \t]*\n[ \t]+\S)")


def words(text: str) -> str:
    r"""The words of a docstring.

    Examples
    --------
    >>> words("Sells.\n\n:param n: how many\n:type n: int\n:raises Empty: if none is left")
    'Sells.\n\n- `n` (`int`): how many\n- Raises `Empty`: if none is left'
    >>> words("Sells.\n\nArgs:\n    n (int): How\n        many.\n\nReturns:\n    bool: Whether.")
    'Sells.\n\nArgs:\n\n- `n` (`int`): How many.\n\nReturns `bool`: Whether.'
    >>> words("Sells.\n\nParameters\n----------\nn : int, optional\n    How many.\n\nNotes\n-----\nNo more.")
    'Sells.\n\nParameters:\n\n- `n` (`int, optional`): How many.\n\nNotes:\n\nNo more.'
    >>> words("Sells.\n\n.. versionadded:: 1.2\n   So::\n\n       sell()")
    'Sells.\n\nAdded in version 1.2: So:\n\n    sell()'
    >>> words("Of :class:`Till <shop.Till>`, :ref:`the till <till>`, `the site <https://example.org>`_.")
    'Of `Till`, the till, the site (https://example.org).'
    """
    text = untitled(text)
    if _TRIGGER.search(text) is None:
        return text
    headed = list(_HEADED.finditer(text)) if "\n---" in text else []
    if not headed:
        return tidy(_marked(_GOOGLE.sub(_google, text) if ":\n" in text else text))
    shown = [_marked(text[: headed[0].start()])]
    for number, match in enumerate(headed):
        end = headed[number + 1].start() if number + 1 < len(headed) else len(text)
        shown.append(_section(match[1], text[match.end() : end].strip("\n"), _numpy_entries))
    return tidy("\n\n".join(shown))


def _google(match: re.Match[str]) -> str:
    return f"\n\n{_section(match[1], textwrap.dedent(match[2].expandtabs(4)).strip(chr(10)), _google_entries)}\n\n"


def _section(title: str, text: str, entries: object) -> str:
    """A section: of names or types each entry as an item, of others the text below the title."""
    kind = title.lower()
    if not text.strip():
        return f"{title}:"
    if kind in _NAMED:
        found = list(entries(text, True))  # type: ignore[operator]
        return f"{title}:\n\n{_items(found)}" if found else f"{title}:\n\n{_marked(text)}"
    if kind in _TYPED:
        found = list(entries(text, False))  # type: ignore[operator]
        if len(found) == 1 and kind not in ("raises", "warns"):
            name, of, said = found[0]
            shown = " ".join(filter(None, (title, code(of) or code(name) if not (name and of) else f"{code(name)} ({code(of)})")))
            return f"{shown}: {said}" if said else f"{shown}."
        return f"{title}:\n\n{_items(found)}" if found else f"{title}: {_marked(text)}"
    shown = _see_also(text) if kind == "see also" else ""
    return f"{title[:1]}{title[1:].lower()}:\n\n{shown or _marked(text)}"


def _see_also(text: str) -> str:
    """Names to look at, each as an item; empty where something else is said."""
    found = [(_SEEN.fullmatch(head), below) for head, below in _entries(text)]
    if any(match is None for match, _ in found):
        return ""
    return _items([(m[1], "", "\n".join(filter(None, (m[2], below)))) for m, below in found if m is not None])


def _items(entries: list[tuple[str, str, str]]) -> str:
    """Entries as items: what does not fit on a line stands below the item."""
    shown = list[str]()
    for name, of, said in entries:
        first, more = _on_a_line(said)
        named = ", ".join(code(each.strip()) for each in name.split(",")) if name else ""
        head = f"{named} ({code(of)})" if named and of else named or code(of)
        shown.append(f"- {head}: {first}" if first else f"- {head}")
        if more:
            shown.append(f"\n{textwrap.indent(more, '    ')}\n")
    return "\n".join(shown)


def _on_a_line(text: str) -> tuple[str, str]:
    """What of a description goes on a line: its paragraphs up to the first that is laid out by hand; and the rest."""
    if "\n" not in text and text[:1].isalnum():  # as most are
        return text, ""
    said, blocks = list[str](), _BETWEEN.split(text.strip("\n"))
    for number, block in enumerate(blocks):
        if _LAID_OUT.search(block) is not None:
            return " ".join(said), _marked("\n\n".join(blocks[number:]))
        said.append(" ".join(block.split()))
        if block.rstrip().endswith("::") and number + 1 < len(blocks):  # what it announces is code
            return " ".join(said)[:-1], textwrap.indent(textwrap.dedent("\n\n".join(blocks[number + 1 :])), "    ")
    return " ".join(said), ""


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """The entries of a section: lines at the margin, each with what is further in below it."""
    head, below = "", list[str]()
    for line in text.split("\n"):
        if line[:1].isspace() or not line:
            below.append(line)
            continue
        if head:
            yield head, textwrap.dedent("\n".join(below)).rstrip()
        head, below = line, []
    if head:
        yield head, textwrap.dedent("\n".join(below)).rstrip()


def _google_entries(text: str, is_named: bool) -> Iterator[tuple[str, str, str]]:
    """The entries of a section in Google's style; none where one of them has no name."""
    if not is_named and _ENTRY.match(text) is None:
        of = _OF_TYPE.match(text)
        yield ("", of[1], _joined(text[of.end() :])) if of is not None else ("", "", _joined(text))
        return
    found = list[tuple[str, str, str]]()
    for head, below in _entries(text):
        match = _ENTRY.match(head)
        if match is None:
            if is_named:
                return
            yield ("", "", _joined(text))
            return
        said = "\n".join(filter(None, (match[3], below)))
        found.append((match[1], match[2] or "", said) if is_named else ("", match[1], said))
    yield from found


def _joined(text: str) -> str:
    return text if re.search(r"^[ \t]{2,}|^[-*>]", text, re.MULTILINE) else "\n".join(line.strip() for line in text.split("\n"))


def _numpy_entries(text: str, is_named: bool) -> Iterator[tuple[str, str, str]]:
    """The entries of a section in NumPy's style."""
    found = list(_entries(text))
    if not any(below for _, below in found) and len(found) > 1 and not is_named:  # a text, rather
        yield "", "", text
        return
    for head, below in found:
        match = _NUMPY_ENTRY.match(head)
        if match is not None:
            yield match[1].strip(), match[2].strip(), below
        elif is_named:
            yield head.strip(), "", below
        else:
            yield "", head.strip(), below


def _marked(text: str) -> str:
    """A text with its titles, fields and directives in words."""
    if _RULES.search(text) is not None:
        text = _TITLE.sub(r"\1\n", text)
    if ".. " in text:
        text = _DIRECTIVE.sub(_directed, text)
    if "::" in text:
        text = _LITERAL.sub(_announced, text)
    return _with_fields(text) if text.startswith(":") or "\n:" in text else text


def _announced(match: re.Match[str]) -> str:
    """What is left of the mark before code: one colon, where a word stands right before it."""
    before = match.string[: match.start()].rpartition("\n")[2]
    return match[0] if before.endswith(":") else ":" if before.strip() and not before[-1].isspace() else ""


def _directed(match: re.Match[str]) -> str:
    """A directive in words, if it says something to a reader."""
    margin, name, given, body = match[1], match[2], match[3].strip(), textwrap.dedent(match[4]).strip("\n")
    if name in _CODES:
        shown = textwrap.indent(_OPTIONS.sub("", f"{body}\n").strip("\n"), "    ")
    elif name in _SAID:
        shown = f"{_SAID[name]}: {_marked(chr(10).join(filter(None, (given, body))))}"
    elif name in _VERSIONS:
        version, _, rest = given.partition(" ")
        said = _marked("\n".join(filter(None, (rest, body))))
        shown = f"{_VERSIONS[name]} {version}: {said}" if said else f"{_VERSIONS[name]} {version}."
    else:
        return match[0]
    return f"\n{textwrap.indent(shown, margin)}\n\n"


def _with_fields(text: str) -> str:
    """A text whose fields are items: what is said of the type of a parameter stands behind its name."""
    fields = [match for match in _FIELD.finditer(text) if match[1] in _KNOWN]
    if not fields:
        return text
    types = {(m[2] or "").strip(): " ".join(m[3].split()) for m in fields if m[1] in ("type", "vartype", "kwtype")}
    given = next((" ".join(m[3].split()) for m in fields if m[1] in ("rtype", "ytype")), "")
    named = {(m[2] or "").split(" ")[-1].strip() for m in fields if m[1] in _PARAMETERS}
    has_said = any(m[1] in ("return", "returns", "yield", "yields") for m in fields)
    shown, at = list[str](), 0
    for match in fields:
        before = text[at : match.start()]
        shown += [before if before.strip() else "\n" * (not shown and bool(before))]
        at = match.end()
        name, said = (match[2] or "").strip(), _dedented(match[3])
        if match[1] in _PARAMETERS:
            of, _, own = name.rpartition(" ")
            item = _items([(own, of or types.get(own, ""), said)])
        elif match[1] in _RAISED:
            item = "- Raises " + _items([("", name, said)]).removeprefix("- ") if name else f"- Raises {said}"
        elif match[1] in ("return", "returns", "yield", "yields"):
            first, more = _on_a_line(said)
            label = "Yields" if match[1].startswith("y") else "Returns"
            item = f"- {label} {code(given)}: {first}" if given else f"- {label}: {first}"
            item += f"\n\n{textwrap.indent(more, '    ')}\n" if more else ""
        elif match[1] in ("rtype", "ytype"):
            item = "" if has_said else f"- Returns {code(given)}"
        elif match[1] in ("type", "vartype", "kwtype"):
            item = "" if name in named else f"- {code(name)} ({code(types[name])})"
        else:
            item = ""
        if item:
            shown.append(("\n" if len(shown) == 1 and shown[0].strip() and not shown[0].endswith("\n\n") else "") + item + "\n")
    return "".join([*shown, "\n" if text[at:].strip() else "", text[at:]])


def _dedented(text: str) -> str:
    first, _, rest = text.partition("\n")
    return "\n".join(filter(None, (first.strip(), textwrap.dedent(rest).rstrip())))
