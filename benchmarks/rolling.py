"""A rolling update that is rich in kinds of steps, to measure bounded model checking on."""

from __future__ import annotations

from collections.abc import Sequence

from model.ir.builder import Builder
from model.ir.expr import Expr, Literalish, constant, disj, none, variable
from model.ir.quantifier import count, exists, forall
from model.ir.system import Fairness, Property, System, assign
from model.ir.types import BOOL, ElementType, EnumType, IntType, Sort

PHASES = ("Absent", "Pending", "Bound", "Pulling", "Running", "Ready", "Terminating")


def rolling_update(  # noqa: PLR0915 - one statement for each action of the system
    pods: int = 6, nodes: int = 3, replicas: int = 3, crashes: int = 1
) -> System:
    """A Deployment that changes its template while pods are bound, started, probed and evicted."""
    pod = Sort("Pod", tuple(f"pod-{i}" for i in range(pods)), symmetric=True)
    node = Sort("Node", tuple(f"node-{i}" for i in range(nodes)), symmetric=True)
    kind = EnumType("Phase", PHASES)
    build = Builder("rolling update")
    phase = build.function("phase", [pod], kind, 0)
    place = build.function("node", [pod], ElementType(node, optional=True), -1)
    revision = build.function("revision", [pod], IntType(0, 1), 0)
    served = build.function("served", [pod], BOOL, 0)
    up = build.function("up", [node], BOOL, 1)
    cordoned = build.function("cordoned", [node], BOOL, 0)
    updated = build.function("updated", [], BOOL, 0)
    old = build.function("old", [], IntType(0, replicas + 1), replicas)
    new = build.function("new", [], IntType(0, replicas + 1), 0)
    spare = build.function("spare", [], IntType(0, 1), crashes)
    capacity = build.table("capacity", [node], IntType(0, 9), [2] * nodes)
    p, n = variable("p", pod), variable("n", node)

    def active(x: Expr) -> Expr:
        return ~phase[x].is_in("Absent", "Terminating")

    def become(name: str) -> Expr:
        return constant(kind, name)

    used = build.define("used", [n], count(pod, lambda x: active(x) & (place[x] == n)))
    ready = build.define("ready", [], count(pod, lambda x: phase[x].is_in("Ready")))
    total = build.define("total", [], count(pod, active))
    running = up.get(place[p], False)

    def move(
        name: str,
        actor: str,
        ends: tuple[Sequence[str], str],
        also: Literalish,
        fairness: Fairness = "weak",
    ) -> None:
        guard = phase[p].is_in(*ends[0]) & also
        updates = [assign(phase[p], become(ends[1]))]
        build.action(name, actor, [p], guard, updates, fairness=fairness)

    def of(index: int) -> Expr:
        return count(pod, lambda x: active(x) & (revision[x] == index))

    for index, wanted in enumerate((old, new)):
        own = of(index)
        updates = [assign(phase[p], become("Pending")), assign(revision[p], index)]
        build.action(
            f"create {index}",
            "replicaset-controller",
            [p],
            phase[p].is_in("Absent") & (own < wanted()),
            updates,
            fairness="weak",
        )
        surplus = (own > wanted()) & (revision[p] == index)
        idle, busy = ("Pending", "Bound", "Pulling"), ("Running", "Ready")
        move(f"delete idle {index}", "replicaset-controller", (idle, "Terminating"), surplus)
        move(f"delete {index}", "replicaset-controller", (busy, "Terminating"), surplus)
    build.action(
        "bind",
        "scheduler",
        [p, n],
        phase[p].is_in("Pending") & ~cordoned[n] & (used[n] < capacity[n]),
        [assign(phase[p], become("Bound")), assign(place[p], n)],
        fairness="weak",
    )
    move("pull", "kubelet", (["Bound"], "Pulling"), running)
    move("start", "kubelet", (["Pulling"], "Running"), running)
    move("probe", "kubelet", (["Running"], "Ready"), running)
    move("fail probe", "kubelet", (["Ready"], "Running"), running & (spare() > 0), "none")
    gone = [assign(phase[p], become("Absent")), assign(place[p], none(node))]
    gone += [assign(revision[p], 0), assign(served[p], False)]
    build.action("stop", "kubelet", [p], phase[p].is_in("Terminating"), gone, fairness="weak")
    for name, value in (("serve", True), ("drop", False)):
        guard = (served[p] != value) & (phase[p].is_in("Ready") == value)
        build.action(name, "endpoints", [p], guard, [assign(served[p], value)], fairness="weak")
    build.action(
        "new template", "user", [], ~updated() & (ready() == replicas), [assign(updated(), True)]
    )
    within = (total() <= replicas) & (old() + new() <= replicas)
    build.action(
        "scale up",
        "deployment-controller",
        [],
        updated() & (new() < replicas) & within,
        [assign(new(), new() + 1)],
        fairness="weak",
    )
    build.action(
        "scale down",
        "deployment-controller",
        [],
        updated() & (old() > 0) & (ready() >= replicas),
        [assign(old(), old() - 1)],
        fairness="weak",
    )
    crash = [assign(up[n], False), assign(spare(), spare() - 1)]
    build.action("crash", "faults", [n], up[n] & (spare() > 0), crash)
    build.action("return", "faults", [n], ~up[n], [assign(up[n], True)])
    lost = ~up.get(place[p], True)
    move("evict", "node-lifecycle", (PHASES[1:6], "Terminating"), lost)
    build.action("uncordon", "user", [n], cordoned[n], [assign(cordoned[n], False)])
    nowhere = forall(node, lambda m: ~cordoned[m])
    build.action("cordon", "user", [n], nowhere, [assign(cordoned[n], True)])
    build.properties += [
        Property("no-overcommit", "always", forall(node, lambda m: used[m] <= capacity[m])),
        Property("asks-bounded", "always", old() + new() <= replicas + 1),
        Property("surge", "always", (total() <= replicas + 1) | exists(node, lambda m: ~up[m])),
        Property("rolls", "reachable", disj(new() > 1)),
        Property("comes-up", "eventually", ready() >= replicas),
    ]
    return build.build()
