"""Which ResourceQuotas a scenario follows, and how many pods each lets in."""

from __future__ import annotations

import pytest

from model.api.resourcequota import PodQuota
from model.load import LoadOptions
from model.plan import Plan

from .helpers import deployment, load_text, plan_of

ASKS = "resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: '1'}}"


def quota(spec: str, name: str = "team", metadata: str = "") -> str:
    return (
        f"---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: {name}{metadata}}}\n"
        f"spec: {{{spec}}}\n"
    )


def planned(text: str, pod: str = "", kind: str = "Deployment") -> Plan:
    return plan_of(deployment("replicas: 4", pod, ASKS, kind=kind) + text)


def followed(text: str, pod: str = "", scenario: str = "apply") -> list[PodQuota]:
    scenarios = [s for s in planned(text, pod).scenarios if s.name == scenario]
    return [each for found in scenarios for each in found.quotas]


@pytest.mark.parametrize(
    ("hard", "most", "resource"),
    [
        ("pods: '3'", 3, "pods"),
        ("count/pods: '2'", 2, "count/pods"),
        ("cpu: 1750m", 3, "cpu"),
        ("requests.cpu: '1'", 2, "requests.cpu"),
        ("requests.memory: 1536Mi", 1, "requests.memory"),
        ("limits.cpu: 3500m", 3, "limits.cpu"),
        # What runs out first counts.
        ("pods: '3', requests.cpu: '1', services: '0'", 2, "requests.cpu"),
        ("pods: '0'", 0, "pods"),
    ],
)
def test_how_many_pods_a_quota_lets_in(hard: str, most: int, resource: str) -> None:
    (found,) = followed(quota(f"hard: {{{hard}}}"))
    assert (found.most, found.resource, found.unnamed) == (most, resource, False)
    assert found.to_the_end is ("count/pods" in hard)


def test_what_a_container_does_not_name_it_never_gets() -> None:
    """A request is taken from a limit, a limit from nothing; other resources need not be named."""
    (found,) = followed(quota("hard: {limits.memory: 9Gi, pods: '9'}"))
    assert (found.most, found.resource, found.unnamed) == (0, "limits.memory", True)
    bare = plan_of(
        deployment("replicas: 2", "", "resources: {limits: {cpu: '1'}}") + quota("hard: {cpu: '1'}")
    )
    assert [q.most for q in bare.scenarios[0].quotas] == [1]
    assert not followed(quota("hard: {limits.ephemeral-storage: 1Gi}"))


@pytest.mark.parametrize(
    ("spec", "pod", "number"),
    [
        ("scopes: [NotTerminating], hard: {pods: '1'}", "", 1),
        ("scopes: [BestEffort], hard: {pods: '1'}", "", 0),
        ("scopes: [NotBestEffort], hard: {pods: '1'}", "", 1),
        ("scopes: [Terminating], hard: {pods: '1'}", "", 0),
        (
            "scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, "
            "values: [high]}]}, hard: {pods: '1'}",
            "priorityClassName: high",
            1,
        ),
        (
            "scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, "
            "values: [high]}]}, hard: {pods: '1'}",
            "priorityClassName: low",
            0,
        ),
    ],
)
def test_scopes(spec: str, pod: str, number: int) -> None:
    assert len(followed(quota(spec), pod)) == number


def test_what_is_ample_is_no_matter() -> None:
    """No state is kept of a quota that never runs out; in a rollout there is one pod more."""
    assert not followed(quota("hard: {pods: '4'}"))
    assert followed(quota("hard: {pods: '4'}"), scenario="rollout")
    assert not followed(quota("hard: {pods: '5'}"), scenario="rollout")
    assert not followed(quota("hard: {pods: '1'}", metadata=", namespace: other"))


def test_scaling_counts() -> None:
    """A quota that has room for the replicas of the start may be used up later."""
    check = (
        "apiVersion: planecheck.dev/v1alpha1\nkind: Check\nmetadata: {name: x}\n"
        "spec: {scenario: {steps: [{scale: {replicas: 6}}]}}\n---\n"
    )
    plan = plan_of(check + deployment("replicas: 4", "", ASKS) + quota("hard: {pods: '5'}"))
    assert [q.most for q in plan.scenarios[0].quotas] == [5]


def test_others_that_count_take_their_share() -> None:
    """They have all of their pods, and are said to. Those of a Job end, so theirs varies."""
    others = "---\n" + deployment(
        "replicas: 1", "", ASKS, name="db", selector="selector: {matchLabels: {app: web}}"
    )
    plan = planned(quota("hard: {pods: '3', limits.cpu: '3'}") + others)
    (web, *_), (db, *_) = (
        [s for s in plan.scenarios if s.workload.name == name] for name in ("web", "db")
    )
    assert [(q.most, q.resource, q.shared) for q in web.quotas] == [(2, "limits.cpu", True)]
    assert any("other workloads of the namespace" in text for text in web.assumptions)
    # There is not enough for those of `web`, let alone for `db`.
    assert not db.quotas
    assert [use.name for use in db.omitted] == ["resource-quota"]
    job = "---\n" + (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\nspec:\n  template:\n    spec:\n"
        "      restartPolicy: Never\n      containers: [{name: x, image: x}]\n"
    )
    text = deployment("replicas: 4", "", ASKS) + quota("hard: {pods: '4'}") + job
    assert not any(s.quotas for s in plan_of(text).scenarios if s.workload.name == "web")


def test_neighbours_in_the_namespace_leave_it_out() -> None:
    """Their pods come and go in the scenario, and would be charged as well."""
    apart = (
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        "[{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}]}}"
    )
    others = "---\n" + deployment(
        "replicas: 1", apart, ASKS, name="db", selector="selector: {matchLabels: {app: web}}"
    )
    text = deployment("replicas: 2", apart, ASKS) + quota("hard: {pods: '3'}") + others
    (found,) = [
        s for s in plan_of(text).scenarios if (s.workload.name, s.name) == ("web", "rollout")
    ]
    assert found.neighbours
    assert not found.quotas
    assert "resource-quota" in [use.name for use in found.omitted]


def test_others_that_are_refused_take_nothing() -> None:
    """One that does not name what the quota limits has no pods."""
    others = "---\n" + deployment(
        "replicas: 1", name="db", selector="selector: {matchLabels: {app: web}}"
    )
    plan = planned(quota("hard: {requests.cpu: '1'}") + others)
    found = {s.workload.name: [(q.most, q.unnamed) for q in s.quotas] for s in plan.scenarios}
    assert found == {"web": [(2, False)], "db": [(0, True)]}


def test_a_quota_that_is_followed_is_checked() -> None:
    """One that is not is an omission; who accepts that is told that it is not checked."""
    assert planned(quota("hard: {pods: '1'}")).unchecked == ()
    text = quota("hard: {pods: '1', count/replicasets.apps: '1'}")
    assert planned(text).unchecked == ()
    accepted = LoadOptions(accepted=("resource-quota",))
    assert plan_of(deployment("replicas: 4", "", ASKS) + text, accepted).unchecked == (
        "ResourceQuota/default/team",
    )


def test_places() -> None:
    """Of what it limits, for the reader's eye."""
    text = deployment("replicas: 4", "", ASKS) + quota("hard: {pods: '1'}")
    loaded = load_text(text)
    assert loaded.plan is not None
    (found,) = loaded.plan.scenarios[0].quotas
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "hard:" in each)
    assert found.fields["spec.hard[pods]"].line == line
