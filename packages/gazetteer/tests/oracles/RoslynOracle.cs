using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

/// <summary>What Roslyn says that files of C# declare and import.</summary>
/// <remarks>It reads paths from its input, and writes what comparing.py describes. Nothing is defined: lines in branches that are not taken
/// are given as unread.</remarks>
sealed class RoslynOracle {
    static readonly string[] Naming = { "param", "typeparam", "exception", "permission" };
    static readonly string[] Access = { "public", "private", "protected", "internal", "file" };

    readonly TextWriter output;
    readonly SyntaxTree tree;

    RoslynOracle(TextWriter output, SyntaxTree tree) {
        this.output = output;
        this.tree = tree;
    }

    static void Main() {
        var options = new CSharpParseOptions(LanguageVersion.Preview, DocumentationMode.Parse, SourceCodeKind.Regular, new string[0]);
        using (var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false))) {
            for (string path = Console.ReadLine(); path != null; path = Console.ReadLine()) {
                var tree = CSharpSyntaxTree.ParseText(File.ReadAllText(path), options);
                var wrong = tree.GetDiagnostics().FirstOrDefault(each => each.Severity == DiagnosticSeverity.Error);
                Write(output, new Row { { "file", path }, { "problem", wrong == null ? "" : wrong.ToString() } });
                if (wrong == null) new RoslynOracle(output, tree).Unit();
            }
        }
    }

    void Unit() {
        var unit = (CompilationUnitSyntax)tree.GetRoot();
        foreach (var trivia in unit.DescendantTrivia().Where(each => each.IsKind(SyntaxKind.DisabledTextTrivia)))
            Write(output, new Row { { "kind", "unread" }, { "name", "" }, { "line", Line(trivia.SpanStart) }, { "end", Line(trivia.Span.End - 1) } });
        Imports(unit.Usings, unit.Externs);
        Members(unit.Members, "");
    }

    void Imports(SyntaxList<UsingDirectiveSyntax> usings, SyntaxList<ExternAliasDirectiveSyntax> externs) {
        foreach (var each in externs) Import("extern alias", each.Identifier.Text, each);
        foreach (var each in usings) {
            string kind = "using";
            if (!each.StaticKeyword.IsKind(SyntaxKind.None)) kind = "using static";
            if (!each.GlobalKeyword.IsKind(SyntaxKind.None)) kind = "global " + kind;
            // Roslyn from 4.4 on has aliases of any types, which have no names.
            var target = typeof(UsingDirectiveSyntax).GetProperty("NamespaceOrType");
            Import(kind, (target == null ? each.Name : target.GetValue(each)).ToString(), each);
        }
    }

    void Import(string kind, string name, SyntaxNode node) {
        Write(output, new Row { { "kind", "import:" + kind }, { "name", name }, { "line", Line(node.SpanStart) } });
    }

    void Members(SyntaxList<MemberDeclarationSyntax> members, string scope) {
        foreach (var each in members) Member(each, scope);
    }

    void Member(MemberDeclarationSyntax member, string scope) {
        if (member is BaseNamespaceDeclarationSyntax) Namespace((BaseNamespaceDeclarationSyntax)member, scope);
        else if (member is TypeDeclarationSyntax) Type((TypeDeclarationSyntax)member, scope);
        else if (member is EnumDeclarationSyntax) Enum((EnumDeclarationSyntax)member, scope);
        else if (member is DelegateDeclarationSyntax) {
            var made = (DelegateDeclarationSyntax)member;
            var row = Declared("delegate", Joined(scope, made.Identifier.Text), made, made.Identifier, made.Modifiers, made.AttributeLists);
            Write(output, Typed(row, made.ReturnType, made.ParameterList, made.TypeParameterList));
        } else if (member is BaseFieldDeclarationSyntax) Fields((BaseFieldDeclarationSyntax)member, scope);
        else if (member is BasePropertyDeclarationSyntax) Property((BasePropertyDeclarationSyntax)member, scope);
        else if (member is BaseMethodDeclarationSyntax) Method((BaseMethodDeclarationSyntax)member, scope);
        else if (member is GlobalStatementSyntax) Locals(member, scope);
    }

    void Namespace(BaseNamespaceDeclarationSyntax node, string scope) {
        string full = Joined(scope, node.Name.ToString());
        int end = node is FileScopedNamespaceDeclarationSyntax ? LastLine() : Line(node.Span.End - 1);
        Write(output, new Row { { "kind", "namespace" }, { "name", full }, { "line", Line(node.Name.SpanStart) }, { "end", end } });
        Imports(node.Usings, node.Externs);
        Members(node.Members, full);
    }

    void Type(TypeDeclarationSyntax type, string scope) {
        string kind = type is ClassDeclarationSyntax ? "class" : type is StructDeclarationSyntax ? "struct" : type is InterfaceDeclarationSyntax ? "interface" : "record";
        string full = Joined(scope, type.Identifier.Text);
        // Roslyn from 4.5 on has parameters of classes.
        var property = typeof(TypeDeclarationSyntax).GetProperty("ParameterList");
        var record = type as RecordDeclarationSyntax;
        var parameters = property != null ? (ParameterListSyntax)property.GetValue(type) : record == null ? null : record.ParameterList;
        var row = Declared(kind, full, type, type.Identifier, type.Modifiers, type.AttributeLists);
        if (record != null && record.ClassOrStructKeyword.IsKind(SyntaxKind.StructKeyword))
            row["modifiers"] = ((string[])row["modifiers"]).Append("struct").ToArray();
        row["bases"] = type.BaseList == null ? new string[0] : type.BaseList.Types.Select(each => each.Type.ToString()).ToArray();
        Write(output, Typed(row, null, parameters, type.TypeParameterList));
        if (record != null && parameters != null)
            foreach (var each in parameters.Parameters) {
                var component = Declared("property", Joined(full, each.Identifier.Text), each, each.Identifier, new SyntaxTokenList(), each.AttributeLists);
                component.Remove("documented"); // a comment before the first stands before the record's parenthesis for Roslyn
                component["visibility"] = "public";
                Write(output, Typed(component, each.Type, null, null));
            }
        Members(type.Members, full);
    }

    void Enum(EnumDeclarationSyntax type, string scope) {
        string full = Joined(scope, type.Identifier.Text);
        var row = Declared("enum", full, type, type.Identifier, type.Modifiers, type.AttributeLists);
        row["type"] = type.BaseList == null ? "" : type.BaseList.Types[0].ToString();
        Write(output, row);
        foreach (var each in type.Members) {
            var member = Declared("enum_member", Joined(full, each.Identifier.Text), each, each.Identifier, each.Modifiers, each.AttributeLists);
            Write(output, Valued(member, each.EqualsValue));
        }
    }

    void Fields(BaseFieldDeclarationSyntax fields, string scope) {
        string kind = fields is EventFieldDeclarationSyntax ? "event" : fields.Modifiers.Any(SyntaxKind.ConstKeyword) ? "constant" : "field";
        foreach (var each in fields.Declaration.Variables) {
            var row = Declared(kind, Joined(scope, each.Identifier.Text), fields, each.Identifier, fields.Modifiers, fields.AttributeLists);
            Write(output, Valued(Typed(row, fields.Declaration.Type, null, null), each.Initializer));
        }
    }

    void Property(BasePropertyDeclarationSyntax node, string scope) {
        var property = node as PropertyDeclarationSyntax;
        var indexer = node as IndexerDeclarationSyntax;
        var name = property != null ? property.Identifier : indexer != null ? indexer.ThisKeyword : ((EventDeclarationSyntax)node).Identifier;
        string kind = node is EventDeclarationSyntax ? "event" : "property";
        string full = Joined(scope, Explicit(node.ExplicitInterfaceSpecifier) + name.Text);
        var row = Typed(Declared(kind, full, node, name, node.Modifiers, node.AttributeLists), node.Type, null, null);
        if (indexer != null) Given(row, indexer.ParameterList.Parameters);
        Write(output, Valued(row, property == null ? null : property.Initializer));
        if (node.AccessorList != null) Locals(node.AccessorList, full);
    }

    void Method(BaseMethodDeclarationSyntax node, string scope) {
        var method = node as MethodDeclarationSyntax;
        var constructor = node as ConstructorDeclarationSyntax;
        var destructor = node as DestructorDeclarationSyntax;
        var operation = node as OperatorDeclarationSyntax;
        var conversion = node as ConversionOperatorDeclarationSyntax;
        string kind = method != null ? "method" : constructor != null ? "constructor" : destructor != null ? "destructor" : "operator";
        SyntaxToken at;
        string name;
        TypeSyntax type = null;
        if (method != null) { at = method.Identifier; name = Explicit(method.ExplicitInterfaceSpecifier) + at.Text; type = method.ReturnType; }
        else if (constructor != null) { at = constructor.Identifier; name = at.Text; }
        else if (destructor != null) { at = destructor.Identifier; name = "~" + at.Text; }
        else if (operation != null) {
            at = operation.OperatorKeyword;
            name = Explicit(operation.ExplicitInterfaceSpecifier) + "operator " + operation.OperatorToken.Text;
            type = operation.ReturnType;
        } else {
            at = conversion.OperatorKeyword;
            name = Explicit(conversion.ExplicitInterfaceSpecifier) + "operator " + conversion.Type;
            type = conversion.Type;
        }
        var modifiers = conversion == null ? node.Modifiers : node.Modifiers.Add(conversion.ImplicitOrExplicitKeyword);
        string full = Joined(scope, name);
        var row = Declared(kind, full, node, at, modifiers, node.AttributeLists);
        if (node.ParameterList.Parameters.Any(each => each.Modifiers.Any(SyntaxKind.ThisKeyword)))
            row["modifiers"] = ((string[])row["modifiers"]).Prepend("extension").ToArray();
        Write(output, Typed(row, type, node.ParameterList, method == null ? null : method.TypeParameterList));
        Locals(node, full);
    }

    /// <summary>Functions that are declared among statements, not those among the statements of a lambda.</summary>
    void Locals(SyntaxNode body, string scope) {
        foreach (var each in body.ChildNodes()) {
            var function = each as LocalFunctionStatementSyntax;
            if (function == null) {
                if (!(each is ExpressionSyntax)) Locals(each, scope);
                continue;
            }
            string full = Joined(scope, function.Identifier.Text);
            var row = Declared("function", full, function, function.Identifier, function.Modifiers, function.AttributeLists);
            Write(output, Typed(row, function.ReturnType, function.ParameterList, function.TypeParameterList));
            Locals(function, full);
        }
    }

    Row Declared(string kind, string name, SyntaxNode node, SyntaxToken at, SyntaxTokenList modifiers, SyntaxList<AttributeListSyntax> attributes) {
        var words = modifiers.Select(each => each.Text).ToArray();
        var row = new Row {
            { "kind", kind }, { "name", name }, { "line", Line(at.SpanStart) }, { "end", Line(Math.Max(node.Span.End - 1, node.SpanStart)) },
            { "first", Line(node.SpanStart) },
            { "documented", node.GetLeadingTrivia().Any(each => each.GetStructure() is DocumentationCommentTriviaSyntax && each.ToString().Any(char.IsLetterOrDigit)) },
        };
        // Those in a branch that is not taken are found by Gazetteer.
        if (!node.DescendantTrivia(TextSpan.FromBounds(node.FullSpan.Start, at.SpanStart)).Any(each => each.IsKind(SyntaxKind.DisabledTextTrivia)))
            row["decorators"] = attributes.SelectMany(each => each.Attributes).Select(each => each.ToString()).ToArray();
        var comments = node.GetLeadingTrivia().Select(each => each.GetStructure()).OfType<DocumentationCommentTriviaSyntax>();
        // What is in another file Gazetteer does not read.
        if (comments.Any() && !comments.Last().ToString().Contains("<include ")) row["doc_words"] = Words(comments.Last());
        row["modifiers"] = words.Where(each => !Access.Contains(each)).OrderBy(each => each, StringComparer.Ordinal).ToArray();
        string visibility = string.Join(" ", words.Where(Access.Contains));
        if (visibility != "") row["visibility"] = visibility; // what none that is written means is for Gazetteer to say
        return row;
    }

    /// <summary>What the elements of a comment hold, and what their attributes refer to.</summary>
    static string Words(DocumentationCommentTriviaSyntax comment) {
        var said = new StringBuilder();
        foreach (var each in comment.DescendantNodesAndTokens()) {
            if (each.IsKind(SyntaxKind.XmlTextLiteralToken) && !(each.Parent is XmlAttributeSyntax)) said.Append(each.AsToken().ValueText);
            else if (each.IsKind(SyntaxKind.XmlEntityLiteralToken)) said.Append(each.AsToken().ValueText);
            else if (each.AsNode() is XmlElementStartTagSyntax) {
                var tag = (XmlElementStartTagSyntax)each.AsNode();
                string name = tag.Name.ToString();
                if (name == "returns") said.Append("Returns");
                if (Naming.Contains(name)) said.Append(Named(tag.Attributes));
            } else if (each.AsNode() is XmlEmptyElementSyntax) said.Append(Named(((XmlEmptyElementSyntax)each.AsNode()).Attributes));
        }
        string words = new string(said.ToString().Where(char.IsLetterOrDigit).ToArray());
        return words.Substring(0, Math.Min(words.Length, 2000));
    }

    static string Named(SyntaxList<XmlAttributeSyntax> attributes) {
        if (attributes.Count == 0) return "";
        string text = attributes[0].ToString(), value = text.Substring(text.IndexOf('=') + 1).Trim().Trim('"');
        return value.Length > 1 && value[1] == ':' ? value.Substring(2) : value;
    }

    static Row Typed(Row row, TypeSyntax type, ParameterListSyntax parameters, TypeParameterListSyntax typeParameters) {
        row["type"] = type == null ? "" : type.ToString();
        Given(row, parameters == null ? new SeparatedSyntaxList<ParameterSyntax>() : parameters.Parameters);
        row["type_parameters"] = typeParameters == null ? "" : typeParameters.ToString();
        return row;
    }

    static void Given(Row row, SeparatedSyntaxList<ParameterSyntax> parameters) {
        row["parameters"] = parameters.Select(each => each.Identifier.Text).ToArray();
        row["parameter_types"] = parameters.Select(each => each.Type == null ? "" : each.Type.ToString()).ToArray();
        row["defaults"] = parameters.Select(each => each.Default == null ? "" : each.Default.Value.ToString()).ToArray();
    }

    static Row Valued(Row row, EqualsValueClauseSyntax value) {
        row["value"] = value == null ? "" : value.Value.ToString();
        return row;
    }

    static string Explicit(ExplicitInterfaceSpecifierSyntax specifier) {
        return specifier == null ? "" : specifier.Name + ".";
    }

    static string Joined(string scope, string name) {
        return scope == "" ? name : scope + "." + name;
    }

    int Line(int position) {
        return tree.GetText().Lines.GetLineFromPosition(position).LineNumber + 1;
    }

    int LastLine() {
        var text = tree.GetText().ToString();
        return text.Count(each => each == '\n') + (text.EndsWith("\n") ? 0 : 1);
    }

    sealed class Row : Dictionary<string, object> { }

    static void Write(TextWriter output, Row row) {
        output.Write("{" + string.Join(", ", row.Select(each => Quoted(each.Key) + ": " + Json(each.Value))) + "}\n");
    }

    static string Json(object value) {
        if (value is string) return Quoted((string)value);
        if (value is IEnumerable<string>) return "[" + string.Join(", ", ((IEnumerable<string>)value).Select(Quoted)) + "]";
        return value.ToString().ToLowerInvariant();
    }

    static string Quoted(string text) {
        var result = new StringBuilder("\"");
        foreach (char each in text) {
            if (each == '"' || each == '\\') result.Append('\\').Append(each);
            else if (each < ' ' || each > '~') result.AppendFormat("\\u{0:x4}", (int)each);
            else result.Append(each);
        }
        return result.Append('"').ToString();
    }
}
