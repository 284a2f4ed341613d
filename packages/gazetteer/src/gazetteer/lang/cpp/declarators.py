"""Declarators: from ``*(&name)[3]`` to a name, what kind of thing it is, and its type as it is written."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from msgspec import Struct

from ...model import Base, Parameter
from ..base import MAX_VALUE, Walk
from .quick import code_line

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Declared", "Head", "bases_of", "declared", "head_of", "instantiated", "modifiers_of", "parameters_of", "type_text", "value_of"]

_NAMES = frozenset((
    "identifier", "field_identifier", "type_identifier", "destructor_name", "operator_name", "operator_cast", "namespace_identifier",
    "primitive_type",
))  # fmt: skip
_SPECIFIERS = frozenset((
    "storage_class_specifier", "type_qualifier", "explicit_function_specifier", "virtual", "virtual_function_specifier", "inline",
))  # fmt: skip
#: Qualifiers that belong to a declaration and not to its type.
_NO_TYPE = frozenset((
    "constexpr", "consteval", "constinit", "mutable", "inline", "__restrict__", "_Noreturn", "alignas", "_Alignas",
    "__constant__", "__managed__", "__shared__", "__grid_constant__",
))  # fmt: skip
#: Words for which shorter ones are read.
_LONGER = {"_Thread_loca": "_Thread_local"}
#: Clauses at the end of a function, by what they say.
_CLAUSES = {"default_method_clause": "default", "delete_method_clause": "delete", "pure_virtual_clause": "pure"}
#: The same as text: of a template, the grammar reads them as values.
_CLAUSE = re.compile(rb"\s*=\s*(default|delete)\b")
#: Before the type of a parameter.
_ATTRIBUTES = re.compile(r"\A(?:\[\[[^\[\]]*\]\]\s*)+")
_COMMENT = re.compile(r"\s*/\*.*?\*/\s*", re.DOTALL)
_ATTRIBUTES_BEHIND = re.compile(r"\s*\[\[[^\[\]]*\]\]")
#: A parameter that points to a function without parameters or with a pack, which is read as a call in a list of values.
_POINTED = re.compile(r"[(,]\s*([A-Za-z_][\w:<>\s*&]*\(\s*\*\s*)(\w*)(\s*\)\s*\(\s*(?:\w+\.\.\.\s*)?\))\s*(?=[,)])")
#: What stands behind the parameters of ``typedef void (A::*f)() const;``, and is blanked.
_QUALIFIERS = re.compile(rb"\s*(?:const|volatile|noexcept|&&?)[\s\w&]*(?=[;,])")
_TYPE_NAMES = frozenset(("type_identifier", "primitive_type"))
_VALUE = re.compile(rb"\s*(?:=\s*(?=\w)|(?=\{))(\w+|\{\s*\w*\s*\})\s*[,;]")
_INSTANTIATED = re.compile(rb"(?:\bextern\s+)?\btemplate\s+\Z")
_PLAIN = frozenset(("identifier", "field_identifier"))
_BEHIND = frozenset(("type_qualifier", "virtual_specifier", "ref_qualifier"))
_PARAMETERS = frozenset(("parameter_declaration", "optional_parameter_declaration", "variadic_parameter_declaration"))


class Declared(Struct):
    """What a declarator declares."""

    name: str
    name_node: Node
    declarator: Node
    scope: str = ""
    #: The function declarator, if it is a function and no pointer to one.
    function: Node | None = None
    value: Node | None = None
    #: What stands before a name in parentheses: the type of ``size_type(max)()``, the macro of ``void EXPORT(name)(int)``.
    before: Node | None = None

    def kind(self, of: str) -> str:
        """The kind of a function in a class of the name `of`, or in a namespace where that is empty."""
        around = of or self.scope.rpartition("::")[2].split("<")[0]
        if self.name.startswith("~"):
            return "destructor"
        if around and self.name == around:
            return "constructor"
        return "method" if around else "function"

    def is_macro_like(self, walk: Walk, node: Node, of: str) -> bool:
        """Whether ``NAME(a, b) { … }`` without a type is a macro before a body, as in ``TEST(Suite, Case) { … }``.

        What ends another one is no type (see `is_behind_mark`).
        """
        before = node.child_by_field_name("type")
        if before is not None:
            return self.is_behind_mark(walk, before)
        if of or self.scope or self.name_node.type != "identifier" or self.function is None:
            return False
        if node.children[0] != self.declarator and not (self.name.isupper() and "_" in self.name):  # static FOO_HANDLER(a) { … }
            return False
        return walk.language != "c" or self.name.isupper()  # in C, it may be a function that gives an int

    def is_behind_mark(self, walk: Walk, before: Node) -> bool:
        """Whether what stands before ``FOO_CALL(a)`` on a line above is no type but ``FOO_BEGIN`` or ``FOO_END``."""
        words = walk.text(before).split("_") if before.end_point.row < self.name_node.start_point.row else ()
        return len(words) > 1 and ("END" in words or "BEGIN" in words) and self.name.isupper() and "_" in self.name

    def is_macro_call(self, walk: Walk, before: Node | None, of: str) -> bool:
        """Whether ``NAME(a);`` is a call of a macro: without a type, only constructors of the class `of` and guides are declared."""
        if before is not None:
            return self.is_behind_mark(walk, before)
        if self.scope or self.name == of or not self.name.isidentifier() or self.name_node.type not in _PLAIN or self.before is not None:
            return False
        if of:
            return True
        guides = self.function is not None and any(c.type == "trailing_return_type" for c in self.function.children)
        return not guides and (walk.language != "c" or self.name.isupper())

    def is_const(self, walk: Walk, head: Head) -> bool:
        """Whether the declared thing itself, not what it points to, is constant."""
        text = walk.slice(self.declarator.start_byte, self.name_node.start_byte)
        if "*" in text or "&" in text:
            return "const" in text.rpartition("*")[2]
        return "const" in head.words

    def with_value(self, type_node: Node | None) -> Declared:
        """The same as a variable, where ``A b(c(d));`` gives a value to one.

        A function that takes a function ``c`` of ``d`` is as good as never written so. Of a name alone, as in ``A b(c);``, nothing tells.
        """
        function = self.function
        if function is None or function != self.declarator or function.named_child_count != 2 or type_node is None:
            return self
        parameters = function.child_by_field_name("parameters")
        if parameters is None or self.name_node.type != "identifier" or type_node.type == "primitive_type":
            return self
        if any(_is_call(parameter) for parameter in parameters.named_children):
            return Declared(self.name, self.name_node, self.name_node, self.scope, None, parameters)
        return self

    def converted(self, walk: Walk, type_node: Node | None) -> Node | None:
        """The type before a function. An ``operator`` that the parser takes for one, as in ``A::operator B<C>()``, is given to the name."""
        written = walk.text(type_node) if type_node is not None and type_node.type in ("qualified_identifier", "type_identifier") else ""
        if not written.endswith("operator") or self.function is None:
            return type_node
        end = self.function.child_by_field_name("parameters")
        stop = end.start_byte if end is not None else self.name_node.end_byte
        self.name = code_line(f"operator {walk.slice(self.declarator.start_byte, stop)}")
        self.scope = code_line(written.removesuffix("operator").rstrip(": "))
        return None

    def return_type(self, walk: Walk, head: Head) -> str:
        """The type that the function returns; empty for constructors, destructors and conversions."""
        assert self.function is not None
        for child in self.function.children:
            if child.type == "trailing_return_type":
                end = child.end_byte
                if walk.original[end : end + 1] == b"<" and walk.read[end : end + 1] == b"{":  # see `write_guides`
                    end = walk.original.index(b";", end)
                return code_line(walk.slice(child.start_byte, end).removeprefix("->"))
        if self.before is None:
            return type_text(walk, head, self)
        if _has_type(self.before):
            return " ".join(head.words) + "".join(walk.slice(self.declarator.start_byte, self.before.start_byte).split())
        return " ".join([*head.words, code_line(walk.text(self.before))])


def _is_call(parameter: Node) -> bool:
    """Whether what was read as a parameter may be a call: ``c(d)`` and ``a::c()``."""
    declarator, of = parameter.child_by_field_name("declarator"), parameter.child_by_field_name("type")
    if declarator is None or of is None or parameter.child_count != 2:
        return False
    is_function = declarator.type == "abstract_function_declarator" and declarator.child_count == 1
    return is_function and of.type in ("type_identifier", "qualified_identifier", "template_type")


#: What nothing is called in C or its kin, whatever the parser makes of a text that it does not know.
_RESERVED = frozenset((
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for", "goto",
    "if", "int", "long", "register", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union",
    "unsigned", "void", "volatile", "while",
))  # fmt: skip


class Head(Struct):
    """What stands before the declarators of a declaration, and behind them."""

    #: The type and its qualifiers, as they are written.
    words: list[str]
    modifiers: set[str]
    #: Where widths of fields begin and end, and what they say.
    bits: list[tuple[int, int, str]]
    #: Values of fields (see `_behind`).
    behind: dict[int, Node] = {}

    def width(self, walk: Walk, declarator: Node) -> tuple[int, str]:
        """How many bits a field has, which stands right behind its declarator: where that ends, and what it says."""
        end = declarator.end_byte
        number = bisect_left(self.bits, (end,))
        if number < len(self.bits) and not walk.read[end : self.bits[number][0]].strip():
            return self.bits[number][1:]
        return end, ""


def head_of(walk: Walk, node: Node, type_node: Node | None) -> Head:
    """The type of a declaration, and ``static``, ``virtual``, ``= delete`` and their like."""
    found = Head([], set(), [], _behind(node) if node.type == "field_declaration" else {})
    for child in node.children:
        kind = child.type
        if kind in _SPECIFIERS:
            word = walk.text(child)
            if " " in word or word == "friend":  # which was put before others
                word = walk.read[child.start_byte : child.end_byte].decode("utf-8", "backslashreplace")
            if kind == "type_qualifier" and word.split("(")[0].strip() not in _NO_TYPE:
                found.words.append(word)
            word = word.split("(")[0].strip()
            if word not in ("const", "volatile"):
                found.modifiers.add(_LONGER.get(word, word))
        elif kind in _CLAUSES:
            found.modifiers.add(_CLAUSES[kind])
        elif kind == "bitfield_clause":
            found.bits.append((child.start_byte, child.end_byte, f" {code_line(walk.text(child))}"))
        elif child == type_node:
            body = child.child_by_field_name("body") if kind.endswith("_specifier") else None
            found.words.append(code_line(walk.slice(child.start_byte, body.start_byte if body is not None else child.end_byte)))
    return found


def value_of(walk: Walk, found: Declared, head: Head) -> str:
    """The value that a declaration gives to what is declared, also behind the width of a field, where the grammar has none."""
    value = found.value if found.value is not None else head.behind.get(found.declarator.start_byte)
    if value is not None or not head.bits:
        return code_line(walk.text(value), MAX_VALUE)
    end, width = head.width(walk, found.declarator)
    match = _VALUE.match(walk.original, end) if width else None
    return match[1].decode("utf-8", "backslashreplace") if match is not None else ""


def _behind(node: Node) -> dict[int, Node]:
    """The values that fields have behind their declarators, by where those begin: of ``int a = 1, b;`` that of ``a``, and none of ``b``."""
    found: dict[int, Node] = {}
    values = node.children_by_field_name("default_value")
    starts = [declarator.start_byte for declarator in node.children_by_field_name("declarator")] if values else []
    for value in reversed(values):  # the first one counts
        number = bisect_left(starts, value.start_byte)
        if number:
            found[starts[number - 1]] = value
    return found


def declared(walk: Walk, declarator: Node | None) -> Declared | None:
    """What `declarator` declares; None where it has no name."""
    node, value, function, outer = declarator, None, None, declarator
    while node is not None:
        kind = node.type
        if kind in _NAMES or kind in ("qualified_identifier", "template_function", "template_method"):
            found = _named(walk, node, outer, function, value)
            return found if found.name not in _RESERVED or function is not None else None  # A::operator int() may follow
        if kind == "init_declarator":
            value = node.child_by_field_name("value")
            if value is not None and value.type == "argument_list" and _POINTED.search(walk.text(value)):
                function, value = node, None  # void f(int (*g)());
            outer = node = node.child_by_field_name("declarator")
            continue
        if kind == "function_declarator":
            inner = node.child_by_field_name("declarator")
            function = node if function is None else function
            enclosed = _in_parentheses(walk, inner) if inner is not None and inner.type == "function_declarator" else None
            if enclosed is not None:
                name, before = enclosed
                return Declared(walk.text(name), name, outer if outer is not None else node, "", function, value, before)
            if inner is not None and inner.type == "parenthesized_declarator":
                pointed = _unwrapped(inner)
                if pointed is not None and pointed.type in ("pointer_declarator", "reference_declarator", "pointer_type_declarator"):
                    if _unwrapped_function(pointed) is None:
                        function = None  # a pointer to a function
                    else:
                        function = _unwrapped_function(pointed)
            node = inner
            continue
        inner = node.child_by_field_name("declarator")
        if inner is None:
            if kind == "abstract_array_declarator":  # of the parameter `int[SIZE]`, which has no name
                return None
            inner = next(
                (c for c in node.named_children if c.type.endswith("declarator") or c.type in _NAMES or c.type == "qualified_identifier"),
                None,
            )
        node = inner
    return None


def _in_parentheses(walk: Walk, node: Node) -> tuple[Node, Node] | None:
    """The name of ``size_type(max)()`` and ``void EXPORT(name)(int)``, and the word before it.

    The parser sees a function that returns a function, which there is not.
    """
    before, parameters = node.child_by_field_name("declarator"), node.child_by_field_name("parameters")
    if before is None or parameters is None or len(parameters.children) != 3 or before.type.endswith("declarator"):
        return None
    only = parameters.children[1]
    if only.type != "parameter_declaration" or len(only.children) != 1 or only.children[0].type not in _TYPE_NAMES:
        return None
    word = walk.text(before)
    return None if len(word) > 1 and word.isupper() and not _has_type(node) else (only.children[0], before)


def _has_type(node: Node) -> bool:
    """Whether a type stands before a declarator."""
    above = node.parent
    while above is not None and above.type.endswith("declarator"):
        above = above.parent
    return above is not None and above.child_by_field_name("type") is not None


def _unwrapped(node: Node) -> Node | None:
    return next((c for c in node.named_children if c.type != "comment"), None)


def _unwrapped_function(node: Node) -> Node | None:
    """The function declarator below pointers: of a function that returns a pointer to a function."""
    below: Node | None = node
    while below is not None and below.type != "function_declarator":
        below = below.child_by_field_name("declarator") or next((c for c in below.named_children if c.type.endswith("declarator")), None)
    return below


def _named(walk: Walk, node: Node, outer: Node | None, function: Node | None, value: Node | None) -> Declared:
    scopes = list[str]()
    while node.type == "qualified_identifier":
        scopes.append(code_line(walk.text(node.child_by_field_name("scope"))))
        inner = node.child_by_field_name("name")
        if inner is None:
            break
        node = inner
    if node.type in ("template_function", "template_method"):
        node = node.child_by_field_name("name") or node
    name = code_line(walk.text(node))
    if node.type == "operator_cast":
        parts = _of_conversion(node)
        end = parts.child_by_field_name("parameters") if parts is not None else None
        name = code_line(walk.slice(node.start_byte, end.start_byte if end is not None else node.end_byte))
        if function is None:
            function = node
    elif node.type in ("operator_name", "destructor_name"):
        name = name.replace("operator ", "operator ") if name[8:9].isspace() and name[9:10].isalpha() else name.replace(" ", "")
    return Declared(name, node, outer if outer is not None else node, "::".join(s for s in scopes if s), function, value)


def _of_conversion(node: Node) -> Node | None:
    """What holds the parameters of ``operator T*()``, behind ``*``."""
    below = node.child_by_field_name("declarator")
    while below is not None and below.type != "abstract_function_declarator":
        inner = below.child_by_field_name("declarator")
        below = inner if inner is not None else next((c for c in below.named_children if c.type.startswith("abstract_")), None)
    return below


def type_text(walk: Walk, head: Head, found: Declared) -> str:
    """The type of what is declared, as it is written, with ``*``, ``&`` and ``[3]`` of the declarator."""
    if not head.words:
        return ""
    start, end = found.declarator.start_byte, _start(found)
    before = walk.slice(start, end)
    if found.function is not None and ("(" not in before or "*" not in before):  # a blanked macro is no part: ``const char* API f()``
        before = _stars_before(walk, start) + walk.read[start:end].decode("utf-8", "backslashreplace")
    after = "" if found.function is not None else walk.slice(found.name_node.end_byte, found.declarator.end_byte)
    if after.startswith(")") and "(" not in before:  # typedef int(name)[5];
        after = after[1:]
    bits = head.width(walk, found.declarator)[1]
    if not before and not after and not bits:
        return " ".join(head.words)
    if found.function is not None and "(" in before:
        after = walk.slice(found.function.end_byte, found.declarator.end_byte)
        if not after:
            before = before.replace("(", "")
    parent = found.name_node.parent
    if found.function is None and parent is not None and parent.type == "template_function":  # bool is_a<B>
        after = walk.slice(parent.end_byte, found.declarator.end_byte)
    if "::*" in before and (match := _QUALIFIERS.match(walk.original, found.declarator.end_byte)) is not None:
        after += f" {match[0].decode()}"
    if "[[" in after:
        after = re.sub(r"\s*\[\[.*?\]\]", "", after, flags=re.DOTALL)
    if "/*" in before or "/*" in after:
        before, after = _COMMENT.sub("", before), _COMMENT.sub("", after)
    return code_line(" ".join(head.words) + "".join(before.split()) + code_line(after) + bits)


def _stars_before(walk: Walk, start: int) -> str:
    """The ``*`` that were blanked before a function whose parameters are declared between head and body."""
    shown = walk.read[max(start - 80, 0) : start]
    return "*" * walk.original.count(b"*", start - len(shown) + len(shown.rstrip()), start)


def _start(found: Declared) -> int:
    """Where the declared name begins, with the scope before it."""
    node = found.name_node
    while node.parent is not None and node.parent.type in ("qualified_identifier", "template_function", "template_method"):
        node = node.parent
    return node.start_byte


def modifiers_of(walk: Walk, node: Node, head: Head, found: Declared) -> set[str]:
    """The modifiers of a head, and ``const``, ``override``, ``= 0`` and their like of a function."""
    if found.function is None:
        return head.modifiers
    words = set(head.modifiers)
    value = node.child_by_field_name("default_value")
    if value is not None and walk.text(value) == "0":
        words.add("pure")
    holder = found.function
    if holder.type == "operator_cast":
        holder = _of_conversion(holder) or holder
    for child in holder.children:
        kind = child.type
        if kind in _BEHIND:
            words.add(walk.as_read(child))
        elif kind == "noexcept":
            words.add(kind)
    clause = _CLAUSE.match(walk.read, found.function.end_byte)
    if clause is not None:
        words.add(clause[1].decode())
    return words


def parameters_of(walk: Walk, function: Node | None) -> tuple[Parameter, ...]:
    """The parameters of a function; ``(void)`` has none."""
    if function is not None and function.type == "operator_cast":
        function = _of_conversion(function)
    if function is not None and function.type == "init_declarator":
        written = walk.text(function.child_by_field_name("value"))
        found_there = _POINTED.findall(written)
        return tuple(Parameter(name, code_line(before).replace(" (", "(") + code_line(after)) for before, name, after in found_there)
    holder = function.child_by_field_name("parameters") if function is not None else None
    found = list[Parameter]()
    for child in holder.children if holder is not None else ():
        kind = child.type
        if kind in _PARAMETERS:
            found.append(_parameter(walk, child, kind))
        elif kind in ("...", "variadic_parameter"):
            found.append(Parameter("...", kind="variadic"))
        elif kind == "identifier":  # int f(a) int a; { … }
            found.append(Parameter(walk.text(child), _old_type(walk, function, walk.text(child))))
    return () if [(p.name, p.type) for p in found] == [("", "void")] else tuple(found)


def _parameter(walk: Walk, node: Node, kind: str) -> Parameter:
    declarator, default = node.child_by_field_name("declarator"), ""
    if kind == "optional_parameter_declaration":
        default = code_line(walk.text(node.child_by_field_name("default_value")), MAX_VALUE)
        default = "{}" if default == "}" else default  # blanked before parsing
    if declarator is not None:
        before, written = _before(walk, node.start_byte, declarator.start_byte), walk.text(declarator)
        if "UNUSED" in before or "UNUSED" in written:  # void f(int UNUSED(a))
            before, written = (walk.read[n.start_byte : declarator.end_byte].decode("utf-8", "replace") for n in (node, declarator))
            before = before.removesuffix(written)
        name = written.lstrip("*& ")
        if name.isidentifier():  # nearly all
            return Parameter(name, _type_line(before) + "".join(written[: len(written) - len(name)].split()), default)
        inner = declared(walk, declarator)
        if inner is not None:
            marks = "".join(written.encode()[: inner.name_node.start_byte - declarator.start_byte].decode("utf-8", "replace").split())
            after = _type_line(_ATTRIBUTES_BEHIND.sub("", walk.slice(inner.name_node.end_byte, declarator.end_byte)))
            variadic = "variadic" if kind.startswith("variadic") else ""
            return Parameter(inner.name, _type_line(code_line(before) + _COMMENT.sub("", marks) + after), default, variadic)
    text = _ATTRIBUTES.sub("", walk.text(node))
    return Parameter("", _type_line(text.split("=")[0] if default else text), default)


def _type_line(text: str) -> str:
    """A type on one line, without the comments in it."""
    return code_line(_COMMENT.sub(" ", text).replace(" )", ")") if "/*" in text else text)


def _before(walk: Walk, start: int, end: int) -> str:
    """The type of a parameter, with the beginning of a macro around it, which was blanked: of ``FWD(T) t``, ``T`` is read."""
    text = walk.slice(start, end)
    if text.startswith("[["):
        return _ATTRIBUTES.sub("", text)
    if text.count(")") > text.count("("):
        shown = walk.read[max(start - 200, 0) : start]
        return walk.slice(start - len(shown) + len(shown.rstrip()), end)
    return text


def _old_type(walk: Walk, function: Node | None, name: str) -> str:
    """The type that stands for a parameter between head and body, as C was written before 1989."""
    for line in function.parent.named_children if function is not None and function.parent is not None else ():
        if line.type == "declaration":
            for declarator in line.children_by_field_name("declarator"):
                found = declared(walk, declarator)
                if found is not None and found.name == name:
                    return type_text(walk, head_of(walk, line, line.child_by_field_name("type")), found)
    return ""


def instantiated(walk: Walk, node: Node) -> str:
    """The ``extern template`` before an instantiation of a class, which was blanked."""
    match = _INSTANTIATED.search(walk.original, max(node.start_byte - 60, 0), node.start_byte)
    return f"{code_line(match[0].decode('ascii'))} " if match is not None else ""


def bases_of(walk: Walk, node: Node, default: str) -> tuple[Base, ...]:
    """The bases of a class, with the access that holds where none is written."""
    clause = next((c for c in node.children if c.type == "base_class_clause"), None)
    found, access, virtual = list[Base](), default, False
    for child in clause.children if clause is not None else ():
        if child.type == "access_specifier":
            access = walk.text(child)
        elif child.type == "virtual":
            virtual = True
        elif child.type == ",":
            access, virtual = default, False
        elif child.is_named and child.type != "comment":
            found.append(Base(code_line(walk.text(child)), "", access, virtual))
    return tuple(found)
