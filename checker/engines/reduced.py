"""The engines with the reductions that pay for them.

Measured by `benchmarks/reductions.py`; partial order is not among them (docs/adr/0009).
"""

from __future__ import annotations

from checker.reduce.within import Reducing


def explicit() -> Reducing:
    """One search for all properties, in the cone of all of them."""
    from checker.engines.explicit import Explicit

    return Reducing(Explicit(), ("cone", "counters"))


def bmc() -> Reducing:
    """A search for each group of properties whose cone is much smaller than that of all."""
    from checker.engines.bmc import BoundedModelChecker

    return Reducing(BoundedModelChecker(), ("cone", "clause counters"), by_cone=True)
