#!/usr/bin/env php
<html>class Html {} function html() {}</html>
<?php
/**
 * The shop.
 */

declare(strict_types=1);

namespace Example\Shop;

use Example\Base;
use Example\Base as Root, Other\Thing;
use function Example\helper;
use const Example\LIMIT;
use Example\{First, Second as Two, function third};
use Example\Group\{Sub\A, B};

require_once __DIR__ . '/lib/goods.php';
include "settings.php";
require $dynamic;

const VERSION = '1.0', OTHER = 2;
define('DEFINED', 3);

/** Sells things. */
#[Attribute(flags: 1), Another]
abstract class Shop extends Base implements Countable, \ArrayAccess
{
    use Logging, Caching { log as protected writeLog; }

    /** At most. */
    public const MAX = 10, MIN = 1;
    final protected const string KIND = 'class Fake {}';
    private ?array $stock = [], $more;
    public static int $count = 0;
    var $old;
    public readonly string $name;

    /** Makes one. */
    public function __construct(private readonly Base $base, protected int $n = 1, string ...$rest)
    {
        parent::__construct();
        $s = <<<TEXT
        class InHeredoc { function no() {} }
        TEXT;
        $n = <<<'RAW'
        function in_nowdoc() {}
        RAW;
    }

    public function __destruct() {}

    #[Pure]
    final public static function sell(int|string $thing, ?Base &$to = null): ?self
    {
        function inner_function() {}
        // class Comment {}
        $f = function ($x) { return $x; };
        return new class extends Base { public function hidden() {} };
    }

    abstract protected function take(): void;
    public string $full { get => $this->name; }
}

interface Open extends First, Second { const A = 1; public function go(): void; }
trait Logging { protected $log; function log() {} abstract function name(); }

/** Colours. */
enum Colour: string implements Named
{
    /** Like blood. */
    case Red = 'r';
    case Green = 'g';
    const DEFAULT = self::Red;
    public function label(): string { return 'x'; }
}

/** Helps. */
function helper(array $a = ['class' => 1], callable $f = null): int { return 1; }

if (!function_exists('later')) {
    function later() {}
}
final readonly class Done {}
# class HashComment {}
