"""Emacs Lisp, Clojure and Common Lisp: what forms at the top of a file define, with documentation, and what they load.

Which forms define something is told by their names; forms that others are put in at the top (``progn``, ``when``, ``#?(:clj …)``) are
looked into, bodies are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...model import Base, Block, Import, ImportedName, Parameter
from ..base import MAX_DOC, MAX_VALUE, Walk, cut, one_line
from .source import Source, text_of

__all__ = ["walk"]

#: What defines something, by kind.
_DEFINING: dict[str, dict[str, str]] = {
    "emacs-lisp": {
        "function": "defun defsubst define-inline cl-defun cl-defsubst cl-defgeneric iter-defun ert-deftest define-minor-mode "
        "define-derived-mode define-globalized-minor-mode transient-define-prefix transient-define-suffix transient-define-infix "
        "transient-define-argument",
        "method": "cl-defmethod",
        "macro": "defmacro cl-defmacro",
        "variable": "defvar defvar-local defvar-keymap defface",
        "constant": "defconst",
        "option": "defcustom defgroup",
        "struct": "cl-defstruct",
        "class": "defclass define-error",
        "alias": "defalias",
    },
    "clojure": {
        "function": "defn defn- defmulti deftest defspec",
        "method": "defmethod",
        "macro": "defmacro",
        "variable": "def defonce",
        "protocol": "defprotocol",
        "interface": "definterface",
        "record": "defrecord",
        "class": "deftype",
    },
    "common-lisp": {
        "function": "defun defgeneric",
        "method": "defmethod",
        "macro": "defmacro define-compiler-macro",
        "variable": "defvar defparameter",
        "constant": "defconstant",
        "class": "defclass define-condition",
        "struct": "defstruct",
        "type_alias": "deftype",
        "package": "defpackage",
    },
}
_KIND_OF = {
    language: {word: kind for kind, words in kinds.items() for word in words.split()} for language, kinds in _DEFINING.items()
}  # fmt: skip
#: Behind the name of these the documentation stands as the second thing, behind the value.
_BEHIND_VALUE = frozenset((
    "defvar", "defvar-local", "defconst", "defcustom", "defface", "defgroup", "defparameter", "defconstant", "defalias",
))  # fmt: skip
#: Functions that have no list of parameters.
_WITHOUT = frozenset(
    ("ert-deftest", "deftest", "defspec", "defmulti", "define-minor-mode", "define-derived-mode", "define-globalized-minor-mode")
)
_PUT_IN = frozenset((
    "progn", "when", "unless", "if", "eval-when-compile", "eval-and-compile", "eval-when", "with-eval-after-load", "with-no-warnings",
    "with-suppressed-warnings", "do", "#?", "#?@",
))  # fmt: skip
_LOADS = frozenset(("require", "load", "load-file", "autoload", "use"))
_HEADER = re.compile(r";;;+[ \t]+\S+[ \t]+-{2,}[ \t]+(.*?)[ \t]*(?:-\*-.*)?$")
_NEEDS = re.compile(r"(?m)^;+[ \t]*(Package-Requires|Version|Package-Version|Keywords|URL|Homepage):[ \t]*([^\n]*)")
_COMMENTARY = re.compile(r"(?m)^;;;[ \t]*Commentary:[ \t]*\r?\n((?:[ \t]*(?:;;(?!;)[^\n]*)?\r?\n)*)")
_NO_NAME = re.compile(r"[&:]|\d|#|\Z")


def walk(walk: Walk) -> None:
    """Read a file of a Lisp."""
    _Reader(walk).read()


class _Reader(Source):
    def read(self) -> None:
        """Read everything."""
        self.defining = _KIND_OF[self.walk.language]
        #: The namespace of a file of Clojure, which has all that is defined behind it.
        self.space = -1
        stack = list(reversed(list(self.forms(0, len(self.tokens)))))
        while stack:
            number = stack.pop()
            inner = self.within(number)
            is_form = bool(inner) and self.at(number) == "(" and (not number or self.at(number - 1) not in ("'", "`"))
            word = self.at(inner[0]) if is_form else ""
            if number and self.at(number - 1) in ("#?", "#?@") and inner:
                stack += [form for form in reversed(inner) if self.at(form) == "("]
            elif word in _PUT_IN:
                stack += [form for form in reversed(inner[1:]) if self.at(form) == "("]
            elif word:
                self.form(word.rpartition("/")[2] if self.walk.language == "clojure" else word.lower(), number, inner)
        self.walk.imports.sort(key=lambda statement: statement.line)
        self.about()

    def form(self, word: str, number: int, inner: list[int]) -> None:
        """Read a form at the top."""
        if word == "ns" and self.walk.language == "clojure":
            self.namespace(number, inner)
        elif word in ("defproject", "defsystem", "asdf:defsystem"):
            self.project(inner)
        elif word in _LOADS:
            self.loaded(word, inner)
        elif word == "provide" and len(inner) > 1 and self.walk.language == "emacs-lisp":
            self.add("module", inner[1], number, self.at(inner[1]), signature=self.between(number, self.end(number)))
        elif word in self.defining and len(inner) > 1:
            self.defined(word, number, inner)

    # -- definitions -----------------------------------------------------------------------------------------------------------------

    def defined(self, word: str, number: int, inner: list[int]) -> None:
        """Note what a form defines."""
        kind, at = self.defining[word], inner[1]
        while self.at(at) in ("(", "'") and self.at(at + 1):  # (name options…) of a structure, (setf name)
            at += 1
        name = self.at(at) if not self.at(at).startswith('"') else ""
        if self.at(at).lower() == "setf" and self.walk.language == "common-lisp":
            at, name = at + 1, f"setf {self.at(at + 1)}"
        name = name.lstrip("#:") if word == "defpackage" else name
        if not name or (not self.tokens[at].is_word and name[0] != "|"):
            return
        rest = [form for form in inner if form > inner[1]]
        facts: dict[str, Any] = {}
        if word == "defn-" or "^:private" in self.between(inner[0], at, 60):
            facts["visibility"] = "private"
        listed = self.parameter_list(word, kind, rest)
        said = self.documentation(word, rest, listed)
        facts |= self.said_in(said) if said >= 0 else self.doc(self.tokens[number])
        end = self.end(inner[1])
        if listed >= 0:
            end = self.end(listed)
            names = [self.at(form) for form in self.within(listed) if self.tokens[form].is_word and not _NO_NAME.match(self.at(form))]
            if kind == "class" and self.walk.language != "clojure":
                facts["bases"] = tuple(Base(text) for text in names)
            elif kind in ("function", "macro"):
                facts["parameters"] = tuple(Parameter(text) for text in names)
        if kind in ("variable", "constant", "option", "alias") and rest and word != "defgroup":
            value = rest[1] if word.startswith("def") and len(rest) > 1 and said == rest[0] else rest[0]
            facts["value"], end = self.between(value, self.end(value)), self.end(value)
        arities = [form for form in rest if self.at(form) == "(" and self.at(form + 1) == "["] if self.walk.language == "clojure" else []
        if len(arities) > 1 and listed >= 0 and kind in ("function", "macro"):
            heads = [f"({self.between(form + 1, self.end(form + 1))})" for form in arities]
            signature = one_line(f"({word} {name} {' '.join(heads)})", MAX_VALUE)
        else:
            signature = self.head(number, end, said)
        index = self.add(kind, at, number, name, self.space, signature=signature, **facts)
        if word in ("defprotocol", "definterface"):
            self.members(rest, index)

    def parameter_list(self, word: str, kind: str, rest: list[int]) -> int:
        """The list of what a definition takes, or is made of; -1 where there is none."""
        if kind not in ("function", "macro", "method", "record", "class") or word in _WITHOUT:
            return -1
        if self.walk.language != "clojure":
            return next((form for form in rest if self.at(form) == "("), -1)
        found = next((form for form in rest if self.at(form) == "["), -1)
        several = next((form for form in rest if self.at(form) == "("), -1)
        if several >= 0 and not 0 <= found < several:
            found = next((form for form in self.within(several) if self.at(form) == "["), -1)
        return found

    def head(self, number: int, end: int, said: int = -1) -> str:
        """A form up to a token, without the text that documents it, and closed as it is not there."""
        text = self.between(number, end)
        if said >= 0 and len(self.at(said)) < MAX_VALUE:
            text = text.replace(" " + one_line(self.at(said)), "", 1)
        opened = sum((self.at(n) == "(") - (self.at(n) == ")") for n in range(number, min(end, number + MAX_VALUE)))
        return text + ")" * max(opened, 0)

    def documentation(self, word: str, rest: list[int], listed: int) -> int:
        """The text that documents a definition; -1 where there is none."""
        if self.walk.language == "clojure":
            return rest[0] if rest and self.is_text(rest[0]) and (len(rest) > 1 or word == "defprotocol") else -1
        if word == "define-derived-mode":
            return next((form for form in rest[2:3] if self.is_text(form)), -1)
        if word in _BEHIND_VALUE:
            return next((form for form in rest[1:3] if self.is_text(form)), -1)
        if listed >= 0:
            behind = [form for form in rest if form > listed]
            return behind[0] if behind and self.is_text(behind[0]) and (len(behind) > 1 or word != "defun") else -1
        return next((form for form in rest[:2] if self.is_text(form)), -1)

    def members(self, forms: list[int], parent: int) -> None:
        """Note the functions of a protocol."""
        for form in forms:
            inner = self.within(form)
            if self.at(form) == "(" and len(inner) > 1 and self.tokens[inner[0]].is_word:
                said = next((f for f in inner[1:] if self.is_text(f)), -1)
                facts = self.said_in(said) if said >= 0 else {}
                signature = self.head(form, said if said >= 0 else self.end(form))
                self.add("method", inner[0], form, self.at(inner[0]), parent, signature=signature, **facts)

    def add(self, kind: str, at: int, number: int, name: str, parent: int = -1, **facts: Any) -> int:
        """Note something that a form which begins at a token defines, whose name is a token."""
        line, first = self.line(self.tokens[at].start), self.line(self.tokens[number].start)
        last = self.tokens[min(self.end(number), len(self.tokens)) - 1]
        block = Block(line, max(self.line(last.end - 1), line))
        return self.walk.add(kind, name, block, parent, first_line=first if first < line else 0, **facts)

    # -- imports ---------------------------------------------------------------------------------------------------------------------

    def loaded(self, word: str, inner: list[int]) -> None:
        """Note what a form loads: a feature or a file."""
        place = 2 if word == "autoload" else 1
        if len(inner) <= place:
            return
        at = inner[place]
        if self.at(at) in ("[", "("):
            self.required(word, at)
        elif self.is_text(at) or self.tokens[at].is_word:
            text = text_of(self.at(at)) if self.is_text(at) else self.at(at).lstrip(":#")
            self.walk.imports.append(Import(word, text, self.line(self.tokens[inner[0]].start), self.line(self.tokens[at].end - 1)))

    def namespace(self, number: int, inner: list[int]) -> None:
        """Read what a file of Clojure is called, says of itself and requires."""
        if len(inner) < 2 or not self.tokens[inner[1]].is_word:
            return
        said = next((form for form in inner[2:3] if self.is_text(form)), -1)
        facts = self.said_in(said) if said >= 0 else {}
        self.space = self.add("namespace", inner[1], number, self.at(inner[1]), signature=f"(ns {self.at(inner[1])})", **facts)
        if facts:
            self.walk.doc, self.walk.doc_line, self.walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
        stack = list(reversed(inner[2:]))
        while stack:
            form = stack.pop()
            clause = self.within(form)
            word = self.at(clause[0]).lstrip(":") if clause else ""
            if form and self.at(form - 1) in ("#?", "#?@"):
                stack += [f for f in reversed(clause) if self.at(f) in ("(", "[")]
            elif word in ("require", "use", "require-macros", "import"):
                for each in clause[1:]:
                    self.required(word, each)

    def required(self, word: str, form: int) -> None:
        """Note a namespace, or several with the beginning of their names in common; of Java, classes of a package."""
        line = self.line(self.tokens[form].start)
        if self.at(form) not in ("[", "("):
            if self.tokens[form].is_word and not self.at(form).startswith((":", "#")):
                self.walk.imports.append(Import(word, self.at(form), line))
            return
        inner = self.within(form)
        if not inner or not self.tokens[inner[0]].is_word:
            return
        name, options = self.at(inner[0]), inner[1:]
        if word == "import":
            self.walk.imports += [
                Import(word, f"{name}.{self.at(f)}", self.line(self.tokens[f].start)) for f in options if self.tokens[f].is_word
            ]
        elif options and not self.at(options[0]).startswith(":"):
            for each in options:
                of = self.within(each)
                last = self.at(of[0]) if of else self.at(each)
                self.walk.imports.append(Import(word, f"{name}.{last}", self.line(self.tokens[each].start)))
        else:
            pairs = dict(zip((self.at(o) for o in options[::2]), options[1::2], strict=False))
            alias = self.at(pairs[":as"]) if ":as" in pairs else ""
            names = tuple(ImportedName(self.at(f)) for f in self.within(pairs[":refer"])) if ":refer" in pairs else ()
            self.walk.imports.append(
                Import(word, name, line, self.line(self.tokens[min(self.end(form), len(self.tokens)) - 1].end - 1), names, alias)
            )

    # -- what a file says of itself --------------------------------------------------------------------------------------------------

    def project(self, inner: list[int]) -> None:
        """Read what a project is called, and what it needs."""
        if len(inner) < 2:
            return
        version = text_of(self.at(inner[2])) if len(inner) > 2 and self.is_text(inner[2]) else ""
        name = self.at(inner[1]).strip('"').lstrip("#:")
        self.walk.values.append(("project", one_line(f"{name} {version}", MAX_VALUE), self.line(self.tokens[inner[1]].start)))
        keys = {self.at(form).lower(): inner[n + 1] for n, form in enumerate(inner[:-1]) if self.at(form).startswith(":")}
        if ":description" in keys and self.is_text(keys[":description"]):
            facts = self.said_in(keys[":description"])
            if facts:
                self.walk.doc, self.walk.doc_line, self.walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
        for key in (":dependencies", ":depends-on", ":plugins", ":main"):
            if key in keys:
                self.needed(key.lstrip(":"), keys[key])
        if ":components" in keys:
            self.walk.imports += self.components(keys[":components"])

    def needed(self, key: str, form: int) -> None:
        inner = self.within(form) if self.at(form) in ("[", "(") else [form]
        for each in inner:
            text = self.between(each + 1, self.end(each) - 1) if self.at(each) in ("[", "(") else self.at(each)
            text = one_line(text.replace('"', "").lstrip("#:"), MAX_VALUE)
            if text:
                self.walk.values.append((key, text, self.line(self.tokens[each].start)))

    def components(self, form: int) -> Iterator[Import]:
        """The files of a system of Common Lisp, with the folders that they lie in."""
        stack = [(each, "") for each in reversed(self.within(form))]
        while stack:
            each, folder = stack.pop()
            inner = self.within(each)
            if len(inner) < 2:
                continue
            sort, name = self.at(inner[0]).lower(), self.at(inner[1]).strip('"').lstrip("#:")
            if sort == ":file":
                yield Import("listed", f"{folder}{name}", self.line(self.tokens[inner[1]].start), alias="file")
            elif sort == ":module":
                below = next((inner[n + 1] for n, f in enumerate(inner[:-1]) if self.at(f).lower() == ":components"), -1)
                stack += [(f, f"{folder}{name}/") for f in reversed(self.within(below))] if below >= 0 else []

    def about(self) -> None:
        """What the comments at the beginning say."""
        if self.walk.language != "emacs-lisp":
            if not self.walk.doc:
                self.file_comment({symbol.doc_line for symbol in self.walk.symbols})
            return
        for match in _NEEDS.finditer(self.source[:20_000]):
            self.walk.values.append((match[1], one_line(match[2], MAX_VALUE), self.line(match.start(1))))
        first = _HEADER.match(self.source.partition("\n")[0].rstrip("\r"))
        more = _COMMENTARY.search(self.source)
        said = [re.sub(r"^[ \t]*;; ?", "", line).rstrip() for line in more[1].split("\n")] if more is not None else []
        text = "\n\n".join(filter(None, (first[1].strip() if first is not None else "", "\n".join(said).strip("\n"))))
        if text:
            start = 1 if first is not None else self.line(more.start(1)) if more is not None else 1
            end = self.line(more.start(1) + len(more[1].rstrip()) - 1) if more is not None and more[1].strip() else start
            self.walk.doc, self.walk.doc_line, self.walk.doc_end = cut(text, MAX_DOC), start, max(start, end)
