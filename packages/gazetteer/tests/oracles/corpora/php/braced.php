<?php
namespace First { const A = 1; function f() {} class C { function m() {} } use A\B; }
namespace Second\Inner
{
    interface I {}
    $variable = 1;
    define('OF_NONE', 1);
}
namespace { function global_one() {} class GlobalOne {} $outside = 1; }
