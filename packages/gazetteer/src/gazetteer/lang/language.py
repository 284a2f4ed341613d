"""What there is to say of a language: how its files are told, and what reads them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

__all__ = ["C_COMMENTS", "ML_COMMENTS", "Language"]

#: Comments as many languages have them, as fields of theirs.
C_COMMENTS: dict[str, Any] = {"line_comments": ("//",), "block_comments": (("/*", "*/"),)}
ML_COMMENTS: dict[str, Any] = {"block_comments": (("(*", "*)"),)}


class Language(Struct, frozen=True):
    """One language.

    `walker` names a function ``walk(walk: Walk) -> None`` as ``module:function``; `grammar` names what gives the tree-sitter
    language, or is empty for walkers over plain text. Both are imported when the first file of the language turns up.
    """

    name: str
    title: str
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    shebangs: tuple[str, ...] = ()
    grammar: str = ""
    walker: str = ""
    #: Version of the walker: a change of it reads the files of this language again.
    version: int = 1
    #: For counting comment lines and for leading comments: starts of line comments, and pairs around block comments.
    line_comments: tuple[str, ...] = ()
    block_comments: tuple[tuple[str, str], ...] = ()
    #: What may be done to a text with errors, as ``module:function``: bytes to bytes of equal length. The better parse is kept.
    repair: str = ""
    #: Of C and its kin: that of C, C++ and CUDA with whose grammar it is read.
    like: str = ""
    #: What blanks that which that one does not have, as ``module:function``: bytes to bytes of equal length.
    blanks: str = ""
    #: Of a file with parts in another language that has a grammar: what gives these with blanks for all else, and the name of that one, as
    #: ``module:function``: bytes to bytes of equal length and a name.
    within: str = ""
    #: Of a language that may have types of another one: what gives a text with errors in that, as ``module:function``: bytes to bytes of
    #: equal length and a name, or None.
    typed: str = ""
    #: What makes words of the marks in its documentation, as ``module:function``: text to text (`gazetteer.lang.wording`).
    words: str = ""
    #: The same where pages alone show words, and records keep what is written.
    shows: str = ""
    #: The group under which a page counts it: ``code``, ``text``, ``data``, ``build``.
    group: str = "code"
    #: The module whose ``resolve(files, paths, config)`` leads imports to files, as `gazetteer.atlas.Edge`; empty where nothing does.
    resolver: str = ""
