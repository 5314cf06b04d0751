"""Proofs for every size: `python -m benchmarks.induction [SPEC...]`.

Prints for each `always` property of each spec (unless given, those whose families are proved) how
long the search for a proof and the check of its certificate take, and how many lemmas it has.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from checker.budget import Budget
from checker.engines.induction import Search
from checker.smt.certificate import recheck
from model.cluster import instances
from model.load import load
from model.properties import PROPERTIES

ROOT = Path(__file__).parent.parent
SPECS = ("default-strategy", "full-nodes", "drain", "deployment")

#: Seconds for one property.
PATIENCE = 60.0


def main(specs: list[str]) -> None:
    paths = specs or [str(ROOT / "specs" / f"{name}.yaml") for name in SPECS]
    print(f"{'spec':18} {'property':26} {'proved':>6} {'seconds':>8} {'recheck':>8} {'lemmas':>7}")
    for path in paths:
        loaded = load([path], property_names=tuple(PROPERTIES))
        if loaded.plan is None:
            sys.exit("\n".join(each.message for each in loaded.diagnostics))
        for scenario in loaded.plan.scenarios:
            system = instances(scenario)[0].system
            for prop in system.properties:
                if prop.kind != "always":
                    continue
                started = time.perf_counter()
                search = Search(system, [prop], Budget(seconds=PATIENCE))
                certificate, reason = search.certificate(prop)
                found = time.perf_counter() - started
                row = f"{Path(path).stem:18} {prop.name:26}"
                if certificate is None:
                    print(f"{row} {'no':>6} {found:8.2f}   {reason}")
                    continue
                started = time.perf_counter()
                assert recheck(certificate, system, Budget()) is None
                again = time.perf_counter() - started
                lemmas = sum(len(part.lemmas) for part in certificate.parts)
                print(f"{row} {'yes':>6} {found:8.2f} {again:8.2f} {lemmas:7}")


if __name__ == "__main__":
    main(sys.argv[1:])
