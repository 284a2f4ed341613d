import com.sun.source.tree.ImportTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.ModuleTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.Trees;
import com.sun.tools.javac.code.Flags;
import com.sun.tools.javac.tree.JCTree;
import com.sun.tools.javac.tree.JCTree.JCClassDecl;
import com.sun.tools.javac.tree.JCTree.JCCompilationUnit;
import com.sun.tools.javac.tree.JCTree.JCMethodDecl;
import com.sun.tools.javac.tree.JCTree.JCModifiers;
import com.sun.tools.javac.tree.JCTree.JCModuleDecl;
import com.sun.tools.javac.tree.JCTree.JCNewClass;
import com.sun.tools.javac.tree.JCTree.JCVariableDecl;
import com.sun.tools.javac.tree.TreeScanner;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticListener;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/**
 * What javac's parser says that files of Java declare and import.
 *
 * <p>It reads paths from its input, and writes what comparing.py describes. Run from source: {@code java --add-exports … JavaOracle.java}.
 */
final class JavaOracle {
    /** So many files go to one task, which holds all their trees. */
    private static final int AT_ONCE = 200;

    private static final Set<String> ACCESS = Set.of("public", "protected", "private");
    private static final long IMPLIED = Flags.INTERFACE | Flags.ENUM | Flags.RECORD | Flags.ANNOTATION;
    private static final long WRITTEN = Flags.ExtendedStandardFlags | Flags.SEALED | Flags.NON_SEALED | Flags.DEFAULT;

    private final Rows rows;
    private final JCCompilationUnit unit;
    private final SourcePositions positions;
    private final LineMap lines;
    private final String source;

    private JavaOracle(Rows rows, JCCompilationUnit unit, SourcePositions positions) throws IOException {
        this.rows = rows;
        this.unit = unit;
        this.positions = positions;
        this.lines = unit.getLineMap();
        this.source = unit.getSourceFile().getCharContent(true).toString();
    }

    public static void main(String[] arguments) throws IOException {
        List<String> files = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().toList();
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (int from = 0; from < files.size(); from += AT_ONCE) {
            out.print(dump(files.subList(from, Math.min(from + AT_ONCE, files.size()))));
        }
        out.flush();
    }

    private static Rows dump(List<String> files) throws IOException {
        var tool = ToolProvider.getSystemJavaCompiler();
        var manager = tool.getStandardFileManager(null, null, StandardCharsets.UTF_8);
        var problems = new HashMap<JavaFileObject, String>();
        DiagnosticListener<JavaFileObject> heard = said -> {
            if (said.getKind() == Diagnostic.Kind.ERROR && said.getSource() != null) {
                problems.putIfAbsent(said.getSource(), said.getLineNumber() + ": " + said.getMessage(Locale.ENGLISH));
            }
        };
        var options = List.of("--enable-preview", "--release", "" + Runtime.version().feature(), "-Xmaxerrs", "100000", "-proc:none");
        var objects = manager.getJavaFileObjectsFromStrings(files);
        var task = (JavacTask) tool.getTask(new StringWriter(), manager, heard, options, null, objects);
        var positions = Trees.instance(task).getSourcePositions();
        var rows = new Rows();
        var path = files.iterator();
        for (var unit : task.parse()) {
            String problem = problems.getOrDefault(unit.getSourceFile(), "");
            rows.file(path.next(), problem);
            if (problem.isEmpty()) {
                new JavaOracle(rows, (JCCompilationUnit) unit, positions).file();
            }
        }
        return rows;
    }

    private void file() {
        String scope = "";
        if (unit.getPackage() != null) {
            scope = unit.getPackage().pid.toString();
            int line = line(start(unit.getPackage().pid));
            rows.row(Map.of("kind", "package", "name", scope, "line", line, "end", lastLine()));
        }
        for (JCTree each : unit.defs) {
            if (each instanceof ImportTree statement) {
                String kind = statement.isModule() ? "module" : statement.isStatic() ? "static" : "import";
                imported(kind, statement.getQualifiedIdentifier(), each);
            } else if (each instanceof JCClassDecl type) {
                type(type, scope);
            } else if (each instanceof JCModuleDecl module) {
                module(module);
            }
        }
    }

    private void module(JCModuleDecl module) {
        declare("module", module.qualId.toString(), module, start(module.qualId), module.mods,
            Map.of("modifiers", module.getModuleType() == ModuleTree.ModuleKind.OPEN ? List.of("open") : List.of()));
        for (JCTree each : module.directives) {
            if (each instanceof JCTree.JCRequires directive) {
                imported("requires", directive.moduleName, each);
            } else if (each instanceof JCTree.JCUses directive) {
                imported("uses", directive.qualid, each);
            } else if (each instanceof JCTree.JCProvides directive) {
                imported("provides", directive.serviceName, each);
            }
        }
    }

    private void imported(String kind, Object name, JCTree statement) {
        rows.row(Map.of("kind", "import:" + kind, "name", name.toString(), "line", line(start(statement))));
    }

    private void type(JCClassDecl type, String scope) {
        if ((type.mods.flags & Flags.IMPLICIT_CLASS) != 0) { // what a compact source file declares
            type.defs.forEach(each -> member(each, type, scope, "class"));
            return;
        }
        String kind = switch (type.getKind()) {
            case ANNOTATION_TYPE -> "annotation";
            case INTERFACE -> "interface";
            case ENUM -> "enum";
            case RECORD -> "record";
            default -> "class";
        };
        String name = type.name.toString();
        String full = joined(scope, name);
        var bases = new ArrayList<String>();
        if (type.extending != null) {
            bases.add("extends " + text(type.extending));
        }
        type.implementing.forEach(each -> bases.add((kind.equals("interface") ? "extends " : "implements ") + text(each)));
        var components = type.defs.stream().filter(each -> isComponent(each, kind)).map(each -> ((JCVariableDecl) each).name.toString()).toList();
        declare(kind, full, type, wordFrom(type.pos, name), type.mods,
            Map.of("bases", bases, "parameters", components, "type_parameters", typeParameters(type.typarams)));
        type.defs.forEach(each -> member(each, type, full, kind));
    }

    private static boolean isComponent(JCTree member, String kind) {
        return kind.equals("record") && member instanceof JCVariableDecl field && (field.mods.flags & Flags.RECORD) != 0;
    }

    private void member(JCTree member, JCClassDecl around, String scope, String kind) {
        if (member instanceof JCClassDecl type) {
            type(type, scope);
        } else if (member instanceof JCVariableDecl field && (field.mods.flags & Flags.ENUM) != 0) {
            enumMember(field, scope);
        } else if (member instanceof JCVariableDecl field) {
            field(field, around, scope, kind);
        } else if (member instanceof JCMethodDecl method) {
            method(method, around, scope);
        } else if (member instanceof JCTree.JCBlock block) {
            local(block, scope);
        }
    }

    private void enumMember(JCVariableDecl field, String scope) {
        String full = joined(scope, field.name.toString());
        var made = (JCNewClass) field.init;
        long at = start(field);
        for (var annotation : field.mods.annotations) {
            at = Math.max(at, end(annotation));
        }
        field.mods.flags &= ~(Flags.STATIC | Flags.FINAL | Flags.PUBLIC); // the parser adds them
        var arguments = made.args.stream().map(this::text).toList();
        declare("enum_member", full, field, wordFrom((int) at, field.name.toString()), field.mods,
            arguments.isEmpty() ? Map.of() : Map.of("value", "(" + String.join(", ", arguments) + ")"));
        if (made.def != null) {
            made.def.defs.forEach(each -> member(each, made.def, full, "enum_member"));
        }
    }

    private void field(JCVariableDecl field, JCClassDecl around, String scope, String kind) {
        boolean component = isComponent(field, kind);
        boolean constant = !component
            && (kind.equals("interface") || kind.equals("annotation") || (field.mods.flags & Flags.STATIC) != 0 && (field.mods.flags & Flags.FINAL) != 0);
        String full = joined(scope, field.name.toString());
        declare(constant ? "constant" : "field", full, field, field.pos, field.mods,
            Map.of("type", type(field.vartype, field), "value", component ? "" : text(field.init), "end", line(end(lastBeside(field, around)) - 1)));
        local(field.init, full);
    }

    private void method(JCMethodDecl method, JCClassDecl around, String scope) {
        boolean compact = (method.mods.flags & Flags.COMPACT_RECORD_CONSTRUCTOR) != 0;
        if ((method.mods.flags & Flags.GENERATEDCONSTR) != 0 && !compact) {
            return;
        }
        boolean constructor = method.restype == null;
        String full = joined(scope, (constructor ? around.name : method.name).toString());
        var parameters = compact ? List.of() : method.params.stream().map(each -> each.name.toString()).toList();
        declare(constructor ? "constructor" : "method", full, method, method.pos, method.mods,
            Map.of("parameters", parameters, "parameter_types", compact ? List.of() : types(method.params), "variadic", compact ? List.of() : variadic(method.params),
                "type", type(method.restype, method), "value", text(method.defaultValue), "type_parameters", typeParameters(method.typarams)));
        local(method.body, full);
    }

    /** Types that are declared among statements; what classes without a name hold has none either. */
    private void local(JCTree tree, String scope) {
        new TreeScanner() {
            @Override
            public void visitClassDef(JCClassDecl type) {
                if (!type.name.isEmpty()) {
                    type(type, scope);
                }
            }

            @Override
            public void visitNewClass(JCNewClass made) {
                scan(made.encl);
                scan(made.args);
            }
        }.scan(tree);
    }

    private void declare(String kind, String name, JCTree tree, long at, JCModifiers modifiers, Map<String, Object> more) {
        var written = List.of(Flags.toString(modifiers.flags & ~IMPLIED & WRITTEN).split(" "));
        String documentation = unit.docComments == null ? null : unit.docComments.getCommentText(tree);
        var row = new LinkedHashMap<String, Object>(more);
        row.put("kind", kind);
        row.put("name", name);
        row.put("line", line(at));
        row.putIfAbsent("end", line(end(tree) - 1));
        row.put("first", line(start(tree)));
        written.stream().filter(ACCESS::contains).forEach(each -> row.put("visibility", each)); // what none means is for Gazetteer to say
        row.putIfAbsent("modifiers", written.stream().filter(each -> !each.isEmpty() && !ACCESS.contains(each)).sorted().toList());
        row.put("decorators", modifiers.annotations.stream().map(this::text).toList());
        row.put("documented", documentation != null && !documentation.isBlank());
        if (documentation != null && !documentation.isBlank()) {
            row.put("doc_words", words(documentation));
        }
        rows.row(row);
    }

    /** What documentation says, without the marks around it and between. */
    private static String words(String text) {
        String words = text.replaceAll("[^\\p{L}\\p{N}]+", "");
        return words.substring(0, Math.min(words.length(), 2000));
    }

    private List<String> types(List<JCVariableDecl> parameters) {
        return parameters.stream().map(each -> type(each.vartype, each).replace("...", "")).toList(); // which is what `variadic` says
    }

    private static List<Boolean> variadic(List<JCVariableDecl> parameters) {
        return parameters.stream().map(each -> (each.mods.flags & Flags.VARARGS) != 0).toList();
    }

    private String typeParameters(List<? extends Tree> parameters) {
        return parameters.isEmpty() ? "" : "<" + String.join(", ", parameters.stream().map(this::text).toList()) + ">";
    }

    private static String joined(String scope, String name) {
        return scope.isEmpty() ? name : scope + "." + name;
    }

    private long start(JCTree tree) {
        return positions.getStartPosition(unit, tree);
    }

    private long end(JCTree tree) {
        return positions.getEndPosition(unit, tree);
    }

    private int line(long position) {
        return position < 0 ? 0 : (int) lines.getLineNumber(position);
    }

    private int lastLine() {
        return (int) source.chars().filter(each -> each == '\n').count() + (source.endsWith("\n") ? 0 : 1);
    }

    private String text(Tree tree) {
        if (tree == null) {
            return "";
        }
        long start = positions.getStartPosition(unit, tree);
        long end = positions.getEndPosition(unit, tree);
        return start < 0 || end < start ? tree.toString() : source.substring((int) start, (int) end);
    }

    /** The last of the fields that one declaration declares, to the end of which each of them goes. */
    private JCTree lastBeside(JCVariableDecl field, JCClassDecl around) {
        JCTree last = field;
        for (JCTree each : around.defs) {
            if (each instanceof JCVariableDecl other && other.pos > field.pos && start(other) == start(field)) {
                last = each;
            }
        }
        return last;
    }

    /** The type of a field or a method; in {@code int a, b[][]} brackets behind the name belong to it. */
    private String type(JCTree type, JCTree named) {
        if (type == null || end(type) <= named.pos) {
            return text(type);
        }
        var brackets = new StringBuilder();
        JCTree of = type;
        while (of instanceof JCTree.JCArrayTypeTree array) {
            brackets.append("[]");
            of = array.elemtype;
        }
        return text(of) + brackets;
    }

    /** Where a word stands, from some place on. */
    private long wordFrom(int from, String word) {
        for (int at = source.indexOf(word, from); at >= 0; at = source.indexOf(word, at + 1)) {
            int end = at + word.length();
            boolean begins = at == 0 || !Character.isJavaIdentifierPart(source.charAt(at - 1));
            if (begins && (end == source.length() || !Character.isJavaIdentifierPart(source.charAt(end)))) {
                return at;
            }
        }
        return from;
    }
}
