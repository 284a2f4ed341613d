"""The table of languages: how a file is told to be in one, and which grammar and walker read it.

A language without a grammar has a walker of its own over the text (`text_walker`), or none: such files still get a page with
what can be said of any text. Walkers and grammars are imported when the first file of their language turns up. Other distributions may
bring languages (`gazetteer.plugins`): they stand behind these.
"""

from __future__ import annotations

import functools
import importlib
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..grammars import OPTIONAL, installed
from .language import C_COMMENTS, ML_COMMENTS, Language
from .plugged import with_plugins
from .unread import UNREAD

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar

    from .base import Walk

__all__ = [
    "BY_NAME", "BY_SHEBANG", "BY_SUFFIX", "FAMILY", "LANGUAGES", "SCRIPTS", "Language", "blanker", "grammar", "lacks", "repairer",
    "showing", "typed", "version_of", "walker", "within", "wording",
]  # fmt: skip

_IN_HTML: dict[str, Any] = {"line_comments": ("//",), "block_comments": (("/*", "*/"), ("<!--", "-->"))}
_DOCUMENTS = "gazetteer.lang.data.readme:walk"
_NAMED = "gazetteer.lang.data.resolve"

#: Pages, and templates of these.
_PAGES, _OF_PAGES = "gazetteer.lang.html.walker:walk", "gazetteer.lang.html.resolve"
_OF_GODOT = "gazetteer.lang.gdscript.resolve"
_SHEETS, _OF_SHEETS = "gazetteer.lang.css.walker:walk", "gazetteer.lang.css.resolve"
_LISP, _OF_LISP = "gazetteer.lang.lisp.walker:walk", "gazetteer.lang.lisp.resolve"
_OWN = (
    Language(
        "python", "Python", (".py", ".pyi", ".pyw"), shebangs=("python",), grammar="tree_sitter_python:language",
        walker="gazetteer.lang.python.walker:walk", resolver="gazetteer.lang.python.resolve", line_comments=("#",),
        repair="gazetteer.lang.python.repair:with_known_syntax", version=5, shows="gazetteer.lang.python.comments:words",
    ),
    Language(
        "c", "C", (".c",), grammar="tree_sitter_c:language", walker="gazetteer.lang.c.walker:walk", resolver="gazetteer.lang.cpp.resolve",
        version=13, like="c", **C_COMMENTS,
        words="gazetteer.lang.cpp.comments:words",
    ),
    Language(
        "cpp", "C++", (".cpp", ".cc", ".cxx", ".c++", ".hpp", ".hh", ".hxx", ".h++", ".inl", ".ipp", ".tpp", ".txx", ".tcc", ".inc",
         ".cppm", ".ixx", ".ccm", ".cxxm", ".c++m", ".mpp"),  # modules
        grammar="tree_sitter_cpp:language", walker="gazetteer.lang.cpp.walker:walk", resolver="gazetteer.lang.cpp.resolve", version=13,
        words="gazetteer.lang.cpp.comments:words",
        like="cpp", **C_COMMENTS,
    ),
    Language(
        "cuda", "CUDA", (".cu", ".cuh"), grammar="tree_sitter_cuda:language", walker="gazetteer.lang.cuda.walker:walk",
        resolver="gazetteer.lang.cpp.resolve", version=13, like="cuda", **C_COMMENTS,
        words="gazetteer.lang.cpp.comments:words",
    ),
    Language(
        "hip", "HIP", (".hip",), grammar="tree_sitter_cuda:language", walker="gazetteer.lang.cuda.walker:walk",
        resolver="gazetteer.lang.cpp.resolve", version=10, like="cuda", **C_COMMENTS,
        words="gazetteer.lang.cpp.comments:words",
    ),
    Language(
        "metal", "Metal", (".metal",), grammar="tree_sitter_cpp:language", walker="gazetteer.lang.cpp.walker:walk",
        resolver="gazetteer.lang.cpp.resolve", version=10, like="cpp", blanks="gazetteer.lang.metal.words:without_words", **C_COMMENTS,
        words="gazetteer.lang.cpp.comments:words",
    ),
    Language(
        "objc", "Objective-C", (".m",), grammar="tree_sitter_c:language", walker="gazetteer.lang.objc.walker:walk",
        resolver="gazetteer.lang.cpp.resolve", version=13, like="c", blanks="gazetteer.lang.objc.sections:without_sections",
        words="gazetteer.lang.cpp.comments:words", **C_COMMENTS,
    ),
    Language(
        "objcpp", "Objective-C++", (".mm",), grammar="tree_sitter_cpp:language", walker="gazetteer.lang.objc.walker:walk",
        resolver="gazetteer.lang.cpp.resolve", version=13, like="cpp", blanks="gazetteer.lang.objc.sections:without_sections",
        words="gazetteer.lang.cpp.comments:words", **C_COMMENTS,
    ),
    Language(
        "javascript", "JavaScript", (".js", ".mjs", ".cjs", ".jsx"), shebangs=("node", "nodejs", "deno", "bun"),
        grammar="tree_sitter_javascript:language", walker="gazetteer.lang.javascript.walker:walk",
        resolver="gazetteer.lang.javascript.resolve", version=14, repair="gazetteer.lang.javascript.repair:with_known_syntax",
        typed="gazetteer.lang.javascript.flow:as_typescript",
        words="gazetteer.lang.javascript.comments:words",
        **C_COMMENTS,
    ),
    Language(
        "typescript", "TypeScript", (".ts", ".mts", ".cts"), grammar="tree_sitter_typescript:language_typescript",
        walker="gazetteer.lang.typescript.walker:walk", resolver="gazetteer.lang.javascript.resolve",
        repair="gazetteer.lang.typescript.repair:with_known_syntax", version=13, **C_COMMENTS,
        words="gazetteer.lang.javascript.comments:words",
    ),
    Language(
        "tsx", "TSX", (".tsx",), grammar="tree_sitter_typescript:language_tsx", walker="gazetteer.lang.typescript.walker:walk",
        resolver="gazetteer.lang.javascript.resolve", repair="gazetteer.lang.typescript.repair:with_known_syntax", version=13,
        words="gazetteer.lang.javascript.comments:words",
        **C_COMMENTS,
    ),
    # Their scripts are read as files of the two languages above are: whoever raises a version of those raises that of these.
    Language(
        "vue", "Vue", (".vue",), within="gazetteer.lang.components.scripts:of_vue", walker="gazetteer.lang.components.walker:walk_vue",
        resolver="gazetteer.lang.javascript.resolve", version=3, **_IN_HTML,
        words="gazetteer.lang.javascript.comments:words",
    ),
    Language(
        "svelte", "Svelte", (".svelte",), within="gazetteer.lang.components.scripts:of_svelte",
        walker="gazetteer.lang.components.walker:walk_svelte", resolver="gazetteer.lang.javascript.resolve", version=3, **_IN_HTML,
        words="gazetteer.lang.javascript.comments:words",
    ),
    Language(
        "astro", "Astro", (".astro",), within="gazetteer.lang.components.scripts:of_astro",
        walker="gazetteer.lang.components.walker:walk_astro", resolver="gazetteer.lang.javascript.resolve", version=3, **_IN_HTML,
        words="gazetteer.lang.javascript.comments:words",
    ),
    Language(
        "go", "Go", (".go",), grammar="tree_sitter_go:language", walker="gazetteer.lang.go.walker:walk",
        resolver="gazetteer.lang.go.resolve", repair="gazetteer.lang.go.repair:with_known_syntax", version=6, **C_COMMENTS,
    ),
    Language(
        "rust", "Rust", (".rs",), grammar="tree_sitter_rust:language", walker="gazetteer.lang.rust.walker:walk",
        resolver="gazetteer.lang.rust.resolve", repair="gazetteer.lang.rust.repair:with_known_syntax", version=5, **C_COMMENTS,
        words="gazetteer.lang.rust.comments:words",
    ),
    Language(
        "java", "Java", (".java",), grammar="tree_sitter_java:language", walker="gazetteer.lang.java.walker:walk",
        resolver="gazetteer.lang.java.resolve", repair="gazetteer.lang.java.repair:with_known_syntax", version=5, **C_COMMENTS,
        words="gazetteer.lang.java.comments:words",
    ),
    Language(
        "ruby", "Ruby", (".rb", ".rake", ".gemspec", ".ru", ".podspec", ".jbuilder", ".thor", ".rabl"),
        ("Rakefile", "Gemfile", "Vagrantfile", "Podfile", "Brewfile", "Guardfile", "Capfile", "Fastfile", "Dangerfile"), ("ruby",),
        grammar="tree_sitter_ruby:language", walker="gazetteer.lang.ruby.walker:walk", resolver="gazetteer.lang.ruby.resolve",
        line_comments=("#",), version=10, block_comments=(("=begin", "=end"),), repair="gazetteer.lang.ruby.repair:with_known_syntax",
        words="gazetteer.lang.ruby.comments:words",
    ),
    Language(
        "csharp", "C#", (".cs", ".csx"), grammar="tree_sitter_c_sharp:language", walker="gazetteer.lang.csharp.walker:walk",
        resolver="gazetteer.lang.csharp.resolve", repair="gazetteer.lang.csharp.repair:with_known_syntax", version=11, **C_COMMENTS,
        words="gazetteer.lang.csharp.comments:plain",
    ),
    Language(
        "php", "PHP", (".php", ".phtml", ".php5", ".inc.php"), shebangs=("php",), grammar="tree_sitter_php:language_php",
        walker="gazetteer.lang.php.walker:walk", resolver="gazetteer.lang.php.resolve", version=8, line_comments=("//", "#"),
        words="gazetteer.lang.php.comments:words",
        block_comments=(("/*", "*/"),), repair="gazetteer.lang.php.repair:with_known_syntax",
    ),
    Language(
        "kotlin", "Kotlin", (".kt", ".kts"), grammar="tree_sitter_kotlin:language", walker="gazetteer.lang.kotlin.walker:walk",
        resolver="gazetteer.lang.java.resolve", repair="gazetteer.lang.kotlin.repair:with_known_syntax", version=10, **C_COMMENTS,
        words="gazetteer.lang.kotlin.comments:words",
    ),
    Language(
        "bash", "Bash", (".sh", ".bash", ".bats", ".ksh"), (".bashrc", ".bash_profile", ".profile"), ("sh", "bash", "dash", "ksh", "zsh"),
        grammar="tree_sitter_bash:language", walker="gazetteer.lang.bash.walker:walk", resolver="gazetteer.lang.bash.resolve",
        line_comments=("#",), version=6, repair="gazetteer.lang.bash.repair:with_known_syntax",
    ),
    Language(
        "cmake", "CMake", (".cmake",), ("CMakeLists.txt",), walker="gazetteer.lang.cmake.walker:walk",
        resolver="gazetteer.lang.cmake.resolve", line_comments=("#",), group="build",
        version=4,
    ),
    Language(
        "markdown", "Markdown", (".md", ".markdown", ".mdx", ".rmd", ".qmd"), walker="gazetteer.lang.markdown.walker:walk",
        resolver="gazetteer.lang.markdown.resolve", group="text", version=4,
    ),
    Language(
        "rst", "reStructuredText", (".rst",), walker="gazetteer.lang.rst.walker:walk", resolver="gazetteer.lang.markdown.resolve",
        group="text", version=3,
    ),
    Language(
        "json", "JSON", (".json", ".jsonc", ".webmanifest"), walker="gazetteer.lang.data.walker:walk_json", resolver=_NAMED, group="data",
        version=5,
    ),
    Language(
        "yaml", "YAML", (".yml", ".yaml"), walker="gazetteer.lang.data.yaml_text:walk", resolver=_NAMED, line_comments=("#",),
        group="data", version=4,
    ),
    Language(
        "toml", "TOML", (".toml",), walker="gazetteer.lang.data.walker:walk_toml", resolver=_NAMED, line_comments=("#",), group="data",
        version=5,
    ),
    Language(
        "solution", "Visual Studio solution", (".sln",), walker="gazetteer.lang.data.declared:walk_solution", resolver=_NAMED,
        group="build",
    ),
    Language(
        "gotemplate", "Go template", (".gotmpl",), ("_helpers.tpl",), walker="gazetteer.lang.data.templates:walk", resolver=_NAMED,
        block_comments=(("{{/*", "*/}}"), ("{{- /*", "*/ -}}")),
    ),
    Language(
        "ini", "INI", (".ini", ".cfg"), (".editorconfig", ".gitmodules", ".flake8", ".coveragerc"),
        walker="gazetteer.lang.data.walker:walk_ini", line_comments=("#", ";"), group="data",
    ),
    Language(
        "makefile", "Makefile", (".mk", ".mak"), ("Makefile", "makefile", "GNUmakefile", "BSDmakefile"), ("make",),
        walker="gazetteer.lang.makefile.walker:walk", resolver="gazetteer.lang.cmake.resolve", line_comments=("#",), group="build",
        version=3,
    ),
    Language(
        "starlark", "Starlark", (".bzl", ".star"), ("BUILD", "BUILD.bazel", "WORKSPACE", "WORKSPACE.bazel", "BUCK", "Tiltfile"),
        grammar="tree_sitter_python:language", walker="gazetteer.lang.starlark.walker:walk", resolver="gazetteer.lang.starlark.resolve",
        line_comments=("#",), group="build", version=6,
    ),
    Language(
        "meson", "Meson", (), ("meson.build", "meson_options.txt", "meson.options"), walker="gazetteer.lang.meson.walker:walk",
        resolver="gazetteer.lang.meson.resolve", line_comments=("#",), group="build",
    ),
    Language(
        "gomod", "Go module", (), ("go.mod", "go.work"), walker="gazetteer.lang.go.modules:walk", line_comments=("//",), group="build",
    ),
    # The grammars of these come with an extra: see `gazetteer.grammars`.
    Language(
        "swift", "Swift", (".swift",), shebangs=("swift",), grammar="tree_sitter_swift:language", walker="gazetteer.lang.swift.walker:walk",
        resolver="gazetteer.lang.swift.resolve", repair="gazetteer.lang.swift.repair:with_known_syntax", version=2, **C_COMMENTS,
    ),
    Language(
        "scala", "Scala", (".scala", ".sc", ".sbt"), shebangs=("scala",), grammar="tree_sitter_scala:language",
        walker="gazetteer.lang.scala.walker:walk", resolver="gazetteer.lang.java.resolve", version=3, **C_COMMENTS,
        words="gazetteer.lang.scala.comments:words",
    ),
    Language(
        "lua", "Lua", (".lua", ".rockspec"), shebangs=("lua", "luajit", "texlua"), grammar="tree_sitter_lua:language",
        walker="gazetteer.lang.lua.walker:walk", resolver="gazetteer.lang.lua.resolve", version=2, line_comments=("--",),
        block_comments=(("--[[", "]]"),),
        words="gazetteer.lang.lua.comments:words",
    ),
    Language(
        "perl", "Perl", (".pl", ".pm", ".t"), shebangs=("perl",), grammar="tree_sitter_perl:language",
        walker="gazetteer.lang.perl.walker:walk", resolver="gazetteer.lang.perl.resolve", line_comments=("#",), version=3,
    ),
    Language(
        "r", "R", (".r", ".R"), (".Rprofile", "Rprofile.site"), ("Rscript",), walker="gazetteer.lang.r.walker:walk",
        resolver="gazetteer.lang.r.resolve", line_comments=("#",),
        words="gazetteer.lang.r.comments:words",
    ),
    Language("r-package", "R package", names=("DESCRIPTION",), walker="gazetteer.lang.r.package:walk_description", group="data"),
    Language("r-help", "R help", (".Rd", ".rd"), walker="gazetteer.lang.r.package:walk_help", line_comments=("%",), group="text"),
    Language(
        "julia", "Julia", (".jl",), shebangs=("julia",), grammar="tree_sitter_julia:language", walker="gazetteer.lang.julia.walker:walk",
        resolver="gazetteer.lang.julia.resolve", version=2, repair="gazetteer.lang.julia.repair:with_known_syntax", line_comments=("#",),
        block_comments=(("#=", "=#"),), words="gazetteer.lang.julia.comments:words",
    ),
    Language(
        "haskell", "Haskell", (".hs", ".hsc", ".hs-boot"), shebangs=("runghc", "runhaskell"), grammar="tree_sitter_haskell:language",
        walker="gazetteer.lang.haskell.walker:walk", resolver="gazetteer.lang.haskell.resolve", line_comments=("--",), version=3,
        repair="gazetteer.lang.haskell.repair:with_gaps_of_line_feeds",
        block_comments=(("{-", "-}"),),
        words="gazetteer.lang.haskell.comments:words",
    ),
    Language(
        "fortran", "Fortran", (".f", ".f90", ".f95", ".f03", ".f08", ".F", ".F90", ".F95", ".F03", ".F08", ".for", ".f77"),
        grammar="tree_sitter_fortran:language", walker="gazetteer.lang.fortran.walker:walk", resolver="gazetteer.lang.fortran.resolve",
        repair="gazetteer.lang.fortran.repair:with_known_syntax", line_comments=("!",), version=3,
    ),
    Language(
        "elixir", "Elixir", (".ex", ".exs"), shebangs=("elixir",), grammar="tree_sitter_elixir:language",
        walker="gazetteer.lang.elixir.walker:walk", resolver="gazetteer.lang.elixir.resolve", version=2, line_comments=("#",),
    ),
    Language(
        "solidity", "Solidity", (".sol",), grammar="tree_sitter_solidity:language", walker="gazetteer.lang.solidity.walker:walk",
        resolver="gazetteer.lang.solidity.resolve", words="gazetteer.lang.solidity.comments:words", version=3, **C_COMMENTS,
    ),
    Language(
        "dart", "Dart", (".dart",), shebangs=("dart",), grammar="tree_sitter_dart:language", walker="gazetteer.lang.dart.walker:walk",
        resolver="gazetteer.lang.dart.resolve", words="gazetteer.lang.dart.comments:words", **C_COMMENTS,
    ),
    Language(
        "zig", "Zig", (".zig",), grammar="tree_sitter_zig:language", walker="gazetteer.lang.zig.walker:walk",
        resolver="gazetteer.lang.zig.resolve", line_comments=("//",),
    ),
    Language(
        "hcl", "HCL", (".tf", ".hcl", ".tfvars", ".tofu"), grammar="tree_sitter_hcl:language", walker="gazetteer.lang.hcl.walker:walk",
        resolver="gazetteer.lang.hcl.resolve", version=2, line_comments=("#", "//"), block_comments=(("/*", "*/"),), group="build",
    ),
    Language(
        "ocaml", "OCaml", (".ml",), shebangs=("ocaml",), grammar="tree_sitter_ocaml:language_ocaml",
        walker="gazetteer.lang.ocaml.walker:walk", resolver="gazetteer.lang.ocaml.resolve", version=2, **ML_COMMENTS,
        words="gazetteer.lang.ocaml.comments:words",
    ),
    Language(
        "ocaml_interface", "OCaml interface", (".mli",), grammar="tree_sitter_ocaml:language_ocaml_interface",
        walker="gazetteer.lang.ocaml.walker:walk", resolver="gazetteer.lang.ocaml.resolve", version=2, **ML_COMMENTS,
        words="gazetteer.lang.ocaml.comments:words",
    ),
    Language(
        "clojure", "Clojure", (".clj", ".cljs", ".cljc", ".edn", ".bb"), shebangs=("bb", "clojure"), walker=_LISP, resolver=_OF_LISP,
        line_comments=(";",),
    ),
    Language("common-lisp", "Common Lisp", (".lisp", ".asd"), shebangs=("sbcl",), walker=_LISP, resolver=_OF_LISP, line_comments=(";",)),
    Language("emacs-lisp", "Emacs Lisp", (".el",), (".emacs",), ("emacs",), walker=_LISP, resolver=_OF_LISP, line_comments=(";",)),
    Language(
        "erlang", "Erlang", (".erl", ".hrl", ".escript"), shebangs=("escript",), walker="gazetteer.lang.erlang.walker:walk",
        resolver="gazetteer.lang.erlang.resolve", line_comments=("%",),
    ),
    Language(
        "gdscript", "GDScript", (".gd",), walker="gazetteer.lang.gdscript.walker:walk", resolver=_OF_GODOT, line_comments=("#",), version=2,
    ),
    Language(
        "godot-scene", "Godot scene", (".tscn", ".tres"), walker="gazetteer.lang.gdscript.walker:walk_scene", resolver=_OF_GODOT,
        line_comments=(";",), group="data",
    ),
    Language(
        "godot-project", "Godot project", names=("project.godot",), walker="gazetteer.lang.gdscript.walker:walk_project",
        resolver=_OF_GODOT, line_comments=(";",), group="data",
    ),
    Language(
        "vim", "Vim script", (".vim",), (".vimrc", "vimrc", ".gvimrc"), line_comments=('"',), version=2,
        walker="gazetteer.lang.vim.walker:walk", resolver="gazetteer.lang.vim.resolve",
    ),
    Language(
        "qml", "QML", (".qml",), walker="gazetteer.lang.qml.walker:walk", resolver="gazetteer.lang.qml.resolve", **C_COMMENTS,
    ),
    Language(
        "systemverilog", "SystemVerilog", (".sv", ".svh"), walker="gazetteer.lang.systemverilog.walker:walk",
        resolver="gazetteer.lang.systemverilog.resolve", **C_COMMENTS,
    ),
    Language(
        "verilog", "Verilog", (".v", ".vh"), walker="gazetteer.lang.systemverilog.walker:walk",
        resolver="gazetteer.lang.systemverilog.resolve", **C_COMMENTS,
    ),
    Language(
        "nix", "Nix", (".nix",), walker="gazetteer.lang.nix.walker:walk", resolver="gazetteer.lang.nix.resolve", line_comments=("#",),
        block_comments=(("/*", "*/"),),
    ),
    Language("assembly", "Assembly", (".s", ".S", ".asm"), line_comments=("#", ";", "//"), block_comments=(("/*", "*/"),)),
    Language(
        "sql", "SQL", (".sql", ".ddl", ".pgsql"), walker="gazetteer.lang.sql.walker:walk", resolver="gazetteer.lang.sql.resolve",
        line_comments=("--",), block_comments=(("/*", "*/"),),
    ),
    Language(
        "glsl", "GLSL", (".glsl", ".vert", ".frag", ".comp", ".geom", ".tesc", ".tese", ".glslv", ".glslf", ".vsh", ".fsh", ".gsh", ".rgen",
         ".rchit", ".rmiss", ".rahit", ".rint", ".rcall"),
        walker="gazetteer.lang.glsl.walker:walk", resolver="gazetteer.lang.glsl.resolve", version=2, **C_COMMENTS,
    ),
    Language(
        "hlsl", "HLSL", (".hlsl", ".hlsli", ".fx", ".fxh", ".cginc", ".usf", ".ush"), walker="gazetteer.lang.glsl.walker:walk",
        resolver="gazetteer.lang.glsl.resolve", version=2, **C_COMMENTS,
    ),
    Language(
        "protobuf", "Protocol Buffers", (".proto", ".protodevel"), walker="gazetteer.lang.protobuf.walker:walk",
        resolver="gazetteer.lang.protobuf.resolve", version=2, **C_COMMENTS,
    ),
    Language(
        "graphql", "GraphQL", (".graphql", ".gql", ".graphqls"), walker="gazetteer.lang.graphql.walker:walk",
        resolver="gazetteer.lang.graphql.resolve", line_comments=("#",), version=2,
    ),
    Language("thrift", "Thrift", (".thrift",), line_comments=("//", "#"), block_comments=(("/*", "*/"),)),
    Language(
        "html", "HTML", (".html", ".htm", ".xhtml"), block_comments=(("<!--", "-->"),), group="text", walker=_PAGES, resolver=_OF_PAGES,
    ),
    Language(
        "xml", "XML", (".xml", ".xsd", ".xsl", ".svg", ".csproj", ".fsproj", ".vbproj", ".props", ".targets", ".nuspec"),
        walker="gazetteer.lang.data.xml:walk", resolver=_NAMED, version=3, block_comments=(("<!--", "-->"),), group="data",
    ),
    Language("css", "CSS", (".css",), block_comments=(("/*", "*/"),), walker=_SHEETS, resolver=_OF_SHEETS, version=2),
    Language("scss", "SCSS", (".scss",), walker=_SHEETS, resolver=_OF_SHEETS, **C_COMMENTS),
    Language("less", "Less", (".less",), walker=_SHEETS, resolver=_OF_SHEETS, **C_COMMENTS),
    Language(
        "dockerfile", "Dockerfile", (".dockerfile", ".docker"), ("Dockerfile", "Containerfile"), line_comments=("#",), group="build",
        walker="gazetteer.lang.dockerfile.walker:walk", resolver="gazetteer.lang.dockerfile.resolve", version=2,
    ),
    Language(
        "gradle", "Gradle", (".gradle",), ("build.gradle.kts", "settings.gradle.kts"), walker="gazetteer.lang.gradle.walker:walk",
        resolver="gazetteer.lang.gradle.resolve", group="build", version=2, **C_COMMENTS,
    ),
    Language("batch", "Batch", (".bat", ".cmd"), line_comments=("REM ", "rem ", "::")),
    Language(
        "powershell", "PowerShell", (".ps1", ".psm1", ".psd1"), shebangs=("pwsh",), walker="gazetteer.lang.powershell.walker:walk",
        resolver="gazetteer.lang.powershell.resolve", line_comments=("#",), block_comments=(("<#", "#>"),),
        words="gazetteer.lang.powershell.comments:words",
    ),
    Language("csv", "CSV", (".csv", ".tsv"), group="data"),
    Language("notebook", "Jupyter notebook", (".ipynb",), walker="gazetteer.lang.data.notebook:walk", group="text"),
    Language("readme", "Text", names=("README", "README.txt", "readme.txt", "README.TXT"), walker=_DOCUMENTS, group="text"),
    Language("asciidoc", "AsciiDoc", (".adoc", ".asciidoc"), walker=_DOCUMENTS, line_comments=("//",), group="text"),
    Language("org", "Org", (".org",), walker=_DOCUMENTS, line_comments=("# ",), group="text"),
    Language("rdoc", "RDoc", (".rdoc",), walker=_DOCUMENTS, group="text"),
    Language("textile", "Textile", (".textile",), walker=_DOCUMENTS, group="text"),
    Language(
        "codeowners", "CODEOWNERS", names=("CODEOWNERS",), walker="gazetteer.lang.data.declared:walk_codeowners", line_comments=("#",),
        group="data",
    ),
    Language(
        "gitattributes", "Git attributes", names=(".gitattributes",), walker="gazetteer.lang.data.declared:walk_gitattributes",
        line_comments=("#",), group="data",
    ),
    Language("gitignore", "Ignore list", names=(".gitignore", ".dockerignore", ".npmignore"), line_comments=("#",), group="data"),
    Language(
        "license", "License", names=("LICENSE", "LICENCE", "COPYING", "UNLICENSE", "LICENSE.txt", "LICENCE.txt", "LICENSE.md"),
        walker="gazetteer.lang.data.declared:walk_license", group="text",
    ),
    Language(
        "tex", "TeX", (".tex", ".sty", ".ltx"), line_comments=("%",), group="text", walker="gazetteer.lang.tex.walker:walk",
        resolver="gazetteer.lang.tex.resolve",
    ),
    Language(
        "bibtex", "BibTeX", (".bib",), line_comments=("%",), group="data", walker="gazetteer.lang.bibtex.walker:walk",
        resolver="gazetteer.lang.tex.resolve",
    ),
    *UNREAD,
    Language(
        "blade", "Blade template", block_comments=(("{{--", "--}}"), ("<!--", "-->")), group="text", walker=_PAGES, resolver=_OF_PAGES,
    ),
    Language(
        "erb", "ERB template", (".erb", ".rhtml"), block_comments=(("<%#", "%>"),), group="text", walker=_PAGES,
        resolver=_OF_PAGES,
    ),
    Language(
        "handlebars", "Handlebars", (".hbs", ".handlebars", ".mustache"), block_comments=(("{{!", "}}"),), group="text", walker=_PAGES,
        resolver=_OF_PAGES,
    ),
    Language(
        "twig", "Twig template", (".twig",), block_comments=(("{#", "#}"),), group="text", walker=_PAGES,
        resolver=_OF_PAGES,
    ),
    Language("cython", "Cython", (".pyx", ".pxd", ".pxi"), line_comments=("#",)),
    Language(
        "jinja", "Jinja template", (".j2", ".jinja", ".jinja2", ".njk", ".liquid"), block_comments=(("{#", "#}"),), group="text",
        walker=_PAGES, resolver=_OF_PAGES,
    ),
    Language("text", "Text", (".txt", ".text", ".log"), group="text"),
)  # fmt: skip

#: All of them, with those of plugins.
LANGUAGES: tuple[Language, ...] = with_plugins(_OWN)
BY_NAME: dict[str, Language] = {language.name: language for language in LANGUAGES}
BY_SUFFIX: dict[str, Language] = {suffix: language for language in LANGUAGES for suffix in language.suffixes}
BY_FILE_NAME: dict[str, Language] = {name: language for language in LANGUAGES for name in language.names}
BY_SHEBANG: dict[str, Language] = {shebang: language for language in LANGUAGES for shebang in language.shebangs}
#: C and its kin: they share macros and includes, and have one reader.
FAMILY = frozenset(language.name for language in LANGUAGES if language.like)
#: JavaScript and what is resolved as it is.
SCRIPTS = frozenset(language.name for language in _OWN if language.resolver == "gazetteer.lang.javascript.resolve")


def _named(what: str) -> Any:
    module, _, function = what.partition(":")
    return getattr(importlib.import_module(module), function)


@functools.cache
def grammar(name: str) -> Grammar:
    """The tree-sitter language of the language called `name`."""
    import tree_sitter

    found = _named(BY_NAME[name].grammar)()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a wheel may give the address itself, which is deprecated
        return tree_sitter.Language(found)


def lacks(name: str) -> str:
    """The module of the grammar that the language called `name` lacks to be read: one of an extra; empty where it lacks nothing."""
    module = BY_NAME[name].grammar.partition(":")[0]
    return module if module in OPTIONAL and module not in installed() else ""


def version_of(name: str) -> int | str:
    """What the records of the language called `name` are made with, besides what all are: where an extra brings the grammar, that too."""
    language = BY_NAME[name]
    module = language.grammar.partition(":")[0]
    return f"{language.version} {installed().get(module, '')}" if module in OPTIONAL else language.version


@functools.cache
def walker(name: str) -> Callable[[Walk], None] | None:
    """The function that reads files of the language called `name`; None where there is none, or it `lacks` its grammar."""
    where = BY_NAME[name].walker
    return _named(where) if where and not lacks(name) else None


@functools.cache
def repairer(name: str) -> Callable[[bytes], bytes] | None:
    """The function that makes errors fewer in texts of the language called `name`; None where there is none."""
    where = BY_NAME[name].repair
    return _named(where) if where else None


@functools.cache
def blanker(name: str) -> Callable[[bytes], bytes] | None:
    """The function that blanks what the grammar of the language called `name` does not know; None where there is none."""
    where = BY_NAME[name].blanks
    return _named(where) if where else None


@functools.cache
def typed(name: str) -> Callable[[bytes], tuple[bytes, str] | None] | None:
    """The function that gives a text with errors in a language that has types, if it may be in such a one; None where there is none."""
    where = BY_NAME[name].typed
    return _named(where) if where else None


@functools.cache
def wording(name: str) -> Callable[[str], str] | None:
    """The function that makes words of documentation in the language called `name`; None where it is shown as it is written."""
    where = BY_NAME[name].words
    return _named(where) if where else None


@functools.cache
def showing(name: str) -> Callable[[str], str] | None:
    """The function that makes words of documentation where it is shown, and is kept as it is written; None where nothing does."""
    where = BY_NAME[name].shows if name in BY_NAME else ""
    return _named(where) if where else None


@functools.cache
def within(name: str) -> Callable[[bytes], tuple[bytes, str]] | None:
    """The function that gives the parts of a file that are in another language; None where a language is read as itself."""
    where = BY_NAME[name].within
    return _named(where) if where else None
