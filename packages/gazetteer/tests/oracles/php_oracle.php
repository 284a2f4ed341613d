<?php
// What PHP-Parser says of files of PHP, in the form that comparing.py reads.
//
//     php php_oracle.php PHP_PARSER.phar < names of files
declare(strict_types=1);

use PhpParser\Node;
use PhpParser\Node\Expr;
use PhpParser\Node\Scalar;
use PhpParser\Node\Stmt;

require 'phar://' . $argv[1] . '/vendor/autoload.php';
ini_set('memory_limit', '2G');

final class Scope
{
    /** `$joint` stands behind the name around, as behind all that is no namespace; `$local` is set in the bodies of functions. */
    public function __construct(public string $name = '', public string $joint = '::', public bool $local = false)
    {
    }

    public function named(string $name): string
    {
        return $this->name === '' ? $name : $this->name . $this->joint . $name;
    }
}

final class Reader
{
    private const INCLUDES = [
        Expr\Include_::TYPE_INCLUDE => 'include', Expr\Include_::TYPE_INCLUDE_ONCE => 'include_once',
        Expr\Include_::TYPE_REQUIRE => 'require', Expr\Include_::TYPE_REQUIRE_ONCE => 'require_once',
    ];
    private const USES = [
        Stmt\Use_::TYPE_UNKNOWN => 'use', Stmt\Use_::TYPE_NORMAL => 'use', Stmt\Use_::TYPE_FUNCTION => 'use function',
        Stmt\Use_::TYPE_CONSTANT => 'use const',
    ];

    public array $rows = [];
    /** Variables of the file that have been given a value. */
    private array $variables = [];

    public function __construct(private string $source)
    {
    }

    // --- Noting what is found

    private function add(string $kind, string $name, Node $node, Node $at, array $details = []): void
    {
        $this->rows[] = [
            'kind' => $kind, 'name' => $name, 'line' => $at->getStartLine(), 'end' => $node->getEndLine(), 'first' => $node->getStartLine(),
        ] + $details;
    }

    private function imported(string $kind, string $name, Node $node, string $alias = ''): void
    {
        $this->rows[] = ['kind' => "import:$kind", 'name' => $name, 'line' => $node->getStartLine(), 'alias' => $alias];
    }

    private function text(Node $node): string
    {
        return substr($this->source, $node->getStartFilePos(), $node->getEndFilePos() - $node->getStartFilePos() + 1);
    }

    /** The text of a node without comments and white space. */
    private function code(Node $node): string
    {
        $found = '';
        foreach (PhpToken::tokenize('<?php ' . $this->text($node)) as $i => $token) {
            if ($i > 0 && !$token->is([T_COMMENT, T_DOC_COMMENT, T_WHITESPACE])) {
                $found .= $token->text;
            }
        }
        return $found;
    }

    private function codeOf(?Node $node): string
    {
        return $node === null ? '' : $this->code($node);
    }

    /** What comment, modifiers and attributes say of a declaration. */
    private function shared(Node $node): array
    {
        $found = ['decorators' => []];
        foreach ($node->attrGroups ?? [] as $group) {
            array_push($found['decorators'], ...array_map($this->code(...), $group->attrs));
        }
        $comments = $node->getComments();
        $last = end($comments);
        if ($last instanceof PhpParser\Comment\Doc && $last->getEndLine() === $node->getStartLine() - 1) {
            $found['doc_line'] = $last->getStartLine();
            preg_match('/^.{0,2000}/u', preg_replace('/[^\p{L}\p{N}]+/u', '', $last->getText()) ?? '', $words);
            $found['doc_words'] = $words[0];
        }
        $words = [];
        foreach (['abstract', 'final', 'static', 'readonly'] as $word) {
            $said = [$node, 'is' . ucfirst($word)];
            if (is_callable($said) && $said()) {
                $words[] = $word;
            }
        }
        sort($words);
        return $found + ['modifiers' => $words];
    }

    private function callable(Stmt\Function_|Stmt\ClassMethod $node): array
    {
        return $this->shared($node) + [
            'parameters' => $this->parameters($node),
            'parameter_types' => array_map(fn ($each) => $this->codeOf($each->type), $node->params),
            'defaults' => array_map(fn ($each) => $this->codeOf($each->default), $node->params),
            'variadic' => array_map(fn ($each) => $each->variadic, $node->params),
            'type' => $this->codeOf($node->returnType),
        ];
    }

    private static function access(Stmt\ClassMethod|Stmt\Property|Stmt\ClassConst|Node\Param $node): string
    {
        return $node->isPrivate() ? 'private' : ($node->isProtected() ? 'protected' : 'public');
    }

    // --- Statements

    /** @param Node[] $statements */
    public function file(array $statements): void
    {
        $named = array_values(array_filter($statements, fn ($each) => $each instanceof Stmt\Namespace_));
        foreach ($named as $i => $each) {
            $this->namespace($each, $named[$i + 1] ?? null);
        }
        $this->read(array_filter($statements, fn ($each) => !$each instanceof Stmt\Namespace_), new Scope());
    }

    /** One without braces goes on to the next, or to the end of the file. */
    private function namespace(Stmt\Namespace_ $node, ?Stmt\Namespace_ $next): void
    {
        if ($node->name !== null) {
            $this->add('namespace', $node->name->toString(), $node, $node->name);
            if ($node->getAttribute('kind') === Stmt\Namespace_::KIND_SEMICOLON) {
                $last = substr_count($this->source, "\n") + (str_ends_with($this->source, "\n") ? 0 : 1);
                $row = &$this->rows[array_key_last($this->rows)];
                $row['end'] = max($next === null ? $last : $next->getStartLine() - 1, $row['line']);
                $row['first'] = $row['line'];
            }
        }
        $this->read($node->stmts, new Scope($node->name?->toString() ?? '', '\\'));
    }

    private function read(mixed $what, Scope $scope): void
    {
        if (is_array($what)) {
            foreach ($what as $each) {
                $this->read($each, $scope);
            }
        } elseif ($what instanceof Node) {
            $this->node($what, $scope);
        }
    }

    private function node(Node $node, Scope $scope): void
    {
        if ($node instanceof Stmt\Use_ || $node instanceof Stmt\GroupUse) {
            $this->uses($node);
        } elseif ($node instanceof Stmt\ClassLike) {
            if ($node->name !== null) { // the members of a class without a name are not listed
                $this->type($node, $scope);
            }
        } elseif ($node instanceof Stmt\Function_) {
            $name = $scope->named($node->name->name);
            $this->add('function', $name, $node, $node->name, $this->callable($node));
            $this->read($node->stmts, new Scope($name, local: true));
        } elseif ($node instanceof Stmt\Const_) {
            foreach ($node->consts as $each) {
                $this->add('constant', $scope->named($each->name->name), $node, $each->name, ['value' => $this->code($each->value)] + $this->shared($node));
            }
        } else {
            $this->expression($node, $scope);
        }
    }

    private function expression(Node $node, Scope $scope): void
    {
        if ($node instanceof Expr\Include_) {
            $this->imported(self::INCLUDES[$node->type], $this->included($node->expr), $node);
        } elseif ($node instanceof Expr\FuncCall && $node->name instanceof Node\Name && $node->name->toLowerString() === 'define') {
            $this->defined($node);
        } elseif ($node instanceof Stmt\Expression && !$scope->local) {
            $this->variable($node);
        } elseif ($node instanceof Expr\Closure || $node instanceof Expr\ArrowFunction) {
            $scope = new Scope($scope->name, $scope->joint, true);
        }
        foreach ($node->getSubNodeNames() as $part) {
            $this->read($node->$part, $scope);
        }
    }

    private function uses(Stmt\Use_|Stmt\GroupUse $node): void
    {
        $before = $node instanceof Stmt\GroupUse ? $node->prefix->toString() . '\\' : '';
        foreach ($node->uses as $each) {
            $kind = self::USES[$node->type ?: $each->type];
            $this->imported($kind, $before . $each->name->toString(), $each, $each->alias?->name ?? '');
        }
    }

    private function included(Expr $of): string
    {
        if ($of instanceof Scalar\String_ && !str_contains($this->text($of), '\\')) {
            return $of->value;
        }
        if ($of instanceof Expr\BinaryOp\Concat && $of->right instanceof Scalar\String_ && !str_contains($this->text($of->right), '\\')) {
            if (in_array($this->code($of->left), ['__DIR__', 'dirname(__FILE__)'], true)) {
                return '__DIR__' . $of->right->value;
            }
        }
        return $this->code($of);
    }

    /** `define('NAME', value)`; the constant is of no namespace. */
    private function defined(Expr\FuncCall $node): void
    {
        $given = $node->isFirstClassCallable() ? [] : $node->getArgs();
        $name = $given[0]->value ?? null;
        if (count($given) > 1 && $name instanceof Scalar\String_ && $name->value !== '' && !str_contains($this->text($name), '\\')) {
            $this->add('constant', $name->value, $node, $name, ['value' => $this->code($given[1])]);
        }
    }

    /** The first value that a variable of the file is given. */
    private function variable(Stmt\Expression $node): void
    {
        $given = $node->expr;
        if (!$given instanceof Expr\Assign || !$given->var instanceof Expr\Variable || !is_string($given->var->name)) {
            return;
        }
        $name = $given->var->name;
        if (!isset($this->variables[$name])) {
            $this->variables[$name] = true;
            $this->add('variable', $name, $node, $given->var, ['value' => $this->code($given->expr)]);
        }
    }

    // --- Types

    private function type(Stmt\ClassLike $node, Scope $scope): void
    {
        $kind = match (true) {
            $node instanceof Stmt\Class_ => 'class',
            $node instanceof Stmt\Interface_ => 'interface',
            $node instanceof Stmt\Trait_ => 'trait',
            $node instanceof Stmt\Enum_ => 'enum',
        };
        $of = new Scope($scope->named($node->name->name));
        $this->add($kind, $of->name, $node, $node->name, ['bases' => $this->bases($node)] + $this->shared($node));
        foreach ($node->stmts as $member) {
            $this->member($member, $of);
        }
    }

    private function bases(Stmt\ClassLike $node): array
    {
        $extends = $node->extends ?? [];
        $found = [];
        foreach (is_array($extends) ? $extends : [$extends] as $each) {
            $found[] = 'extends ' . $this->code($each);
        }
        foreach ($node->implements ?? [] as $each) {
            $found[] = 'implements ' . $this->code($each);
        }
        foreach ($node->getTraitUses() as $use) {
            foreach ($use->traits as $each) {
                $found[] = 'use ' . $this->code($each);
            }
        }
        return $found;
    }

    private function member(Stmt $node, Scope $of): void
    {
        if ($node instanceof Stmt\ClassConst) {
            foreach ($node->consts as $each) {
                $this->add('constant', $of->named($each->name->name), $node, $each->name, $this->valued($node, $node->type, $each->value));
            }
        } elseif ($node instanceof Stmt\Property) {
            foreach ($node->props as $each) {
                $this->add('property', $of->named($each->name->name), $node, $each->name, $this->valued($node, $node->type, $each->default));
            }
        } elseif ($node instanceof Stmt\EnumCase) {
            $this->add('enum_member', $of->named($node->name->name), $node, $node->name, ['value' => $this->codeOf($node->expr)] + $this->shared($node));
        } elseif ($node instanceof Stmt\ClassMethod) {
            $this->method($node, $of);
        }
    }

    /** What a constant or a property is. */
    private function valued(Stmt\ClassConst|Stmt\Property|Node\Param $node, ?Node $type, ?Expr $value): array
    {
        return ['visibility' => self::access($node), 'type' => $this->codeOf($type), 'value' => $this->codeOf($value)] + $this->shared($node);
    }

    private function method(Stmt\ClassMethod $node, Scope $of): void
    {
        $kind = ['__construct' => 'constructor', '__destruct' => 'destructor'][$node->name->toLowerString()] ?? 'method';
        $name = $of->named($node->name->name);
        $this->add($kind, $name, $node, $node->name, ['visibility' => self::access($node)] + $this->callable($node));
        foreach ($node->params as $each) {
            if ($each->isPromoted()) {
                $this->add('property', $of->named($each->var->name), $each, $each->var, $this->valued($each, $each->type, $each->default));
            }
        }
        $this->read($node->stmts ?? [], new Scope($name, local: true));
    }

    private function parameters(Stmt\Function_|Stmt\ClassMethod $node): array
    {
        return array_map(fn ($each) => '$' . $each->var->name, $node->params);
    }
}

$parser = (new PhpParser\ParserFactory())->createForNewestSupportedVersion();
while (($file = fgets(STDIN)) !== false) {
    $file = rtrim($file, "\n");
    $source = file_get_contents($file);
    $reader = new Reader($source);
    $errors = new PhpParser\ErrorHandler\Collecting();
    $statements = $parser->parse($source, $errors);
    // Others say what may not be together, as statements before a namespace: what they are of has been read.
    $syntax = array_filter($errors->getErrors(), fn ($error) => str_starts_with($error->getRawMessage(), 'Syntax error'));
    $problem = $statements === null ? 'not read' : ($syntax === [] ? '' : reset($syntax)->getMessage());
    if ($problem === '') {
        $reader->file($statements);
    }
    foreach ([['file' => $file, 'problem' => $problem], ...$reader->rows] as $row) {
        echo json_encode($row, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
    }
}
