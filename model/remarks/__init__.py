"""What the last state of a violation says beyond its values, for the properties of a workload.

Each remark names the fields that decide it, so that a counterexample can point at them. Remarks
are computed from the state alone: where it does not tell which of several objects it was, they name
all that it can have been.
"""

from __future__ import annotations

from model.apiserver.objects import Cluster
from model.instance import Remark
from model.ir.system import State, System


def remarks(cluster: Cluster, system: System, state: State, prop: str) -> tuple[Remark, ...]:
    """How a state breaks a property, most telling first."""
    # Most runs violate nothing, and the words for it cost milliseconds to import.
    from model.ir.reading import Reading
    from model.remarks import liveness, safety

    cluster, reading = cluster.closed(state), Reading(system, state)
    if prop in safety.REMARKS:
        return tuple(safety.REMARKS[prop](cluster, reading))
    return liveness.remarks(cluster, reading, prop)
