"""Built-in properties that are said in the language have the same verdicts, after as many steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.engines import engine
from checker.verdict import Verdict
from model.cluster import workload
from model.invariant import Form, Invariant
from model.ir.system import Property
from tests.effort import busy
from tests.shipped import scenario

_WEB = "deployment('web')"
_MINE = "pods.filter(p, p.metadata.labels.app == 'web' && {})"
_READY = _MINE.format("p.status.ready") + ".size()"
_AVAILABLE = _MINE.format("p.status.available") + ".size()"
_LIMITS = f"{_WEB}.spec.strategy.rollingUpdate"
_PENDING = "pods.exists(p, p.metadata.labels.app == 'web' && !has(p.spec.nodeName) && {})"
_UNBOUND = _PENDING.format("!has(p.metadata.deletionTimestamp)")
_DONE = (
    _MINE.format(f"p.status.available && p.status.revision == {_WEB}.status.wantedRevision")
    + f".size() == {_WEB}.spec.replicas && !"
    + "pods.exists(p, p.metadata.labels.app == 'web' && !has(p.metadata.deletionTimestamp)"
    + f" && p.status.revision != {_WEB}.status.wantedRevision)"
)

#: A built-in property, and how to say it: form, first and second expression.
SAID: dict[str, tuple[Form, str, str]] = {
    "replicas-converge": ("eventuallyAlways", f"{_READY} == {_WEB}.spec.replicas", ""),
    "surge-bounded": (
        "always",
        f"replicasets.map(r, r.spec.replicas).sum() <= {_WEB}.spec.replicas + {_LIMITS}.maxSurge",
        "",
    ),
    "rollout-keeps-available": (
        "always",
        f"disturbed || {_AVAILABLE} >= {_WEB}.spec.replicas - {_LIMITS}.maxUnavailable",
        "",
    ),
    "every-pod-scheduled": ("alwaysEventually", f"!{_UNBOUND}", ""),
    "rollout-completes": ("leadsTo", f"{_WEB}.status.wantedRevision == 2", _DONE),
    "no-duplicate-pods": (
        "never",
        "replicasets.exists(r, pods.filter(p, !has(p.metadata.deletionTimestamp)"
        f" && p.status.revision == r.status.revision).size() > {_WEB}.spec.replicas)",
        "",
    ),
    "some-node-up": ("always", "nodes.exists(n, n.status.up)", ""),
}

_ENDED = (
    "job('{}').status.conditions.exists(c, c.type in ['Complete', 'Failed'] && c.status == 'True')"
)
_ACTIVE = "pods.filter(p, !has(p.metadata.deletionTimestamp)).size()"

#: The same of Jobs: spec, form, first and second expression, and what comes out.
OF_JOBS: tuple[tuple[str, Form, str, str], ...] = (
    ("job", "eventually", _ENDED.format("import"), "proved"),
    ("job", "always", f"{_ACTIVE} <= job('import').spec.parallelism", "proved"),
    ("job-drain", "eventually", _ENDED.format("report"), "proved"),
    ("job-drain", "always", f"{_ACTIVE} <= job('report').spec.parallelism", "proved"),
    (
        "job-drain",
        "eventually",
        "job('report').status.conditions.exists(c, c.type == 'Complete')",
        "violated",
    ),
    (
        "job-drain",
        "always",
        "job('report').status.conditions.all(c, c.type != 'Failed' || "
        "job('report').status.conditions.exists(d, d.type == 'FailureTarget'))",
        "proved",
    ),
    ("job-drain", "never", "job('report').spec.completions == 3", "proved"),
)

#: Specs of one Deployment called web with what they are asked for.
SPECS: dict[str, tuple[str, ...]] = {
    "anti-affinity": tuple(SAID)[:6],
    "default-strategy": ("surge-bounded", "rollout-keeps-available", "rollout-completes"),
    "full-nodes": ("replicas-converge", "every-pod-scheduled", "rollout-completes"),
    "half-unavailable": ("surge-bounded", "rollout-keeps-available", "no-duplicate-pods"),
    "node-crash": ("replicas-converge", "every-pod-scheduled", "no-duplicate-pods"),
    "min-ready-seconds": ("replicas-converge", "rollout-keeps-available", "rollout-completes"),
    "broken/anti-affinity": ("rollout-completes", "every-pod-scheduled", "replicas-converge"),
    "broken/probe-never-succeeds": ("replicas-converge", "rollout-completes"),
    "broken/no-spare-node": ("replicas-converge", "every-pod-scheduled"),
    "broken/no-room": ("replicas-converge", "rollout-completes", "every-pod-scheduled"),
    "broken/scale-in-rollout": ("rollout-keeps-available",),
}


def answers(given_spec: str, name: str) -> tuple[Verdict, Verdict]:
    """What is built in, and what is said, on one system."""
    form, p, q = SAID[name]
    given = scenario(f"specs/{given_spec}.yaml")
    restated = Invariant("restated", form, p, q)
    given = replace(given, properties=(name, restated.name), invariants=(restated,))
    system = workload(given).system
    built, said = (system.property(each) for each in (name, restated.name))
    first, second = engine("explicit").check(system, [_alike(built), _alike(said)], busy(120))
    return first, second


def _alike(prop: Property) -> Property:
    """Without its occasion: the two have different ones, and each restatement has to say something
    for the verdicts to be compared."""
    return replace(prop, witness=None)


@pytest.mark.parametrize(
    ("spec", "name"), [(spec, name) for spec, names in SPECS.items() for name in names]
)
def test_what_is_said_is_what_is_built_in(spec: str, name: str) -> None:
    built, said = answers(spec, name)
    assert said.outcome == built.outcome
    assert built.outcome in ("proved", "violated", "holds")
    assert _steps(said) == _steps(built)


@pytest.mark.parametrize(("spec", "form", "claim", "outcome"), OF_JOBS)
def test_jobs_end_as_they_say(spec: str, form: Form, claim: str, outcome: str) -> None:
    given = scenario(f"specs/{spec}.yaml")
    made = Invariant("mine", form, claim)
    given = replace(given, properties=("mine",), invariants=(made,))
    system = workload(given).system
    (verdict,) = engine("explicit").check(system, [_alike(system.property("mine"))], busy(120))
    assert verdict.outcome == outcome


def _steps(verdict: Verdict) -> int | None:
    return None if verdict.trace is None else len(verdict.trace.steps)
