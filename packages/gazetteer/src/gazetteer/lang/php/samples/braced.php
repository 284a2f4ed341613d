<?php
namespace One { class A {} function f() {} }
namespace Two\Deep { use One\A; interface B {} }
namespace { const C = 1; }
?>
<p>class Nothing {}</p>
