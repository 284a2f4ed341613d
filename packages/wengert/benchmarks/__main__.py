"""``python -m benchmarks``: measure, print the table, say where the time of missed rows goes."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from . import (
    arrays,
    bodies,
    chain,
    checkpoints,
    compiled,
    compiled_backward,
    compiled_hooks,
    compiled_large,
    compiled_training,
    hooks,
    memory,
    networks,
    nodes,
    protocols,
    startup,
    transformer,
    transforms,
    views,
)
from .peers import versions
from .table import Row, as_json, print_rows
from .timing import ONE_THREAD, Settings, use_processor_time

#: name -> (what measures it, what it is), in the order of the table.
BENCHMARKS = {
    "chain": (chain.small, "W1: 50 elementwise operators on 8 float64"),
    "compiled-backward": (compiled_backward.hits, "a compiled backward: the cost of a hit per node, hooks, leaves"),
    "chain-large": (chain.large, "W1b: the same on a million"),
    "tensor-hooks": (hooks.tensor_hooks, "W9: one call of a tensor hook; 200 tensor hooks registered and called"),
    "leaf-hooks": (hooks.leaf_hooks, "W9: 1,000 post-accumulate-grad hooks"),
    "no-hooks": (hooks.no_hooks, "a graph without hooks, while others have some"),
    "nodes": (nodes.chains, "W10: time per node of chains of 10², 10⁴, 10⁶ nodes"),
    "views": (views.chains, "writes in place and views: chains on 8 float64"),
    "numpy-calls": (protocols.numpy_calls, "plain NumPy calls on Tensors"),
    "adapters": (protocols.adapters, "a call over the arrays of each library"),
    "borders": (protocols.borders, "from_torch and to_torch around one operator"),
    "mlp": (networks.mlp, "W2: a training step of an MLP on the digits"),
    "cnn": (networks.cnn, "W3: a training step of a convolutional network on the digits"),
    "gradient-penalty": (networks.gradient_penalty, "W11: gradient penalty, a backward through a backward"),
    "transformer": (transformer.block, "W4: a transformer block"),
    "checkpoint": (checkpoints.mlp, "an MLP that is recomputed in segments: time and peak memory"),
    "logistic": (arrays.logistic, "W5: logistic regression, 100,000 by 50"),
    "bodies": (bodies.leapfrog, "N bodies, 1,000 leapfrog steps"),
    "elementwise": (arrays.elementwise, "W8: ten elementwise operators on 10⁷ float32"),
    "rosenbrock": (transforms.rosenbrock, "W6: gradient and Hessian-vector product of Rosenbrock's function"),
    "jacobians": (transforms.jacobians, "W12: Jacobian of a network, Hessian of 200 variables"),
    "chain-compiled": (compiled.small_chain, "W1, compiled"),
    "chain-large-compiled": (compiled_large.chain_large, "W1b, compiled"),
    "mlp-compiled": (compiled_training.mlp, "W2, compiled"),
    "cnn-compiled": (compiled_training.cnn, "W3, compiled"),
    "transformer-compiled": (compiled_training.transformer, "W4, compiled"),
    "logistic-compiled": (compiled_training.logistic, "W5, compiled"),
    "rosenbrock-compiled": (compiled.rosenbrock, "W6, compiled"),
    "bodies-compiled": (compiled.leapfrog, "W7: a compiled step, called 1,000 times"),
    "elementwise-compiled": (compiled_large.elementwise, "W8, compiled"),
    "hooks-compiled": (compiled_hooks.hooks, "W9: compiled functions with hooks"),
    "gradient-penalty-compiled": (compiled_training.gradient_penalty, "W11, compiled"),
    "jacobians-compiled": (compiled.hessians, "W12, compiled"),
    "log-density-compiled": (compiled.log_densities, "W13: a log-density of 5 parameters, compiled"),
    "memory": (memory.training_steps, "peak memory of training steps"),
    "import": (startup.imports, "import time"),
}


def main() -> int:
    """Run what the command line asks for; 1 if something failed or libraries computed different values."""
    options = _options()
    if options.busy:
        if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
            # NumPy's thread pool has been made already. A fresh process learns of the limit in time.
            return subprocess.call([sys.executable, "-m", "benchmarks", *sys.argv[1:]], env={**os.environ, **ONE_THREAD})
        use_processor_time()
    settings = Settings(quick=options.quick)
    rows: list[Row] = []
    started, busy = time.perf_counter(), _load()
    wrong = []
    for name in options.only or BENCHMARKS:
        measure, what = BENCHMARKS[name]
        print(f"{name}: {what} ...", file=sys.stderr, flush=True)
        try:
            rows += measure(settings)
        except AssertionError as error:
            wrong.append(name)
            print(f"{name}: the libraries computed different values, so there is no row.\n{error}", file=sys.stderr)
        except RuntimeError as error:  # one that failed shall not cost the table of all others
            wrong.append(name)
            print(f"{name}: failed, so there is no row.\n{error}", file=sys.stderr)
    print(f"{versions()}; {os.cpu_count()} cores; {time.perf_counter() - started:.0f} s")
    print_rows(rows)
    if busy > 0.5 * (os.cpu_count() or 1) and not options.busy:
        print(f"The machine was busy when this began (load average {busy:.1f}): rows in ms, whose work is threaded, mean little.")
    if options.json is not None:
        options.json.write_text(json.dumps({"versions": versions(), "rows": as_json(rows)}, indent=1, ensure_ascii=False) + "\n")
    return 1 if wrong else 0


def _load() -> float:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _options() -> argparse.Namespace:
    listing = "\n".join(f"  {name:<27}{what}" for name, (_, what) in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Times Wengert beside PyTorch and others, in the same run.",
        epilog=f"names:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="NAME[,NAME]", type=_names, help="only these rows")
    parser.add_argument("--quick", action="store_true", help="about a tenth of the time: noisier, and without the largest sizes")
    parser.add_argument("--busy", action="store_true", help="one thread, and processor time: for a machine on which others work")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the rows there")
    options = parser.parse_args()
    if options.json is not None and not options.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.resolve().parent}")
    return options


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown or not names:
        got = ", ".join(map(repr, unknown)) or "nothing"
        raise argparse.ArgumentTypeError(f"got {got}; expected names among {', '.join(BENCHMARKS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
