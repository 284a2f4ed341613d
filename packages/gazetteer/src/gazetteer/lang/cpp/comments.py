r"""Comments of C and its kin as Doxygen reads them, in words."""

from __future__ import annotations

import re

from ..tags import INLINE_TAGS
from ..wording import Tag, Wording, as_said, block, code, labelled, named, nothing, see, thrown, tidy, valued

__all__ = ["words"]

#: Lines of code, and what begins and ends them; formulas.
_BLOCKS = re.compile(
    r"^[ \t]*[\\@](code|verbatim|startuml|dot|msc)\b(?:\{[^}\n]*\})?[ \t]*\n?(.*?)(?:[\\@](?:end\1|enduml)\b|\Z)", re.DOTALL | re.MULTILINE
)
_FORMULA = re.compile(r"[\\@]f(?:\$(.{0,600}?)[\\@]f\$|\[(.{0,600}?)[\\@]f\]|\((.{0,600}?)[\\@]f\))", re.DOTALL)
#: A word of code, and one that stands out.
_CODE_WORD = re.compile(r"(?<![\w\\@])[\\@][cp][ \t]+([^\s,;()]*[^\s,;().:](?:\(\))?)")
_LOUD_WORD = re.compile(r"(?<![\w\\@])[\\@](?:a|b|e|em)[ \t]+(?=[\w*&:\"'])")
_REFERENCE = re.compile(
    r"(?<![\w\\@{])[\\@](ref|link|copydoc|copybrief|copydetails)[ \t]+([\w:~.#]*\w(?:\([^()\n]*\))?)(?:[ \t]+\"([^\"]*)\")?"
)
_MARKDOWN_LINK = re.compile(r"\[([^\[\]\n]+)\]\([\\@]ref [^()\n]*(?:\([^()\n]*\))?\)")
_LINK = re.compile(r"(?<![\w\\@])[\\@]link[ \t]+\S+[ \t]+(.{0,400}?)[ \t]*[\\@]endlink\b", re.DOTALL)
#: Marks of items and of groups, and what only says what a comment belongs to.
_ITEM = re.compile(r"^([ \t]*)[\\@](?:li|arg)[ \t]+", re.MULTILINE)
_GROUP = re.compile(
    r"^[ \t]*[\\@](?:[{}][^\n]*|(?:file|ingroup|addtogroup|weakgroup|class|struct|union|enum|fn|var|def|typedef|namespace|interface"
    r"|property|headerfile|internal|endinternal|nosubgrouping|hideinitializer|showinitializer|cond|endcond|endparblock|parblock|private|protected"
    r"|public|static|memberof|relates|relatesalso|related|callgraph|callergraph|anchor"
    r"|htmlonly|endhtmlonly|latexonly|endlatexonly|endif"
    r")\b(?![\w.(])[^\n]*)\n?",
    re.MULTILINE,
)
_ESCAPED = re.compile(r"[\\@]([\\@&$#<>%\"|])")
_KEPT_WORD = re.compile(r"(?<![^\s(])%(?=[A-Z]\w)")
_DIRECTION = re.compile(r"\A\[\s*(in|out|in\s*,\s*out|inout|out\s*,\s*in)\s*\]\s*")


def _parameter(tag: str, text: str) -> str:
    match = _DIRECTION.match(text)
    if match is None:
        return named(tag, text)
    shown, between, said = named(tag, text[match.end() :]).partition(": ")
    return f"{shown} ({', '.join(re.findall('in|out', match[1]))}){between}{said}"


def _titled(_: str, text: str) -> str:
    return re.sub(r"\A\S+[ \t]*", "", text)


_TAGS: dict[str, Tag] = {
    **dict.fromkeys(("brief", "short", "details", "mainpage", "name"), as_said), "param": _parameter,
    "overload": labelled("Overload"), "tparam": named,
    "retval": valued, "defgroup": _titled, "page": _titled, "section": _titled, "subsection": _titled, "sa": see, "see": see,
    "example": labelled("Example"),
    **dict.fromkeys(("throw", "throws", "exception"), thrown), **dict.fromkeys(("return", "returns", "result"), labelled("Returns")),
    **dict.fromkeys(("author", "authors"), labelled("Author")), **dict.fromkeys(("remark", "remarks"), labelled("Remark")),
    "since": labelled("Since"), "deprecated": labelled("Deprecated"), "version": labelled("Version"), "date": labelled("Date"),
    "copyright": nothing, "note": labelled("Note"), "warning": labelled("Warning"), "attention": labelled("Attention"),
    "important": labelled("Important"), "pre": labelled("Before"), "post": labelled("After"), "invariant": labelled("Invariant"),
    "todo": labelled("To do"), "bug": labelled("Bug"), "test": labelled("Test"), "par": lambda _, text: text,
}  # fmt: skip
_COMMAND = re.compile(r"[\\@%]")
_wording = Wording(_TAGS, INLINE_TAGS, marks=r"\\@", html=True, markdown=True, paragraph=True)


def words(text: str) -> str:
    r"""The words of a comment that was written for Doxygen.

    Examples
    --------
    >>> words("\\brief Sells.\n\nSee \\ref Till \"the till\" and \\c n.\n\\param[in,out] n How many.\n@return The rest.")
    'Sells.\n\nSee `the till` and `n`.\n\n`n` (in, out): How many.\n\nReturns: The rest.'
    >>> words("@{\n@ingroup till\nSo:\n\\code\nsell(1);\n\\endcode\nwhere \\f$ a \\f$.")
    'So:\n\n    sell(1);\n\nwhere `a`.'
    """
    if _COMMAND.search(text) is not None:
        text = _BLOCKS.sub(lambda m: block(m[2]), text)
        text = _FORMULA.sub(lambda m: code(m[1] or m[2] or m[3] or ""), text)
        text = _MARKDOWN_LINK.sub(lambda m: code(m[1]), text)
        text = _LINK.sub(lambda m: code(m[1]), text)
        text = _REFERENCE.sub(lambda m: f"As {code(m[2])}." if m[1][:4] == "copy" else code(m[3] or m[2]), text)
        text = _LOUD_WORD.sub("", _CODE_WORD.sub(lambda m: code(m[1]), text))
        text = _KEPT_WORD.sub("", _ITEM.sub(r"\1- ", _GROUP.sub("", text)))
        return tidy(_ESCAPED.sub(r"\1", _wording(text)))
    return _wording(text)
