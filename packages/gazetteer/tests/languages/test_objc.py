"""Objective-C: types and their members by their text."""

# ruff: noqa: E501 - sources are written as texts

from __future__ import annotations

from gazetteer.extract import extract, scan
from gazetteer.model import FileRecord


def read(text: str, language: str = "objc") -> FileRecord:
    content = text.encode()
    return extract(content, language, scan(content).counts)


def test_names_that_are_announced() -> None:
    symbols = read("@class A, B<C>;\n@protocol D;\n@protocol E, F;\n@interface G : H\n- (void)i;\n@end\n").symbols
    assert [(s.kind, s.name, s.role, s.line) for s in symbols] == [
        ("class", "A", "forward", 1), ("class", "B", "forward", 1), ("protocol", "D", "forward", 2), ("protocol", "E", "forward", 3),
        ("protocol", "F", "forward", 3), ("interface", "G", "definition", 4), ("method", "i", "declaration", 5),
    ]  # fmt: skip


def test_methods_have_parameters_types_and_lines() -> None:
    text = "@interface A\n- (instancetype)b:(int)c d:(NSString *)e NS_F(1);\n+ (void)g;\n- (T)h:(T)i\n    j:(void (^)(BOOL k, NSError *_Nullable l))m __attribute__((deprecated));\n- (void)n:(id)o, ... NS_P;\n- q;\n@end\n"
    text += "@implementation A\n- (int)r {\n  if (s) {\n  }\n  return t\n    - (int)u;\n}\nint v() { return 1; }\n- (void)w { }\n@end\n"
    methods = [s for s in read(text).symbols if s.kind == "method"]
    assert [(s.name, s.line, s.end_line, s.type, [(p.name, p.type) for p in s.parameters]) for s in methods] == [
        ("b", 2, 2, "instancetype", [("c", "int"), ("e", "NSString *")]), ("g", 3, 3, "void", []),
        ("h", 4, 5, "T", [("i", "T"), ("m", "void (^)(BOOL k, NSError *_Nullable l)")]), ("n", 6, 6, "void", [("o", "id"), ("...", "")]),
        ("q", 7, 7, "", []), ("r", 10, 15, "int", []), ("w", 17, 17, "void", []),
    ]  # fmt: skip
    assert [s.modifiers for s in methods][:2] == [(), ("static",)]
    assert methods[2].signature == "- (T)h:(T)i j:(void (^)(BOOL k, NSError *_Nullable l))m __attribute__((deprecated))"
    assert "v" in [s.name for s in read(text).symbols if s.kind == "function"]


def test_fields_and_properties_have_types() -> None:
    text = "@interface A : B {\n  int c;\n@private\n  NSString *d, *e;\n@public struct { int f; } g;\n}\n"
    text += "@property (nonatomic, copy, class) NSString *h;\n@property int i, j;\n@property (copy) void (^k)(int, BOOL);\n@end\n@implementation A {\n  id l;\n}\n@end\n"
    assert [(s.kind, s.name, s.line, s.visibility, s.type, s.modifiers) for s in read(text).symbols if s.parent >= 0] == [
        ("field", "c", 2, "protected", "int", ()), ("field", "d", 4, "private", "NSString *", ()), ("field", "e", 4, "private", "NSString *", ()),
        ("field", "g", 5, "public", "struct", ()), ("property", "h", 7, "", "NSString *", ("copy", "nonatomic", "static")),
        ("property", "i", 8, "", "int", ()), ("property", "j", 8, "", "int", ()), ("property", "k", 9, "", "void (^)(int, BOOL)", ("copy",)),
        ("field", "l", 12, "private", "id", ()),
    ]  # fmt: skip


def test_comments_above_document() -> None:
    text = "#import <A.h>\n\n/// Of B.\n@interface B\n/**\n * Of c.\n * More.\n */\n- (void)c;\n// Of d,\n// too.\n@property int d;\n\n// no\n\n- (void)e; // no\n- (void)f;\n/* no */ int g;\n- (void)h;\n@end\n"
    record = read(text)
    assert {s.name: (s.doc, s.doc_line, s.doc_end) for s in record.symbols if s.doc} == {
        "B": ("Of B.", 3, 3), "c": ("Of c.\nMore.", 5, 8), "d": ("Of d,\ntoo.", 10, 11),
    }  # fmt: skip
