<p>class InMarkup {}</p>
<?php

declare(strict_types=1);

/** Of the file. */

namespace App\Größe;

use A\B, C\D as E;
use function A\f, A\g as h;
use const A\X;
use A\{B2, C\D2 as E2, function k, const Y};
use function F\{ l, m as n };

const ONE = 1, TWO = 2;
define('DEFINED', 3);
\define("QUOTED", 4, true);
define($dynamic, 5);
if (!defined('LATER')) {
    define('LATER', 6);
}
require 'a.php'; require_once __DIR__ . '/b.php';
include (dirname(__FILE__) . "/c.php");
include_once $where . '/d.php';
$config = include 'config.php';
$config = ['a' => 1];
[$x, $y] = [1, 2];
$made = new class(1) extends B implements C { public $unlisted; function unlisted() {} };
static $kept = 1;
$this_one ??= 2;
$by = &$config;

/** Said of it. */
#[Attribute(Attribute::TARGET_CLASS), Other]
abstract class Über extends \B implements E, namespace\I
{
    use T1, T2 { T1::a insteadof T2; T2::a as protected b; }
    use T3;
    const A = 1, B = self::A;
    final protected const string C = 'c';
    #[Said] private const int|string D = 1;
    var $old, $older = 1;
    public readonly ?int $typed;
    protected static array|null $some = [], $more;
    private (A&B)|null $dnf;

    public function __construct(
        private readonly int $promoted = 1,
        #[Sensitive] protected ?string $other = null,
        public(set) string $asymmetric = '',
        int &$by, string ...$rest,
    ) {
        define('IN_METHOD', 1);
        require 'in_method.php';
        function in_method() {}
        if (true) { class InMethod { function m() {} } }
        $f = function () { function in_closure() {} };
        $g = fn() => include 'in_arrow.php';
    }

    public function __destruct() {}
    abstract protected static function &refs(self|int $a, mixed $b = new B(c: 1)): static;
    final public function list(): never { exit; }
    function CLASS() {}
    public function __call($name, $arguments) {}
    public function enum() { return match (true) { default => class_exists('X') }; }
}

interface Wide extends A, \B\C { const Z = 1; public function m(int $a): void; public static function s(); }
trait Helps { private $p; abstract function must(); static function s() {} const IN_TRAIT = 1; }
enum Suit: string implements HasColour
{
    use Helps;
    case Hearts = 'H'; case Spades = 'S';
    const Wild = self::Spades;
    public static function from2(): self { return self::Hearts; }
}
enum Pure { case A; #[X] case B; }
final readonly class Closed { public function __construct(public int $a) {} }

function &top(int $a = 1, array|string $b = [], ?A &$c = null, ...$d): ?array { static $n = 0; yield 1; }
if (true) { function conditional() {} } else { class Conditional {} }
foreach ([1] as $i) { $in_loop = 1; function in_loop() {} }
switch (1): case 1: function in_switch() {} endswitch;
try { function in_try() {} } catch (A | B $e) { $in_catch = 1; } finally { class InFinally {} }
while (false): $in_while = 1; endwhile;
// function commented() {}
# class Hashed {}
/* interface Blocked {} */
$s = 'class InString {}'; $t = "function in_string() {} {$a['function b']}";
$heredoc = <<<TEXT
    class InHeredoc {}
    {${f(function () { return 1; })}}
    TEXT;
$nowdoc = <<<'RAW'
function in_nowdoc() {}
RAW;
label: goto label;
?>
function in_markup() {}
<?= $shown ?>
<?php if ($a): ?> class Between {} <?php endif;
function after_markup() {}
__halt_compiler();
class InData {}
