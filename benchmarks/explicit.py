"""How fast the exhaustive engine is.

Run `python -m benchmarks.explicit`. Machines differ: beside seconds there are ratios to
`python -c "import z3, numpy"`, measured in the same run.
"""

from __future__ import annotations

import subprocess
import sys
import time

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.explicit.codegen import compile_system
from checker.explicit.layout import Layout
from checker.explicit.search import explore
from checker.explicit.symmetry import Symmetry
from model.ir.system import System
from tests.systems import rollout, two_phase_commit


def systems() -> list[tuple[System, float | None]]:
    """Small and deep, narrow and wide, and many elements; with a limit in seconds."""
    return [
        (rollout(6, 3), None),
        (rollout(8, 3), None),
        (two_phase_commit(7), None),
        (two_phase_commit(8), None),
        (rollout(130, 100), 4.0),
    ]


def reference() -> float:
    """Seconds that importing the two heavy libraries takes; the best of three."""
    times = []
    for _ in range(3):
        before = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import z3, numpy"], check=True)
        times.append(time.perf_counter() - before)
    return min(times)


def main() -> None:
    unit = reference()
    print(f"import z3, numpy: {unit:.3f} s")
    print(f"{'system':42} {'states':>9} {'levels':>6} {'compile':>8} {'search':>8} {'check':>8}")
    for system, limit in systems():
        expressions = [prop.p for prop in system.properties]
        before = time.perf_counter()
        layout = Layout(system)
        compile_system(layout, Symmetry(layout), expressions)
        compiled = time.perf_counter()
        found = explore(system, expressions, Budget(seconds=limit))
        searched = time.perf_counter()
        Explicit().check(system, system.properties, Budget(seconds=limit))
        checked = time.perf_counter() - searched
        search = searched - compiled
        print(
            f"{system.name:42} {found.count:9} {len(found.starts):6} {compiled - before:7.3f}s"
            f" {search:7.3f}s {checked:7.3f}s  {found.count / search:9.0f} states/s"
            f"  check/reference {checked / unit:.2f}"
        )


if __name__ == "__main__":
    main()
