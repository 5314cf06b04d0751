"""From YAML to worlds: the loader's scenarios, and the manifests as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from random import Random
from typing import Any

import yaml

from model.load import load
from model.properties import PROPERTIES
from model.scenario import Scenario
from tests.simulator.deployment import most_of_one, unavailable
from tests.simulator.disturb import watches
from tests.simulator.nodes import given_nodes
from tests.simulator.objects import Budget, Deployment, Pod, ReplicaSet
from tests.simulator.runs import rest
from tests.simulator.world import ASSUMED, Assumed, Setup, World


def setups(text: str, assumed: Assumed = ASSUMED) -> list[Setup]:
    """The scenarios of a file. Raises ValueError with what the loader has to say against it."""
    loaded = load(["-"], property_names=tuple(PROPERTIES), stdin=StringIO(text))
    if loaded.plan is None:
        raise ValueError("; ".join(f"{d.source.line}: {d.message}" for d in loaded.diagnostics))
    documents = [d for d in yaml.safe_load_all(text) if d]
    return [setup(scenario, documents, assumed) for scenario in loaded.plan.scenarios]


def setup(scenario: Scenario, documents: list[dict[str, Any]], assumed: Assumed) -> Setup:
    workload = next(
        d
        for d in documents
        if (d["kind"], d["metadata"]["name"]) == (scenario.workload.kind, scenario.workload.name)
    )
    budgets = tuple(d for d in documents if d["kind"] == "PodDisruptionBudget")
    template = workload["spec"]["template"]
    names = (f"rev{number}" for number in range(1, len(scenario.change.steps) + 2))
    templates = {name: _hashed(template, name) for name in names}
    return Setup(scenario, templates, workload, budgets, assumed)


def _hashed(template: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A template with the label that the Deployment controller tells its ReplicaSets apart by."""
    metadata = template.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), "pod-template-hash": name}
    return {"metadata": {**metadata, "labels": labels}, "spec": template["spec"]}


def empty(setup: Setup) -> World:
    """A cluster in which the workload was just created: no ReplicaSet of it, or no pod yet."""
    world = World(setup)
    for node in given_nodes(setup):
        if node.name not in setup.scenario.change.added:
            world.store.create(node)
    for each in setup.budgets:
        spec = each["spec"]
        limits = spec.get("minAvailable"), spec.get("maxUnavailable")
        always = spec.get("unhealthyPodEvictionPolicy") == "AlwaysAllow"
        if limits == (None, None):
            limits = None, 0
        name = each["metadata"]["name"]
        world.store.create(Budget(name, spec.get("selector"), *limits, always_allow=always))
    _create_workload(world)
    return world


def _create_workload(world: World) -> None:
    scenario, spec = world.setup.scenario, world.setup.workload["spec"]
    name, replicas = scenario.workload.name, spec.get("replicas", 1)
    settle = spec.get("minReadySeconds", 0)
    if scenario.workload.kind == "ReplicaSet":
        manifest = world.setup.templates["rev1"]
        only = ReplicaSet(name, manifest, "rev1", replicas, min_ready_seconds=settle)
        world.store.create(only)
        return
    strategy = spec.get("strategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    world.store.create(
        Deployment(
            name,
            "rev1",
            replicas,
            strategy.get("type") or "RollingUpdate",
            rolling.get("maxSurge", "25%"),
            rolling.get("maxUnavailable", "25%"),
            settle,
            bool(spec.get("paused")) and scenario.change.kind == "apply",
        )
    )


def begin(setup: Setup, random: Random) -> World:
    """Where a run begins: an empty cluster, or one in which the workload was deployed and came to
    rest, its pods wherever the scheduler may have put them."""
    world = empty(setup)
    if setup.scenario.change.kind != "apply":
        rest(world, random)
    return armed(world)


def armed(world: World) -> World:
    """The world with the scenario's budgets of faults, from where its run begins."""
    faults = world.setup.scenario.faults
    world.left = {
        "nodes": faults.node_crashes,
        "removed": faults.node_removals,
        "cut off": faults.node_partitions,
        "pods": faults.pod_failures,
        "cursed": faults.pods_fail_for_good,
        "forced": faults.forced_deletions,
        **{f"{name} restarts": often for name, often in faults.controller_restarts.items()},
        "members": faults.member_crashes,
        "partitions": faults.member_partitions,
        **faults.slow_watches,
    }
    world.store.watches = watches(faults.slow_watches)
    world.breaches = frozenset()
    images = world.setup.scenario.workload.template.images
    world.revisions, world.most = ((images[0] if images else "", 0),), world.desired
    for each in world.store.all(Deployment):
        world.owed = world.desired - unavailable(each)
        world.most = most_of_one(each, world.setup.scenario.change)
    if world.setup.workload["spec"].get("paused"):
        for each in world.store.all(Deployment):
            if not each.paused:
                world.store.update(replace(each, paused=True))
    for failed in [p for p in world.pods() if p.phase == "Failed"]:
        world.store.objects.pop((Pod, failed.name))
    return world
