<?php
// What PHP 8.3, 8.4 and 8.5 brought: hooks, asymmetric visibility, typed constants, attributes of constants, the pipe, final promotion.
namespace Newer;

#[\Deprecated(since: '8.5')]
const OLD = 1;
const CLOSED = static function () { function in_constant() {} };

class Hooked
{
    const array SIZES = ['a' => 1];
    final const ?self NONE = null;

    public string $full { get => $this->first . ' ' . $this->last; set (string $value) { [$this->first, $this->last] = explode(' ', $value, 2); } }
    public private(set) int $count = 0;
    protected(set) readonly string $id;
    abstract public int $area { get; }
    final public string $name = 'n' { #[Hook] &get { return $this->name; } final set => strtolower($value); }
    public static private(set) ?int $shared = null;

    public function __construct(
        public private(set) int $a,
        final protected string $b = '' { get => $this->b; set { $this->b = $value; } },
        private(set) readonly array $c = [],
    ) {}

    #[\NoDiscard("why")] #[\Override]
    public function piped(string $in): string
    {
        return $in |> trim(...) |> (fn($x) => strtoupper($x)) |> $this->other(...);
    }

    public function copied(): static { return clone($this, ['a' => 2]); }
    public static function new(): static { return new static(1)->piped(...); }
}

interface Has { public string $name { get; set; } public int $size { get; } }
abstract class Partly { abstract protected string $x { get; set => $value; } }
trait Hooks { public int $t { get => 1; } }
(void) (new Hooked(1))->piped('x');
$made = new Hooked(1)->copied();
$dynamic = Hooked::{$name};
enum Level: int { const self DEFAULT = self::Low; case Low = 1; case High = self::Low->value + 1; }
readonly class Frozen { public function __construct(#[\SensitiveParameter] public int $n) {} }
$anonymous = new readonly class { public int $unlisted { get => 1; } };
function typed(true $a, null|false $b, (Has&\Countable)|null $c): never { throw new \Exception; }
