"""The shipped specs, loaded for tests."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from checker.engines import engine
from checker.report import Result
from checker.run import check
from model.cluster import instances
from model.instance import Instance
from model.load import LoadOptions, load
from model.properties import PROPERTIES
from model.scenario import Scenario
from tests.effort import busy

ROOT = Path(__file__).parent.parent

#: Every spec that must pass, and every twin that must not, as paths from the repository's root.
PASSING = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("specs/*.yaml"))
BROKEN = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("specs/broken/*.yaml"))

#: Of these the ones that take long: they are searched once, engines are compared on the others.
LARGE = {
    "specs/etcd-five-members.yaml",
    "specs/etcd-membership.yaml",
    "specs/etcd-snapshots-removal.yaml",
    "specs/etcd-single-server-change.yaml",
    "specs/broken/raft-single-server-change.yaml",
}
COMPARED = [spec for spec in PASSING + BROKEN if spec not in LARGE]


def scenario(spec: str) -> Scenario:
    """The scenario of a spec (of several workloads the first one's), with quick steps prompt unless
    it says otherwise: that is the form in which engines are compared, as all of them can cope with
    it."""
    given = written(spec)
    return given if given.prompt is not None else replace(given, prompt=True)


@cache
def written(spec: str) -> Scenario:
    """The same as it is written."""
    loaded = load([str(ROOT / spec)], property_names=tuple(PROPERTIES), options=LoadOptions())
    assert loaded.plan is not None, [d.message for d in loaded.diagnostics]
    first, *others = loaded.plan.scenarios
    assert all(other.name == first.name for other in others)
    return first


@cache
def answers(spec: str) -> tuple[Result, ...]:
    """The explorer's answers about all of a spec, each in the form that the program chooses."""
    return check(checked(written(spec)), engine("explicit"), busy(120))


def checked(given: Scenario) -> list[Instance]:
    """The instances of a scenario that have one of the properties it asks for."""
    wanted = given.properties
    return [
        instance
        for instance in instances(given)
        if wanted is None or any(p.name in wanted for p in instance.system.properties)
    ]
