"""Everything that is measured, group by group. A new measurement is a row of one of the modules."""

from __future__ import annotations

from benchmarks.row import Row
from benchmarks.rows import bmc, explaining, explicit, faults, induction, specs, swarm

ROWS: tuple[Row, ...] = (
    *explicit.ROWS,
    *specs.ROWS,
    *bmc.ROWS,
    *faults.ROWS,
    *induction.ROWS,
    *swarm.ROWS,
    *explaining.ROWS,
)
