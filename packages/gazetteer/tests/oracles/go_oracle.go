// What go/parser says that files of Go declare and import: it reads paths from its input, and writes what comparing.py describes.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"reflect"
	"strings"
	"unicode"
)

type row map[string]any

// A reader writes what one file declares.
type reader struct {
	files    *token.FileSet
	output   *json.Encoder
	source   []byte
	comments []*ast.CommentGroup
}

func main() {
	buffered := bufio.NewWriter(os.Stdout)
	defer buffered.Flush()
	output := json.NewEncoder(buffered)
	paths := bufio.NewScanner(os.Stdin)
	for paths.Scan() {
		files := token.NewFileSet()
		source, _ := os.ReadFile(paths.Text())
		file, err := parser.ParseFile(files, paths.Text(), source, parser.ParseComments|parser.SkipObjectResolution)
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		_ = output.Encode(row{"file": paths.Text(), "problem": problem})
		if err == nil {
			(&reader{files, output, source, file.Comments}).file(file)
		}
	}
}

func (r *reader) file(file *ast.File) {
	r.declare("package", file.Name.Name, file.Name, row{"documented": documented(file.Doc)})
	for _, declaration := range file.Decls {
		switch declared := declaration.(type) {
		case *ast.FuncDecl:
			r.function(declared)
		case *ast.GenDecl:
			switch declared.Tok {
			case token.IMPORT:
				r.imports(declared)
			case token.TYPE:
				r.types(declared, "")
			default:
				r.values(declared)
			}
		}
	}
}

func (r *reader) imports(declared *ast.GenDecl) {
	for _, spec := range declared.Specs {
		imported := spec.(*ast.ImportSpec)
		alias := ""
		if imported.Name != nil {
			alias = imported.Name.Name
		}
		path := imported.Path.Value
		_ = r.output.Encode(row{"kind": "import:import", "name": path[1 : len(path)-1], "line": r.line(imported.Pos()), "alias": alias})
	}
}

func (r *reader) function(declared *ast.FuncDecl) {
	kind, name := "function", declared.Name.Name
	if declared.Recv != nil && len(declared.Recv.List) > 0 {
		kind, name = "method", receiver(declared.Recv.List[0].Type)+"."+name
	}
	role := ""
	if declared.Body == nil {
		role = "declaration"
	}
	r.declare(kind, name, declared.Name, row{
		"first": r.line(declared.Pos()), "end": r.line(declared.End() - 1), "documented": documented(declared.Doc), "role": role,
		"doc_words": words(declared.Doc), "parameters": append(names(declared.Recv), names(declared.Type.Params)...),
		"parameter_types": append(r.typesOf(declared.Recv), r.typesOf(declared.Type.Params)...), "type": r.results(declared.Type),
		"type_parameters": r.generic(declared.Type.TypeParams),
	})
	if declared.Body != nil {
		r.local(declared.Body, name+".")
	}
}

// types writes the types of one declaration; names of those in functions begin with the function's.
func (r *reader) types(declared *ast.GenDecl, prefix string) {
	for _, spec := range declared.Specs {
		each := spec.(*ast.TypeSpec)
		where, above := place(declared, each)
		name := prefix + each.Name.Name
		facts := row{"first": r.line(where.Pos()), "end": r.line(where.End() - 1), "documented": documented(each.Doc, above),
			"doc_words": words(each.Doc, above), "type_parameters": r.generic(each.TypeParams)}
		switch of := each.Type.(type) {
		case *ast.StructType:
			if each.Assign == token.NoPos {
				facts["bases"] = r.embedded(of.Fields)
				r.declare("struct", name, each.Name, facts)
				r.fields(of.Fields, name)
				continue
			}
		case *ast.InterfaceType:
			if each.Assign == token.NoPos {
				facts["bases"] = r.embedded(of.Methods)
				r.declare("interface", name, each.Name, facts)
				r.fields(of.Methods, name)
				continue
			}
		}
		facts["type"] = r.written(each.Type)
		r.declare("type_alias", name, each.Name, facts)
		r.membersOf(each.Type, name)
	}
}

// embedded gives the types that a struct or an interface takes in, less sets of types.
func (r *reader) embedded(fields *ast.FieldList) []string {
	found := []string{}
	for _, field := range fields.List {
		switch field.Type.(type) {
		case *ast.BinaryExpr, *ast.UnaryExpr:
		default:
			if len(field.Names) == 0 {
				found = append(found, "embeds "+r.code(field.Type))
			}
		}
	}
	return found
}

func (r *reader) fields(fields *ast.FieldList, around string) {
	for _, field := range fields.List {
		for _, name := range field.Names {
			full := around + "." + name.Name
			facts := row{"end": r.line(field.End() - 1), "documented": documented(field.Doc, field.Comment), "doc_words": words(field.Doc, field.Comment)}
			if function, ok := field.Type.(*ast.FuncType); ok && function.Func == token.NoPos {
				facts["parameters"], facts["parameter_types"], facts["type"] = names(function.Params), r.typesOf(function.Params), r.results(function)
				r.declare("method", full, name, facts)
				continue
			}
			facts["type"] = r.written(field.Type)
			r.declare("field", full, name, facts)
			r.membersOf(field.Type, full)
		}
	}
}

// membersOf writes the members of the type without a name that something is made of.
func (r *reader) membersOf(expression ast.Expr, around string) {
	for {
		switch of := expression.(type) {
		case *ast.StarExpr:
			expression = of.X
		case *ast.ParenExpr:
			expression = of.X
		case *ast.ArrayType:
			expression = of.Elt
		case *ast.MapType:
			expression = of.Value
		case *ast.ChanType:
			expression = of.Value
		case *ast.StructType:
			r.fields(of.Fields, around)
			return
		case *ast.InterfaceType:
			r.fields(of.Methods, around)
			return
		default:
			return
		}
	}
}

func (r *reader) values(declared *ast.GenDecl) {
	kind := "variable"
	if declared.Tok == token.CONST {
		kind = "constant"
	}
	var repeated []ast.Expr // what a constant without a value has is that of the one before it
	var repeatedType ast.Expr
	for _, spec := range declared.Specs {
		each := spec.(*ast.ValueSpec)
		where, above := place(declared, each)
		values := each.Values
		if declared.Tok == token.CONST {
			if len(values) > 0 || each.Type != nil {
				repeated, repeatedType = values, each.Type
			} else {
				values = repeated
			}
		}
		for i, name := range each.Names {
			if name.Name == "_" {
				continue
			}
			facts := row{"first": r.line(where.Pos()), "end": r.line(where.End() - 1), "documented": documented(each.Doc, above, each.Comment),
				"doc_words": words(each.Doc, above, each.Comment)}
			var value ast.Expr
			if len(values) == len(each.Names) {
				value = values[i]
			}
			facts["value"], facts["type"] = r.written(value), r.written(each.Type)
			if each.Type == nil && declared.Tok == token.CONST {
				facts["type"] = r.written(repeatedType)
			}
			r.declare(kind, name.Name, name, facts)
			r.membersOf(typeOf(each.Type, value), name.Name)
		}
		for i, value := range each.Values {
			prefix := ""
			if len(each.Values) == len(each.Names) && each.Names[i].Name != "_" {
				prefix = each.Names[i].Name + "."
			}
			r.local(value, prefix)
		}
	}
}

// typeOf gives the type that is written for a value, or that its literal has.
func typeOf(written, value ast.Expr) ast.Expr {
	if written != nil {
		return written
	}
	if address, ok := value.(*ast.UnaryExpr); ok && address.Op == token.AND {
		value = address.X
	}
	if literal, ok := value.(*ast.CompositeLit); ok {
		return literal.Type
	}
	return nil
}

// local writes the types that are declared in a body.
func (r *reader) local(body ast.Node, prefix string) {
	ast.Inspect(body, func(node ast.Node) bool {
		if declared, ok := node.(*ast.GenDecl); ok && declared.Tok == token.TYPE {
			r.types(declared, prefix)
			return false
		}
		return true
	})
}

func (r *reader) declare(kind, name string, at *ast.Ident, facts row) {
	facts["kind"], facts["name"], facts["line"] = kind, name, r.line(at.Pos())
	if _, ok := facts["end"]; !ok {
		facts["end"] = r.line(at.End() - 1)
	}
	_ = r.output.Encode(facts)
}

// place says where what one part of a declaration declares is: the whole, with its comment, where it is the only one.
func place(declared *ast.GenDecl, spec ast.Node) (ast.Node, *ast.CommentGroup) {
	if len(declared.Specs) == 1 {
		return declared, declared.Doc
	}
	return spec, nil
}

func receiver(expression ast.Expr) string {
	for {
		switch of := expression.(type) {
		case *ast.StarExpr:
			expression = of.X
		case *ast.ParenExpr:
			expression = of.X
		case *ast.IndexExpr:
			expression = of.X
		case *ast.IndexListExpr:
			expression = of.X
		case *ast.Ident:
			return of.Name
		default:
			return fmt.Sprintf("a receiver that is %T", expression)
		}
	}
}

func names(fields *ast.FieldList) []string {
	found := []string{}
	if fields == nil {
		return found
	}
	for _, field := range fields.List {
		if len(field.Names) == 0 {
			found = append(found, "")
		}
		for _, name := range field.Names {
			found = append(found, name.Name)
		}
	}
	return found
}

// typesOf gives the type of each parameter; dots before one say that there may be several, and are no part of it.
func (r *reader) typesOf(fields *ast.FieldList) []string {
	found := []string{}
	if fields == nil {
		return found
	}
	for _, field := range fields.List {
		of := field.Type
		if several, ok := of.(*ast.Ellipsis); ok {
			of = several.Elt
		}
		for i := 0; i < len(field.Names) || i == 0; i++ {
			found = append(found, r.written(of))
		}
	}
	return found
}

func (r *reader) results(function *ast.FuncType) string {
	if function.Results == nil {
		return ""
	}
	return r.written(function.Results)
}

func (r *reader) generic(fields *ast.FieldList) string {
	if fields == nil {
		return ""
	}
	return r.written(fields)
}

// written gives what stands in the file, without comments.
func (r *reader) written(node ast.Node) string {
	if node == nil || reflect.ValueOf(node).IsNil() {
		return ""
	}
	start, end := r.files.PositionFor(node.Pos(), false).Offset, r.files.PositionFor(node.End(), false).Offset
	var text bytes.Buffer
	for _, group := range r.comments {
		for _, comment := range group.List {
			from, to := r.files.PositionFor(comment.Pos(), false).Offset, r.files.PositionFor(comment.End(), false).Offset
			if from >= start && to <= end {
				text.Write(r.source[start:from])
				start = to
			}
		}
	}
	text.Write(r.source[start:end])
	return text.String()
}

// words gives what the first of some comments says, without the marks around it and between.
func words(groups ...*ast.CommentGroup) string {
	for _, group := range groups {
		if group == nil || strings.TrimSpace(group.Text()) == "" {
			continue
		}
		found := []rune{}
		for _, each := range group.Text() {
			if (unicode.IsLetter(each) || unicode.IsNumber(each)) && len(found) < 2000 {
				found = append(found, each)
			}
		}
		return string(found)
	}
	return ""
}

func documented(groups ...*ast.CommentGroup) bool {
	for _, group := range groups {
		if group != nil && strings.TrimSpace(group.Text()) != "" {
			return true
		}
	}
	return false
}

func (r *reader) code(node ast.Node) string {
	var text bytes.Buffer
	_ = printer.Fprint(&text, token.NewFileSet(), node)
	return text.String()
}

// line leaves directives (//line) aside.
func (r *reader) line(at token.Pos) int {
	return r.files.PositionFor(at, false).Line
}
