"""What actors take for true that is not so."""

from __future__ import annotations

from model.api.change import Change
from model.api.controlplane import ControlPlane, Lease
from model.cluster import workload
from model.etcd import availability, lease, names, raft
from model.instance import Belief, Instance
from model.ir.interpret import Step, successor
from model.ir.system import State
from model.scenario import Bounds, Faults
from tests.model.etcd.groups import A_LEADS, Group
from tests.model.test_views import DEPLOYMENT, REPLICASET, catch_up, lagging, stall
from tests.model.worlds import Pod, World, scenario


def after(instance: Instance, *path: tuple[str, tuple[int, ...]]) -> State:
    """The state after (action, arguments) steps."""
    (state,) = instance.system.initial
    for name, arguments in path:
        action = next(a for a in instance.system.actions if a.name == name)
        end = successor(instance.system, state, Step(action, arguments))
        assert end is not None, name
        state = end
    return state


def test_a_stalled_deployment_controller_believes_the_old_replicas() -> None:
    """What it wrote itself it does not see either; nobody else is wrong about anything, and it is
    not once its watch has caught up."""
    world = lagging(DEPLOYMENT, replicas=4, surge=0, unavailable=2)
    state = world.state(change="new", exists=[1, 1], replicas=[4, 0], statusAvailable=[4, 0])
    beliefs = world.instance.beliefs
    stalled = stall(world, state)
    assert beliefs(state, DEPLOYMENT) == beliefs(stalled, DEPLOYMENT) == ()
    once = world.after(stalled, "scale down")
    label = "ReplicaSet/web-rev1.spec.replicas"
    assert beliefs(once, DEPLOYMENT) == (Belief(DEPLOYMENT, label, 4, 2),)
    assert beliefs(once, REPLICASET) == beliefs(catch_up(world, once), DEPLOYMENT) == ()


def test_values_are_as_in_traces() -> None:
    """Templates by name, existence as a truth value."""
    world = lagging(DEPLOYMENT)
    changed = world.after(stall(world, world.state()), "change template")
    template = Belief(DEPLOYMENT, "Deployment/web.spec.template", "old", "new")
    assert world.instance.beliefs(changed, DEPLOYMENT) == (template,)
    seen = world.after(world.state(), "change template")
    created = world.after(stall(world, seen), "create ReplicaSet")
    exists = Belief(DEPLOYMENT, "ReplicaSet/web-rev2 exists", False, True)
    assert exists in world.instance.beliefs(created, DEPLOYMENT)


def test_a_stalled_replicaset_controller_believes_in_pods() -> None:
    """It counts its own creations, though it has not seen the pod; and it misses that one got
    ready. How it ranks pods is nothing to read."""
    world = lagging(REPLICASET, replicas=2)
    pods: list[Pod] = [("Running", "node-1", 1)]
    state = stall(world, world.state(pods, statusAvailable=[0]))
    created = world.after(state, "create pod")
    assert world.instance.beliefs(created, REPLICASET) == (
        Belief(REPLICASET, "Pod/web-pod2 is active", False, True),
    )
    ready = world.after(state, "pod ready")
    assert world.instance.beliefs(ready, REPLICASET) == (
        Belief(REPLICASET, "available pods of web-rev1", 0, 1),
    )


def test_where_no_watch_can_stall_nobody_is_wrong() -> None:
    """Without a budget there are no copies."""
    world = World(scenario(Change("rollout", "web:2")))
    assert workload(world.scenario).beliefs(world.state(), DEPLOYMENT) == ()


def test_a_leader_of_an_older_term() -> None:
    """It takes itself for the leader while another leads a newer term; asked for by its own name
    or by that of etcd as a whole."""
    group = Group()
    state = group.run(*A_LEADS)
    assert group.instance.beliefs(state, "etcd") == ()
    # B leaves for term 2, C votes for it.
    later = group.run(("campaign", 1), ("vote", 2, 1), ("win", 1), start=state)
    old = Belief("etcd-1", "etcd/etcd-1.role", "Leader", "etcd-2 leads term 2")
    beliefs = group.instance.beliefs
    assert beliefs(later, "etcd") == beliefs(later, "etcd-1") == (old,)
    assert beliefs(later, "etcd-2") == ()


def test_a_candidate_that_acts_without_the_lease() -> None:
    """It goes on by its own clock though the record names another."""
    given = scenario(
        control_plane=ControlPlane(lease=Lease(15, 10, 0)), faults=Faults(clock_skew=60)
    )
    instance = lease.instance(given, {})
    span = next(s for s in instance.system.sorts if s.name == "Span")
    waits = span.elements.index("9.375 s (15 s for candidate-2)")
    path = (("take over", (0,)), ("see the record", (1,)), ("time passes", (waits,)))
    assert instance.beliefs(after(instance, *path), "candidate") == ()
    taken = after(instance, *path, ("take over", (1,)))
    wrong = (Belief("candidate-1", "lease.holder", "candidate-1", "candidate-2"),)
    assert instance.beliefs(taken, "candidate") == wrong
    assert instance.beliefs(taken, "candidate-1") == wrong
    assert instance.beliefs(taken, "candidate-2") == ()


def test_a_leader_that_was_cut_off() -> None:
    """Another was elected on the other side, and it has not heard of that."""
    given = scenario(control_plane=ControlPlane(3), faults=Faults(member_partitions=1))
    instance = availability.instance(given, dict.fromkeys(names.AVAILABILITY, ""))
    path = (("elect", (0,)), ("cut off", (0,)))
    assert instance.beliefs(after(instance, *path), "etcd") == ()
    state = after(instance, *path, ("elect", (1,)))
    wrong = Belief("etcd-1", "etcd/etcd-1.leads", True, "etcd-2 leads the newest term")
    assert instance.beliefs(state, "etcd") == (wrong,)


def test_systems_without_beliefs_have_none() -> None:
    """The default says nothing of anybody."""
    given = scenario(bounds=Bounds(terms=1, log=1))
    plain = raft.instance(given, dict.fromkeys(("election-safety",), ""), lambda _: False)
    assert Instance(given, plain.system, "x").beliefs(plain.system.initial[0], "etcd") == ()
