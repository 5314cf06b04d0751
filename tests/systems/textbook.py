"""Textbook protocols. The names of their properties say what must come out."""

from __future__ import annotations

from model.ir.builder import Builder
from model.ir.expr import TRUE, Expr, constant, element, none, variable
from model.ir.quantifier import count, exists, forall
from model.ir.system import Fairness, Property, System, Update, assign
from model.ir.types import BOOL, ElementType, EnumType, IntType, Sort


def two_phase_commit(managers: int, *, symmetric: bool = False) -> System:
    """Gray and Lamport's two-phase commit: 288 states with 3 resource managers, 8,832 with 5."""
    b = Builder(f"two-phase commit of {managers}")
    sort = Sort("Manager", tuple(f"rm{i}" for i in range(managers)), symmetric)
    local = EnumType("Local", ("working", "prepared", "committed", "aborted"))
    decision = EnumType("Decision", ("init", "committed", "aborted"))
    state = b.function("state", (sort,), local, 0)
    coordinator = b.function("coordinator", (), decision, 0)
    heard = b.function("heard", (sort,), BOOL, 0)
    said = b.function("said", (sort,), BOOL, 0)
    commit = b.function("commit sent", (), BOOL, 0)
    abort = b.function("abort sent", (), BOOL, 0)
    m = variable("m", sort)
    working = state[m] == constant(local, "working")
    undecided = coordinator() == constant(decision, "init")

    def become(name: str) -> Update:
        return assign(state[m], constant(local, name))

    b.action("prepare", "manager", [m], working, [become("prepared"), assign(said[m], True)])
    b.action("choose to abort", "manager", [m], working, [become("aborted")])
    b.action("obey commit", "manager", [m], commit(), [become("committed")])
    b.action("obey abort", "manager", [m], abort(), [become("aborted")])
    b.action("hear", "coordinator", [m], undecided & said[m], [assign(heard[m], True)])
    b.action(
        "commit",
        "coordinator",
        [],
        undecided & forall(sort, lambda r: heard[r]),
        [assign(coordinator(), constant(decision, "committed")), assign(commit(), True)],
    )
    b.action(
        "abort",
        "coordinator",
        [],
        undecided,
        [assign(coordinator(), constant(decision, "aborted")), assign(abort(), True)],
    )

    def some(name: str) -> Expr:
        return exists(sort, lambda r: state[r] == constant(local, name))

    b.properties += [
        Property("consistent", "always", ~(some("aborted") & some("committed"))),
        Property("can commit", "reachable", some("committed")),
        Property("never aborts", "always", ~some("aborted")),
    ]
    return b.build()


def peterson(*, fairness: Fairness = "weak") -> System:
    """Peterson's mutual exclusion for two: exclusive, and nobody starves under weak fairness."""
    b = Builder("Peterson")
    side = Sort("Process", ("left", "right"))
    place = EnumType("Place", ("idle", "asking", "waiting", "critical"))
    at = b.function("at", (side,), place, 0)
    wants = b.function("wants", (side,), BOOL, 0)
    turn = b.function("turn", (), ElementType(side), 0)
    for me, other in (("left", "right"), ("right", "left")):
        i, j = element(side, me), element(side, other)

        def move(source: str, target: str, i: Expr = i) -> tuple[Expr, Update]:
            return at[i] == constant(place, source), assign(at[i], constant(place, target))

        guard, go = move("idle", "asking")
        b.action(f"{me} asks", me, [], guard, [go, assign(wants[i], True)])
        guard, go = move("asking", "waiting")
        b.action(f"{me} yields", me, [], guard, [go, assign(turn(), j)], fairness=fairness)
        guard, go = move("waiting", "critical")
        may = ~wants[j] | (turn() == i)
        b.action(f"{me} enters", me, [], guard & may, [go], fairness=fairness)
        guard, go = move("critical", "idle")
        b.action(f"{me} leaves", me, [], guard, [go, assign(wants[i], False)], fairness=fairness)
    left, right = element(side, "left"), element(side, "right")
    critical, waiting = constant(place, "critical"), constant(place, "waiting")
    b.properties += [
        Property("exclusion", "always", ~((at[left] == critical) & (at[right] == critical))),
        Property("no starvation", "leads to", at[left] == waiting, at[left] == critical),
        Property("left enters", "eventually", at[left] == critical),
    ]
    return b.build()


def semaphore(processes: int, *, fairness: Fairness) -> System:
    """A semaphore of one, acquired by each process through an action of its own.

    "p0 served" needs strong fairness: its acquisition is enabled again and again, never for good.
    """
    b = Builder(f"semaphore of {processes}, {fairness} fairness")
    sort = Sort("Process", tuple(f"p{i}" for i in range(processes)))
    place = EnumType("Place", ("waiting", "critical"))
    at = b.function("at", (sort,), place, 0)
    free = b.function("free", (), BOOL, 1)
    for name in sort.elements:
        me = element(sort, name)
        waiting = at[me] == constant(place, "waiting")
        b.action(
            f"{name} acquires",
            name,
            [],
            free() & waiting,
            [assign(at[me], constant(place, "critical")), assign(free(), False)],
            fairness=fairness,
        )
        b.action(
            f"{name} releases",
            name,
            [],
            ~waiting,
            [assign(at[me], constant(place, "waiting")), assign(free(), True)],
            fairness="weak",
        )
    critical = constant(place, "critical")
    first = at[element(sort, sort.elements[0])]
    b.properties += [
        Property("exclusion", "always", count(sort, lambda p: at[p] == critical) <= 1),
        Property("p0 served", "always eventually", first == critical),
        Property("p0 settles", "eventually always", first == critical),
    ]
    return b.build()


def token_ring(size: int, *, fair: bool = True) -> System:
    """A token that goes round; every member gets it for ever if passing it on is fair."""
    b = Builder(f"token ring of {size}")
    sort = Sort("Member", tuple(f"m{i}" for i in range(size)))
    following = b.table("next", (sort,), ElementType(sort), [(i + 1) % size for i in range(size)])
    holder = b.function("holder", (), ElementType(sort), 0)
    b.action(
        "pass",
        "holder",
        [],
        TRUE,
        [assign(holder(), following[holder()])],
        fairness="weak" if fair else "none",
    )
    last = element(sort, sort.elements[-1])
    b.properties += [
        Property("comes again", "always eventually", holder() == last),
        Property("stays", "eventually always", holder() == last),
    ]
    return b.build()


def rollout(pods: int, nodes: int, *, symmetric: bool = True, crashes: int = 1) -> System:
    """A toy of a rolling update: pods of two revisions are created, bound, run and are deleted."""
    b = Builder(f"rollout of {pods} pods on {nodes} nodes")
    pod = Sort("Pod", tuple(f"pod{i}" for i in range(pods)), symmetric)
    node = Sort("Node", tuple(f"node{i}" for i in range(nodes)), symmetric)
    phases = EnumType("Phase", ("absent", "pending", "starting", "ready", "stopping", "failed"))
    phase = b.function("phase", (pod,), phases, 0)
    placed = b.function("node", (pod,), ElementType(node, optional=True), -1)
    new = b.function("new", (pod,), BOOL, 0)
    up = b.function("up", (node,), BOOL, 1)
    spare = b.function("crashes left", (), IntType(0, max(1, crashes)), crashes)
    wanted = b.function("wanted", (), IntType(0, pods), max(1, pods // 2))
    changed = b.function("changed", (), BOOL, 0)
    p, n = variable("p", pod), variable("n", node)

    def at(e: Expr, name: str) -> Expr:
        return phase[e] == constant(phases, name)

    def to(name: str) -> Update:
        return assign(phase[p], constant(phases, name))

    def used(e: Expr) -> Expr:
        return count(pod, lambda q: placed[q] == e)

    room = -(-pods // nodes)
    live = b.define("live", [p], ~at(p, "absent") & ~at(p, "failed") & ~at(p, "stopping"))
    serving = count(pod, lambda q: at(q, "ready"))
    current = count(pod, lambda q: live[q] & (new[q] == changed()))
    stale = count(pod, lambda q: live[q] & (new[q] != changed()))
    node_up = up.get(placed[p], False)
    b.action("change", "user", [], ~changed(), [assign(changed(), True)])
    b.action(
        "create",
        "replica set",
        [p],
        at(p, "absent") & (current < wanted()) & (current + stale <= wanted()),
        [to("pending"), assign(new[p], changed())],
        fairness="weak",
    )
    b.action(
        "scale down",
        "deployment",
        [p],
        live[p] & (new[p] != changed()) & ((serving >= wanted()) | ~at(p, "ready")),
        [to("stopping")],
        fairness="weak",
    )
    b.action(
        "bind",
        "scheduler",
        [p, n],
        at(p, "pending") & placed[p].is_none() & up[n] & (used(n) < room),
        [assign(placed[p], n), to("starting")],
        fairness="weak",
    )
    b.action("start", "kubelet", [p], at(p, "starting") & node_up, [to("ready")], fairness="weak")
    gone = [
        assign(phase[p], constant(phases, "absent")),
        assign(placed[p], none(node)),
        assign(new[p], False),
    ]
    done = (at(p, "stopping") & (node_up | placed[p].is_none())) | at(p, "failed")
    b.action("remove", "kubelet", [p], done, gone, fairness="weak")
    q = variable("q", pod)
    lost = assign(
        phase[q],
        constant(phases, "failed"),
        q,
        where=(placed[q] == n) & ~at(q, "absent"),
    )
    b.action(
        "crash",
        "fault",
        [n],
        up[n] & (spare() > 0),
        [assign(up[n], False), assign(spare(), spare() - 1), lost],
    )
    b.action("repair", "fault", [n], ~up[n], [assign(up[n], True)], fairness="weak")
    settled = (serving >= wanted()) & (stale == 0)
    b.properties += [
        Property("bounded", "always", current + stale <= wanted() + 1),
        Property("converges", "eventually always", settled & (serving <= wanted())),
        Property("served", "always eventually", settled),
        Property("two at once", "reachable", exists(node, lambda m: used(m) > 1)),
    ]
    return b.build()
