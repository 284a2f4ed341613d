import com.intellij.openapi.util.Disposer;
import com.intellij.psi.PsiComment;
import com.intellij.psi.PsiElement;
import com.intellij.psi.PsiErrorElement;
import com.intellij.psi.PsiWhiteSpace;
import com.intellij.psi.util.PsiTreeUtil;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jetbrains.kotlin.cli.FrontendConfigurationKeysKt;
import org.jetbrains.kotlin.cli.common.messages.MessageCollector;
import org.jetbrains.kotlin.cli.jvm.compiler.EnvironmentConfigFiles;
import org.jetbrains.kotlin.cli.jvm.compiler.KotlinCoreEnvironment;
import org.jetbrains.kotlin.compiler.plugin.CompilerPluginRegistrar;
import org.jetbrains.kotlin.config.CommonConfigurationKeys;
import org.jetbrains.kotlin.config.CompilerConfiguration;
import org.jetbrains.kotlin.lexer.KtModifierKeywordToken;
import org.jetbrains.kotlin.lexer.KtTokens;
import org.jetbrains.kotlin.psi.KtAnonymousInitializer;
import org.jetbrains.kotlin.psi.KtClass;
import org.jetbrains.kotlin.psi.KtClassOrObject;
import org.jetbrains.kotlin.psi.KtDeclaration;
import org.jetbrains.kotlin.psi.KtDestructuringDeclaration;
import org.jetbrains.kotlin.psi.KtDelegatedSuperTypeEntry;
import org.jetbrains.kotlin.psi.KtEnumEntry;
import org.jetbrains.kotlin.psi.KtFile;
import org.jetbrains.kotlin.psi.KtModifierList;
import org.jetbrains.kotlin.psi.KtNamedFunction;
import org.jetbrains.kotlin.psi.KtObjectDeclaration;
import org.jetbrains.kotlin.psi.KtObjectLiteralExpression;
import org.jetbrains.kotlin.psi.KtParameter;
import org.jetbrains.kotlin.psi.KtPrimaryConstructor;
import org.jetbrains.kotlin.psi.KtProperty;
import org.jetbrains.kotlin.psi.KtPsiFactory;
import org.jetbrains.kotlin.psi.KtSecondaryConstructor;
import org.jetbrains.kotlin.psi.KtSuperTypeCallEntry;
import org.jetbrains.kotlin.psi.KtTypeAlias;
import org.jetbrains.kotlin.psi.KtTypeReference;

/**
 * What the parser of Kotlin's compiler says that files declare and import.
 *
 * <p>It reads paths from its input, and writes what comparing.py describes. Run from source with the compiler's libraries on the class path.
 */
final class KotlinOracle {
    private static final Set<String> ACCESS = Set.of("public", "protected", "private", "internal");

    private final Rows rows;
    private final int[] lineStarts;
    private final int lastLine;

    private KotlinOracle(Rows rows, String source) {
        this.rows = rows;
        this.lineStarts = IntStream.concat(IntStream.of(0),
            IntStream.range(0, source.length()).filter(at -> source.charAt(at) == '\n').map(at -> at + 1)).toArray();
        this.lastLine = lineStarts.length - (source.endsWith("\n") ? 1 : 0);
    }

    public static void main(String[] arguments) throws IOException {
        List<String> files = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().toList();
        System.setProperty("idea.home.path", System.getProperty("java.io.tmpdir"));
        var configuration = new CompilerConfiguration();
        configuration.put(CommonConfigurationKeys.MESSAGE_COLLECTOR_KEY, MessageCollector.Companion.getNONE());
        FrontendConfigurationKeysKt.setExtensionsStorage(configuration, new CompilerPluginRegistrar.ExtensionStorage());
        var environment = KotlinCoreEnvironment.createForProduction(Disposer.newDisposable(), configuration, EnvironmentConfigFiles.JVM_CONFIG_FILES);
        var factory = new KtPsiFactory(environment.getProject(), false);
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String path : files) {
            var rows = new Rows();
            String source = Files.readString(Path.of(path)).replace("\r\n", "\n").replace("\r", "\n");
            new KotlinOracle(rows, source).file(path, factory.createFile(path.endsWith(".kts") ? "a.kts" : "a.kt", source));
            out.print(rows);
        }
        out.flush();
    }

    private void file(String path, KtFile file) {
        var wrong = PsiTreeUtil.findChildOfType(file, PsiErrorElement.class);
        rows.file(path, wrong == null ? "" : line(start(wrong)) + ": " + wrong.getErrorDescription());
        if (wrong != null) {
            return;
        }
        String scope = "";
        var named = file.getPackageDirective();
        if (named != null && !named.getText().isEmpty()) {
            scope = named.getFqName().asString();
            int line = line(start(named.getPackageNameExpression()));
            rows.row(Map.of("kind", "package", "name", scope, "line", line, "end", lastLine));
        }
        for (var statement : file.getImportDirectives()) {
            String name = statement.getImportedFqName() + (statement.isAllUnder() ? ".*" : "");
            rows.row(Map.of("kind", "import:import", "name", name, "line", line(start(statement.getImportedReference()))));
        }
        for (var each : file.isScript() ? file.getScript().getDeclarations() : file.getDeclarations()) {
            declaration(each, scope, false);
        }
    }

    private void declaration(KtDeclaration declaration, String scope, boolean member) {
        switch (declaration) {
            case KtEnumEntry entry -> enumMember(entry, scope);
            case KtClassOrObject type -> type(type, scope);
            case KtNamedFunction function -> function(function, scope, member);
            case KtSecondaryConstructor constructor -> {
                String full = joined(scope, "constructor");
                declare("constructor", full, constructor, constructor.getConstructorKeyword(), Map.of("parameters", names(constructor.getValueParameters())));
                local(constructor.getBodyExpression(), full);
            }
            case KtProperty property -> property(property, scope);
            case KtDestructuringDeclaration several -> {
                for (var entry : several.getEntries()) {
                    if (!"_".equals(entry.getName())) {
                        declare("property", joined(scope, entry.getName()), several, entry.getNameIdentifier(), Map.of("type", text(entry.getTypeReference())));
                    }
                }
            }
            case KtTypeAlias alias -> declare("type_alias", joined(scope, alias.getName()), alias, alias.getNameIdentifier(),
                Map.of("type", text(alias.getTypeReference()), "type_parameters", text(alias.getTypeParameterList())));
            case KtAnonymousInitializer block -> local(block.getBody(), scope);
            default -> { }
        }
    }

    private void enumMember(KtEnumEntry entry, String scope) {
        String full = joined(scope, entry.getName());
        String value = "";
        for (var each : entry.getSuperTypeListEntries()) {
            if (each instanceof KtSuperTypeCallEntry call) {
                value = text(call.getValueArgumentList());
            }
        }
        declare("enum_member", full, entry, entry.getNameIdentifier(), Map.of("value", value));
        if (entry.getBody() != null) {
            entry.getDeclarations().forEach(each -> declaration(each, full, true));
        }
    }

    private void type(KtClassOrObject type, String scope) {
        PsiElement name = type.getNameIdentifier();
        if (name == null && type.getModifierList() != null) {
            name = type.getModifierList().getModifier(KtTokens.COMPANION_KEYWORD); // a companion without a name is called that
        }
        if (name == null) {
            return;
        }
        String kind = type instanceof KtObjectDeclaration ? "object"
            : ((KtClass) type).isInterface() ? "interface"
            : ((KtClass) type).isEnum() ? "enum"
            : ((KtClass) type).isAnnotation() ? "annotation" : "class";
        String full = joined(scope, type.getNameIdentifier() == null ? "companion" : type.getName());
        var bases = new ArrayList<String>();
        for (var each : type.getSuperTypeListEntries()) {
            String how = each instanceof KtSuperTypeCallEntry ? "extends " : each instanceof KtDelegatedSuperTypeEntry ? "by " : "";
            bases.add(how + text(each.getTypeReference()));
        }
        declare(kind, full, type, name, Map.of("bases", bases, "parameters", names(type.getPrimaryConstructorParameters()),
            "type_parameters", text(type.getTypeParameterList())));
        KtPrimaryConstructor primary = type.getPrimaryConstructor();
        if (primary != null && primary.getConstructorKeyword() != null) {
            declare("constructor", joined(full, "constructor"), primary, primary.getConstructorKeyword(), Map.of("parameters", names(primary.getValueParameters())));
        }
        for (KtParameter each : type.getPrimaryConstructorParameters()) {
            if (each.hasValOrVar()) {
                declare("property", joined(full, each.getName()), each, each.getNameIdentifier(),
                    Map.of("type", text(each.getTypeReference()), "value", text(each.getDefaultValue())));
            }
        }
        type.getDeclarations().forEach(each -> declaration(each, full, true));
    }

    private void function(KtNamedFunction function, String scope, boolean member) {
        if (function.getNameIdentifier() == null) {
            local(function.getBodyExpression(), scope);
            return;
        }
        String full = joined(scope, receiver(function.getReceiverTypeReference()) + function.getName());
        declare(member ? "method" : "function", full, function, function.getNameIdentifier(), Map.of("parameters", names(function.getValueParameters()),
            "type", text(function.getTypeReference()), "type_parameters", text(function.getTypeParameterList())));
        local(function.getBodyExpression(), full);
    }

    private void property(KtProperty property, String scope) {
        if (property.getNameIdentifier() == null || "_".equals(property.getName())) {
            return;
        }
        String full = joined(scope, receiver(property.getReceiverTypeReference()) + property.getName());
        declare(property.hasModifier(KtTokens.CONST_KEYWORD) ? "constant" : "property", full, property, property.getNameIdentifier(),
            Map.of("type", text(property.getTypeReference()), "value", text(property.getInitializer()), "type_parameters", text(property.getTypeParameterList())));
        local(property.getInitializer(), full);
        local(property.getDelegate(), full);
        property.getAccessors().forEach(each -> local(each.getBodyExpression(), full));
    }

    /** Functions and types that are declared among statements; what objects without a name hold has none either. */
    private void local(PsiElement tree, String scope) {
        if (tree == null || tree instanceof KtObjectLiteralExpression) {
            return;
        }
        boolean nameless = tree instanceof KtNamedFunction function && function.getNameIdentifier() == null;
        if (!nameless && (tree instanceof KtNamedFunction || tree instanceof KtClassOrObject)) {
            declaration((KtDeclaration) tree, scope, false);
            return;
        }
        for (PsiElement each : tree.getChildren()) {
            local(each, scope);
        }
    }

    private void declare(String kind, String name, KtDeclaration declaration, PsiElement at, Map<String, Object> more) {
        PsiElement first = firstOf(declaration);
        var row = new LinkedHashMap<String, Object>(more);
        row.put("kind", kind);
        row.put("name", name);
        row.put("line", line(start(at)));
        row.put("end", line(end(declaration) - 1));
        row.put("first", line(start(first instanceof KtModifierList ? firstOf(first) : first)));
        row.put("documented", declaration.getDocComment() != null && !declaration.getDocComment().getText().replaceAll("[/*\\s]", "").isEmpty());
        if (!(declaration instanceof KtPrimaryConstructor)) { // annotations behind the name of a class are read as its own
            row.put("decorators", declaration.getAnnotationEntries().stream().map(PsiElement::getText).toList());
        }
        List<String> words = words(declaration, kind);
        words.stream().filter(ACCESS::contains).forEach(each -> row.put("visibility", each)); // what none means is for Gazetteer to say
        row.put("modifiers", words.stream().filter(each -> !ACCESS.contains(each)).sorted().toList());
        rows.row(row);
    }

    /** Modifiers; the word that is the kind itself is none, ``val``, ``var`` and the ``fun`` of an interface are. */
    private static List<String> words(KtDeclaration declaration, String kind) {
        Stream<String> more = switch (declaration) {
            case KtProperty property -> Stream.of(property.isVar() ? "var" : "val");
            case KtDestructuringDeclaration several -> Stream.of(several.isVar() ? "var" : "val");
            case KtClass type when type.isInterface() && type.getNode().findChildByType(KtTokens.FUN_KEYWORD) != null -> Stream.of("fun");
            default -> Stream.of();
        };
        KtModifierList list = declaration.getModifierList();
        Stream<String> written = list == null ? Stream.of() : Arrays.stream(list.getNode().getChildren(null))
            .filter(each -> each.getElementType() instanceof KtModifierKeywordToken)
            .map(each -> each.getText());
        return Stream.concat(more, written).filter(each -> !each.equals(kind)).toList();
    }

    /** Where a declaration ends; to the last of an enum belongs the semicolon behind it. */
    private static int end(KtDeclaration declaration) {
        PsiElement last = declaration.getLastChild();
        if (declaration instanceof KtEnumEntry) {
            while (last instanceof PsiComment || last instanceof PsiWhiteSpace || last.getText().equals(";") || last.getText().equals(",")) {
                last = last.getPrevSibling();
            }
        }
        return last.getTextRange().getEndOffset();
    }

    private static PsiElement firstOf(PsiElement tree) {
        PsiElement first = tree.getFirstChild();
        while (first instanceof PsiComment || first instanceof PsiWhiteSpace) {
            first = first.getNextSibling();
        }
        return first == null ? tree : first;
    }

    private static List<String> names(List<KtParameter> parameters) {
        return parameters.stream()
            .map(each -> each.getName() != null ? each.getName() : text(each.getDestructuringDeclaration()))
            .toList();
    }

    private static String receiver(KtTypeReference type) {
        return type == null ? "" : type.getText() + ".";
    }

    private static String joined(String scope, String name) {
        return scope.isEmpty() ? name : scope + "." + name;
    }

    private static String text(PsiElement tree) {
        return tree == null ? "" : tree.getText();
    }

    private static int start(PsiElement tree) {
        return tree.getTextRange().getStartOffset();
    }

    private int line(int offset) {
        int found = Arrays.binarySearch(lineStarts, offset);
        return found >= 0 ? found + 1 : -found - 1;
    }
}
