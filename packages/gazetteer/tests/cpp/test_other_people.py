"""What programs in C have that those which this was made for have not: held against libclang, it was read wrong once."""

from __future__ import annotations

import pytest
from test_readings import one, read, told

from gazetteer.model import FileRecord


def kinds(record: FileRecord) -> list[str]:
    return [f"{kind} {name}" for kind, name, _ in told(record)]


def test_parameters_declared_behind_the_head_of_a_function_that_gives_a_pointer():  # zlib, bash
    record = read(
        """char * ZEXPORT gets(file, buf, len)
    gzFile file;
    char *buf;
    int len;  /* so many */
{
  return buf;
}
COMMAND **
parse(string, flags)
     char *string;
     int flags;
{
}
int after;
""",
        "c",
        ("ZEXPORT __cdecl",),
    )
    assert told(record) == [("function", "gets", 1), ("function", "parse", 9), ("variable", "after", 14)]
    assert [(p.name, p.type) for p in one(record, "gets").parameters] == [("file", "gzFile"), ("buf", "char*"), ("len", "int")]
    assert (one(record, "gets").type, one(record, "parse").type) == ("char*", "COMMAND**")
    assert one(record, "gets").end_line == 7
    assert record.quality.error_bytes == 0


def test_parameters_declared_behind_the_head_of_a_function_without_a_type():
    record = read("main(argc, argv)\n  int argc;\n  char **argv;\n{\n}\n\n/* Doc. */\nstatic help(a)\n  T a;\n{\n}\n", "c")
    assert told(record) == [("function", "main", 1), ("function", "help", 8)]
    assert one(record, "help").doc == "Doc."


def test_no_parameters_are_looked_for_behind_a_prototype():
    record = read("extern char *dup(s) ATTRIBUTE;\nint b;\nstruct c {\n  int d;\n};\nchar *e(f);\n\n{\n}\n", "c", ("ATTRIBUTE",))
    assert kinds(record) == ["function dup", "variable b", "struct c", "field d", "function e"]


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_a_name_in_parentheses_behind_a_type_alone(language: str):  # Lua
    text = "LUA_API lua_Number (lua_version) (lua_State *L);\nLUA_API T *(lua_new) (void);\nint(fileno)(FILE* f);\nint (max)(int a);\n"
    record = read(text, language, ("LUA_API extern",))
    assert told(record) == [("function", "lua_version", 1), ("function", "lua_new", 2), ("function", "fileno", 3), ("function", "max", 4)]
    assert one(record, "lua_version").type == "lua_Number"
    assert one(record, "lua_version").signature == "lua_Number (lua_version) (lua_State *L)"


def test_a_call_of_a_macro_with_a_name_and_a_list_stays_one():
    record = read("DEFINE (name) (a, b);\nvoid f() {\n  return (a) (b);\n}\n")
    assert kinds(record) == ["macro_call DEFINE", "function f"]


def test_macros_around_types_that_call_such():  # FreeType
    defines = (
        'HIDDEN __attribute__((visibility("hidden")))', "HIDDEN __hidden", "HIDDEN",
        "DECLARATION( x ) extern x", 'DECLARATION( x ) extern "C" x', "LOCAL( x ) static x", "LOCAL( x ) HIDDEN DECLARATION( x )",
    )  # fmt: skip
    record = read("LOCAL( Error )\nload( Library  library );\nLOCAL( void* )\nmake( void );\n", "c", defines)
    assert told(record) == [("function", "load", 2), ("function", "make", 4)]
    assert one(record, "load").signature == "Error load(Library library)"
    assert record.quality.error_bytes == 0


def test_macros_that_take_what_they_are_given_for_a_name_and_for_an_argument():
    defines = ("JOIN( a, x ) a x", "LOCAL( x ) JOIN( x, 1 )")
    assert kinds(read("int LOCAL( f );\n", "c", defines)) != ["variable f"]


def test_functions_that_a_program_may_be_built_without():  # SQLite
    text = "#ifdef OMIT\n# define toStorage(T,X) (X)\n#else\n  i16 toStorage(Table*, i16);\n#endif\n"
    assert told(read(text, "c")) == [("macro", "toStorage", 2), ("function", "toStorage", 4)]


@pytest.mark.parametrize(("define", "word"), [("yyconst const", "yyconst"), ("awk_const const", "awk_const")])
def test_words_of_lower_case_that_stand_for_const(define: str, word: str):
    record = read(f"static {word} flex_int16_t accept[2] =\n  {{ 0, 1 }};\nstruct S {{\n  {word} size_t count;\n}};\n", "c", (define,))
    assert kinds(record) == ["variable accept", "struct S", "field count"]
    assert one(record, "count").type == "size_t"


def test_attributes_of_lower_case_are_such_where_they_are_called():  # tmux
    defines = ("printflike(a, b) __attribute__((format (printf, a, b)))",)
    record = read("static int printflike(1, 2)\nerror(const char *, ...);\nint printflike;\n", "c", defines)
    assert kinds(record) == ["function error", "variable printflike"]


def test_a_word_of_lower_case_before_a_type_may_be_a_macro():  # zlib
    record = read("local z_size_t get(int a);\nlocal const desc  d =\n{1, 2};\nlocal struct s *e[3];\nint f(void);\n", "c")
    assert kinds(record) == ["function get", "constant d", "variable e", "function f"]
    assert [s.type for s in record.symbols] == ["z_size_t", "const desc", "struct s*[3]", "int"]


def test_a_type_of_capitals_alone_on_a_line_is_no_call():  # Ruby
    record = read("VALUE\nrb_new(func_t func, VALUE obj)\n{\n  return make(alloc(func), obj, 1);\n}\nMACRO_ALONE\nstatic int a;\n", "c")
    assert told(record) == [("function", "rb_new", 2), ("macro_call", "MACRO_ALONE", 6), ("variable", "a", 7)]
    assert one(record, "rb_new").type == "VALUE"


def test_a_call_that_stands_for_the_head_of_a_function():  # libpng
    defines = ("FUNCTION(type, name, args, attributes) attributes type name args", "API __cdecl", "PRIVATE __attribute__((malloc))")
    text = "FUNCTION(voidp,API\ncreate,(charp version, voidp error),PRIVATE)\n{\n  return 0;\n}\nvoid API\nfree_it(voidp a)\n{\n}\n"
    record = read(text, "c", defines)
    assert told(record) == [("macro_call", "FUNCTION", 1), ("function", "create", 2), ("function", "free_it", 7)]
    assert (one(record, "create").type, one(record, "create").end_line) == ("voidp", 5)
    assert [p.name for p in one(record, "create").parameters] == ["version", "error"]


def test_what_is_given_to_a_call_may_be_an_attribute():  # libpng
    defines = ("EXPORT(type, name, args, attributes) extern attributes type name args", "ALLOCATED __attribute__((malloc))")
    record = read("EXPORT(voidp, calloc_it, (int size), ALLOCATED);\nint a;\n", "c", defines)
    assert kinds(record) == ["macro_call EXPORT", "function calloc_it", "variable a"]


def test_a_macro_of_lower_case_that_declares_is_called_on_a_line_of_its_own():  # gawk
    define = "def_func(name, op) bool name(double left, double right) { return left op right; }"
    record = read("def_func(eq, ==)\ndef_func(ne, !=)\n\nint main()\n{\n  return eq(1, 2);\n}\n", "c", (define,))
    assert kinds(record) == ["macro_call def_func", "function eq", "macro_call def_func", "function ne", "function main"]


def test_a_macro_whose_whole_body_is_a_prototype_declares():  # systemd
    record = read(
        "PARSER(parse_a);\nPARSER(parse_b);\n", "c", ("PARSER(f) int f(PARSER_ARGUMENTS)", "PARSER_ARGUMENTS const char *a, void *b")
    )
    assert kinds(record) == ["macro_call PARSER", "function parse_a", "macro_call PARSER", "function parse_b"]


def test_macros_of_mixed_case_call_others():  # Python
    defines = ("PyDoc_VAR(name) static const char name[]", "PyDoc_STR(str) str", "PyDoc_STRVAR(name,str) PyDoc_VAR(name) = PyDoc_STR(str)")
    record = read('PyDoc_STRVAR(clock_doc,\n"clock() -> float");\n', "c", defines)
    assert kinds(record) == ["macro_call PyDoc_STRVAR", "variable clock_doc"] or kinds(record) == [
        "macro_call PyDoc_STRVAR",
        "constant clock_doc",
    ]


def test_words_of_comments_are_no_enumerations():  # FreeType
    text = "/*\n * @enum:\n *   Orientation\n */\ntypedef enum  Orientation_\n{\n  TRUETYPE = 0,\n\n} Orientation;\n"
    text += "enum : unsigned long { A };\n"
    record = read(text, "c")
    assert kinds(record) == ["enum Orientation_", "enum_member TRUETYPE", "type_alias Orientation", "enum ", "enum_member A"]


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_enumerations_with_a_base_and_no_name(language: str):
    record = read("enum : unsigned char { A };\nstruct S {\n  enum : short int { B };\n};\nenum C : unsigned long { D };\n", language)
    assert [(s.kind, s.name, s.type) for s in record.symbols if s.kind == "enum"] == [
        ("enum", "", "unsigned char"), ("enum", "", "short int"), ("enum", "C", "unsigned long"),
    ]  # fmt: skip
    assert (record.quality.error_bytes, record.quality.missing) == (0, 0)


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_signatures_of_heads_that_conditions_split_have_their_own_branch_alone(language: str):
    record = read("#if A\nint split(int a,\n#else\nlong split(long a,\n#endif\n          int b)\n{\n  return 0;\n}\n", language)
    assert [(s.signature, s.condition) for s in record.symbols] == [
        ("int split(int a, int b)", "A"), ("long split(long a, int b)", "!A"),
    ]  # fmt: skip


def test_a_variable_of_a_thread():
    assert one(read("_Thread_local static int tls = 3;\n", "c"), "tls").modifiers == ("_Thread_local", "static")


def test_a_macro_with_one_name_before_a_body_is_a_call():  # systemd
    record = read("TEST(steal_first) {\n  int a;\n}\nstatic int b;\n", "c")
    assert [(s.kind, s.name, s.line, s.end_line) for s in record.symbols] == [("macro_call", "TEST", 1, 3), ("variable", "b", 4, 4)]
