"""Languages that nothing here reads: their files are called by their names, and what is comment in them is counted."""

from __future__ import annotations

from .language import C_COMMENTS, ML_COMMENTS, Language

__all__ = ["UNREAD"]

UNREAD = (
    Language("matlab", "MATLAB", line_comments=("%",)),
    Language("mathematica", "Mathematica", (".wl", ".wls", ".nb"), **ML_COMMENTS),
    Language("prolog", "Prolog", (".prolog",), shebangs=("swipl",), line_comments=("%",), block_comments=(("/*", "*/"),)),
    Language("groovy", "Groovy", (".groovy", ".gvy"), shebangs=("groovy",), **C_COMMENTS),
    Language("zon", "Zig objects", (".zon",), line_comments=("//",), group="data"),
    Language("wgsl", "WGSL", (".wgsl",), **C_COMMENTS),
    Language("fsharp", "F#", (".fsx", ".fsi"), line_comments=("//",), block_comments=(("(*", "*)"),)),
    Language("elm", "Elm", (".elm",), line_comments=("--",), block_comments=(("{-", "-}"),)),
    Language("nim", "Nim", (".nim", ".nims"), line_comments=("#",)),
    Language("crystal", "Crystal", (".cr",), shebangs=("crystal",), line_comments=("#",)),
    Language("coffeescript", "CoffeeScript", (".coffee",), shebangs=("coffee",), line_comments=("#",)),
    Language("ada", "Ada", (".adb", ".ads"), line_comments=("--",)),
    Language("pascal", "Pascal", (".pas", ".dpr", ".lpr"), line_comments=("//",), block_comments=(("{", "}"), ("(*", "*)"))),
    Language("visual-basic", "Visual Basic", (".vb",), line_comments=("'",)),
    Language("vhdl", "VHDL", (".vhd", ".vhdl"), line_comments=("--",)),
    Language("scheme", "Scheme", (".scm", ".ss"), shebangs=("guile",), line_comments=(";",)),
    Language("librep", "Librep Lisp", line_comments=(";",)),
    Language("racket", "Racket", (".rkt",), shebangs=("racket",), line_comments=(";",)),
    Language("tcl", "Tcl", (".tcl",), shebangs=("tclsh", "wish"), line_comments=("#",)),
    Language("awk", "AWK", (".awk",), shebangs=("awk", "gawk", "mawk"), line_comments=("#",)),
    Language("sass", "Sass", (".sass",), line_comments=("//",), block_comments=(("/*", "*/"),)),
    Language("stylus", "Stylus", (".styl",), line_comments=("//",), block_comments=(("/*", "*/"),)),
    Language("fish", "Fish", (".fish",), shebangs=("fish",), line_comments=("#",)),
    Language("stata", "Stata", (".ado",), line_comments=("*", "//"), block_comments=(("/*", "*/"),)),
    Language("m4", "M4", (".m4",), ("configure.ac", "configure.in"), line_comments=("dnl ", "#"), group="build"),
    Language("yacc", "Yacc", (".y", ".yy"), **C_COMMENTS),
    Language("lex", "Lex", (".l", ".lex"), **C_COMMENTS),
    Language("llvm", "LLVM IR", (".ll",), line_comments=(";",)),
    Language("gherkin", "Gherkin", (".feature",), line_comments=("#",), group="text"),
    Language("cabal", "Cabal", (".cabal",), line_comments=("--",), group="build"),
    Language("haml", "Haml", (".haml", ".slim"), line_comments=("-#", "/"), group="text"),
    Language("gettext", "Gettext catalog", (".po", ".pot"), line_comments=("#",), group="data"),
    Language("diff", "Diff", (".diff", ".patch"), group="data"),
    Language("properties", "Properties", (".properties",), line_comments=("#", "!"), group="data"),
)  # fmt: skip
