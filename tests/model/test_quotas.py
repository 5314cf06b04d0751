"""What counts in ResourceQuotas and what they let in: the situations of upstream's pods_test.go,
services_test.go, persistent_volume_claims_test.go and admission_test.go (v1.36.3), in a form of our
own."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from model.api import quantity
from model.api.resourcequota import ResourceQuota, Scope
from model.apiserver.quotaadmission import Refusal, Status, admit, matches, used
from model.apiserver.quotausage import (
    BEST_EFFORT,
    CLAIMS,
    CROSS_NAMESPACE,
    NOT_BEST_EFFORT,
    NOT_TERMINATING,
    PODS,
    SERVICES,
    TERMINATING,
    Item,
    Pod,
    Resources,
    claim,
    counted,
    is_in,
    service,
    tracks,
)


def amounts(text: str) -> dict[str, int]:
    """`cpu=1 memory=50M` in nanos."""
    found = {}
    for part in text.split():
        name, _, amount = part.partition("=")
        nanos = quantity.parse(amount)
        assert nanos is not None
        found[name] = nanos
    return found


def asks(requests: str = "", limits: str = "", *, sidecar: bool = False) -> Resources:
    return Resources(amounts(requests), amounts(limits), sidecar)


CPU = "cpu=1m requests.cpu=1m limits.cpu=2m"
MEMORY = "memory=1m requests.memory=1m limits.memory=2m"
STORAGE = "ephemeral-storage=32Mi requests.ephemeral-storage=32Mi limits.ephemeral-storage=64Mi"
ONE_EACH = [
    (asks("cpu=1m", "cpu=2m"), CPU),
    (asks("memory=1m", "memory=2m"), MEMORY),
    (asks("ephemeral-storage=32Mi", "ephemeral-storage=64Mi"), STORAGE),
    (asks("hugepages-2Mi=100Mi"), "hugepages-2Mi=100Mi requests.hugepages-2Mi=100Mi"),
    (asks("example.com/dongle=3", "example.com/dongle=3"), "requests.example.com/dongle=3"),
    (
        asks("deviceclass.resource.kubernetes.io/d=3", "deviceclass.resource.kubernetes.io/d=3"),
        "requests.deviceclass.resource.kubernetes.io/d=3",
    ),
]
MANY = Pod(
    [
        asks("cpu=1 memory=50M example.com/d=1", "cpu=2 memory=100M example.com/d=1"),
        asks("cpu=2 memory=25M example.com/d=2", "cpu=5 memory=50M example.com/d=2"),
    ],
    [
        asks("cpu=4 memory=100M example.com/d=4", "cpu=8 memory=200M example.com/d=4"),
        asks("cpu=1 memory=50M example.com/d=2", "cpu=2 memory=100M example.com/d=2"),
    ],
)


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        *((Pod([resources]), f"pods=1 {usage}") for resources, usage in ONE_EACH),
        *((Pod([], [resources]), f"pods=1 {usage}") for resources, usage in ONE_EACH),
        (
            MANY,
            "pods=1 cpu=4 requests.cpu=4 limits.cpu=8 memory=100M requests.memory=100M"
            " limits.memory=200M requests.example.com/d=4",
        ),
        (Pod([asks("example.com/dongle=3")], gone=True), ""),
        (
            Pod([asks("cpu=1", "cpu=2")], overhead=amounts("cpu=1")),
            "pods=1 cpu=2 requests.cpu=2 limits.cpu=3",
        ),
        # No overhead on a limit that is not there.
        (
            Pod([asks("cpu=1")], overhead=amounts("cpu=1 memory=1Mi")),
            "pods=1 cpu=2 requests.cpu=2 memory=1Mi requests.memory=1Mi",
        ),
        (Pod([], whole=asks("cpu=1m", "cpu=2m")), f"pods=1 {CPU}"),
        (
            Pod(
                [asks("ephemeral-storage=32Mi", "ephemeral-storage=64Mi")],
                whole=asks("memory=1m", "memory=2m"),
            ),
            f"pods=1 {STORAGE} {MEMORY}",
        ),
        (
            Pod([asks("cpu=1")], [asks("cpu=1", sidecar=True), asks("cpu=2")]),
            "pods=1 cpu=3 requests.cpu=3",
        ),
    ],
)
def test_usage_of_a_pod(pod: Pod, expected: str) -> None:
    assert pod.item.usage == amounts(f"count/pods=1 {expected}")


SOME = asks("cpu=1m", "cpu=2m")


@pytest.mark.parametrize(
    ("pod", "unnamed"),
    [
        (Pod([], [SOME]), {"memory", "requests.memory", "limits.memory"}),
        (
            Pod([], [asks("cpu=1", "memory=1"), asks("memory=1", "memory=1")]),
            {"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu"},
        ),
        (Pod([SOME]), {"memory", "requests.memory", "limits.memory"}),
        (Pod([asks("cpu=1 memory=1")]), {"limits.cpu", "limits.memory"}),
        (Pod([asks("cpu=1 memory=1", "cpu=1 memory=1")]), set()),
        (Pod([asks(), asks()], whole=asks("cpu=1m")), set()),
    ],
)
def test_every_container_names_what_is_limited(pod: Pod, unnamed: set[str]) -> None:
    assert pod.item.unnamed == unnamed


@pytest.mark.parametrize(
    ("pod", "scopes"),
    [
        (Pod([]), {NOT_TERMINATING, BEST_EFFORT}),
        (Pod([asks("cpu=1 memory=50M")]), {NOT_TERMINATING, NOT_BEST_EFFORT}),
        (Pod([asks("", "cpu=1")]), {NOT_TERMINATING, NOT_BEST_EFFORT}),
        # Only what asks for cpu or memory has an effort.
        (Pod([asks("example.com/d=1 cpu=0")]), {NOT_TERMINATING, BEST_EFFORT}),
        (Pod([asks("cpu=1")], whole=asks()), {NOT_TERMINATING, BEST_EFFORT}),
        (Pod([], limited=True), {TERMINATING, BEST_EFFORT}),
        (
            Pod([], limited=True, cross_namespace=True),
            {TERMINATING, BEST_EFFORT, CROSS_NAMESPACE},
        ),
    ],
)
def test_scopes_of_a_pod(pod: Pod, scopes: set[str]) -> None:
    assert pod.item.scopes == scopes


@pytest.mark.parametrize(
    ("name", "operator", "values", "expected"),
    [
        ("high", "In", ("high",), True),
        ("high", "In", ("low",), False),
        ("", "In", ("high",), False),
        ("high", "NotIn", ("low",), True),
        ("high", "NotIn", ("high", "low"), False),
        ("", "NotIn", ("high",), True),
        ("high", "Exists", (), True),
        ("", "Exists", (), False),
        ("high", "DoesNotExist", (), False),
        ("", "DoesNotExist", (), True),
    ],
)
def test_scopes_by_priority_class(
    name: str, operator: str, values: tuple[str, ...], expected: bool
) -> None:
    item = Pod([], priority_class=name).item
    assert is_in(item, "PriorityClass", operator, frozenset(values)) is expected
    # The class of volumes is nothing to a pod.
    assert not is_in(item, "VolumeAttributesClass", operator, frozenset(values))


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (service("ClusterIP", 2, 0), "services.nodeports=0 services.loadbalancers=0"),
        (service("ExternalName", 0, 0), "services.nodeports=0 services.loadbalancers=0"),
        (service("NodePort", 1, 0), "services.nodeports=1 services.loadbalancers=0"),
        (service("NodePort", 2, 1), "services.nodeports=2 services.loadbalancers=0"),
        (service("LoadBalancer", 1, 1), "services.nodeports=1 services.loadbalancers=1"),
        (
            service("LoadBalancer", 2, 1, allocates=False),
            "services.nodeports=1 services.loadbalancers=1",
        ),
        (
            service("LoadBalancer", 1, 0, allocates=False),
            "services.nodeports=0 services.loadbalancers=1",
        ),
    ],
)
def test_usage_of_a_service(item: Item, expected: str) -> None:
    assert item.usage == amounts(f"services=1 count/services=1 {expected}")


GI = 2**30 * quantity.NANOS


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (claim(10 * GI), "requests.storage=10Gi"),
        (claim(None), ""),
        (
            claim(10 * GI, "gold"),
            "requests.storage=10Gi gold.storageclass.storage.k8s.io/requests.storage=10Gi"
            " gold.storageclass.storage.k8s.io/persistentvolumeclaims=1",
        ),
        # Whole bytes, and what it was given if that is more.
        (claim(10 * GI + 1), "requests.storage=10737418241"),
        (claim(10 * GI, allocated=20 * GI), "requests.storage=20Gi"),
        (claim(10 * GI, allocated=5 * GI), "requests.storage=10Gi"),
    ],
)
def test_usage_of_a_claim(item: Item, expected: str) -> None:
    counts = "persistentvolumeclaims=1 count/persistentvolumeclaims=1"
    assert item.usage == amounts(f"{counts} {expected}")


def test_usage_of_what_is_only_counted() -> None:
    assert counted("secrets").usage == amounts("secrets=1 count/secrets=1")
    assert counted("deployments.apps").usage == amounts("count/deployments.apps=1")


@pytest.mark.parametrize(
    ("kind", "tracked"),
    [
        (PODS, {"pods", "count/pods", "cpu", "limits.memory", "requests.example.com/gpu"}),
        (PODS, {"hugepages-2Mi", "requests.hugepages-2Mi", "requests.ephemeral-storage"}),
        (SERVICES, {"services", "services.nodeports", "count/services"}),
        (CLAIMS, {"requests.storage", "gold.storageclass.storage.k8s.io/requests.storage"}),
        ("secrets", {"secrets", "count/secrets"}),
        ("deployments.apps", {"count/deployments.apps"}),
    ],
)
def test_each_resource_is_of_one_kind(kind: str, tracked: set[str]) -> None:
    kinds = (PODS, SERVICES, CLAIMS, "secrets", "deployments.apps")
    assert all([k for k in kinds if tracks(k, each)] == [kind] for each in tracked)
    assert not any(tracks(k, "example.com/gpu") for k in kinds)


def quota(hard: str, *scopes: Scope) -> ResourceQuota:
    return ResourceQuota("default", "quota", amounts(hard), scopes)


RUNS = Pod([asks("cpu=1", "cpu=1")], priority_class="high")
ENDED = Pod([asks("cpu=1", "cpu=1")], priority_class="high", gone=True)
LOW = Pod([asks("cpu=1", "cpu=1")], priority_class="low")
HIGH = Scope("PriorityClass", "In", ("high",))
ALL = "pods=9 count/pods=9 cpu=9 limits.cpu=9"


@pytest.mark.parametrize(
    ("scopes", "pods", "expected"),
    [
        ((), [], "pods=0 count/pods=0 cpu=0 limits.cpu=0"),
        ((), [RUNS, RUNS], "pods=2 count/pods=2 cpu=2 limits.cpu=2"),
        ((), [RUNS, ENDED], "pods=1 count/pods=2 cpu=1 limits.cpu=1"),
        ((HIGH,), [RUNS, ENDED, LOW], "pods=1 count/pods=2 cpu=1 limits.cpu=1"),
        (
            (Scope("PriorityClass"), HIGH),
            [RUNS, ENDED, LOW, Pod([])],
            "pods=1 count/pods=2 cpu=1 limits.cpu=1",
        ),
        ((Scope(TERMINATING),), [RUNS], "pods=0 count/pods=0 cpu=0 limits.cpu=0"),
    ],
)
def test_what_the_controller_counts(
    scopes: tuple[Scope, ...], pods: list[Pod], expected: str
) -> None:
    items = [each.item for each in pods] + [service("NodePort", 1, 0)]
    assert used(quota(ALL, *scopes), items, (PODS, SERVICES)) == amounts(expected)


def told(found: Refusal | list[Mapping[str, int]]) -> object:
    return (found.reason, set(found.resources)) if isinstance(found, Refusal) else found[0]


POD = Pod([asks("cpu=100m memory=2Gi", "cpu=200m memory=2Gi")])
HARD = "cpu=3 memory=100Gi pods=5"


@pytest.mark.parametrize(
    ("limits", "before", "item", "expected"),
    [
        # Below the limit, at it, above it.
        (quota(HARD), "cpu=1 memory=50Gi pods=3", POD, "cpu=1100m memory=52Gi pods=4"),
        (quota(HARD), "cpu=2900m memory=98Gi pods=4", POD, "cpu=3 memory=100Gi pods=5"),
        (quota(HARD), "cpu=3 memory=50Gi pods=3", POD, ("exceeded", {"cpu"})),
        (quota(HARD), "cpu=3 memory=99Gi pods=5", POD, ("exceeded", {"cpu", "memory", "pods"})),
        # A container does not name what is limited.
        (quota(HARD), "cpu=0 memory=0 pods=0", Pod([asks("cpu=1")]), ("unnamed", {"memory"})),
        (quota("limits.cpu=1"), "limits.cpu=0", Pod([asks("cpu=1")]), ("unnamed", {"limits.cpu"})),
        # The controller has not counted yet.
        (quota(HARD), "cpu=0", POD, ("uncounted", {"memory", "pods"})),
        # A quota that is not about it.
        (quota("services=0"), "services=0", POD, "services=0"),
        (quota("pods=0", Scope(TERMINATING)), "pods=0", POD, "pods=0"),
        (quota("pods=0", Scope(BEST_EFFORT)), "pods=0", POD, "pods=0"),
        (quota("pods=0", Scope(BEST_EFFORT)), "pods=0", Pod([asks()]), ("exceeded", {"pods"})),
        # What is exceeded already is no matter to what does not use it.
        (quota("cpu=1 services=0"), "cpu=5 services=4", POD, ("exceeded", {"cpu"})),
        (quota("pods=3 services=0"), "pods=1 services=4", POD, "pods=2 services=4"),
    ],
)
def test_admission(limits: ResourceQuota, before: str, item: Pod, expected: object) -> None:
    after = amounts(expected) if isinstance(expected, str) else expected
    assert told(admit([Status(limits, amounts(before))], item.item)) == after


@pytest.mark.parametrize(
    ("old", "new", "before", "expected"),
    [
        # A Service that becomes one of nodes' ports.
        (
            service("ClusterIP", 1, 0),
            service("NodePort", 1, 0),
            "services=1 services.nodeports=0",
            "services=1 services.nodeports=1",
        ),
        (
            service("NodePort", 1, 0),
            service("NodePort", 3, 0),
            "services=1 services.nodeports=1",
            ("exceeded", {"services.nodeports"}),
        ),
        # One that is less than before is let in whatever is used; the controller will count it.
        (
            service("NodePort", 3, 0),
            service("ClusterIP", 1, 0),
            "services=9 services.nodeports=9",
            "services=9 services.nodeports=9",
        ),
    ],
)
def test_an_update_counts_for_the_difference(
    old: Item, new: Item, before: str, expected: object
) -> None:
    status = Status(quota("services=2 services.nodeports=2"), amounts(before))
    after = amounts(expected) if isinstance(expected, str) else expected
    assert told(admit([status], new, old)) == after


def test_an_update_into_a_scope_counts_whole() -> None:
    """As it was not counted there before."""
    limits = quota("pods=1", Scope(TERMINATING))
    new, old = Pod([], limited=True).item, Pod([]).item
    assert told(admit([Status(limits, amounts("pods=0"))], new, old)) == amounts("pods=1")
    assert told(admit([Status(limits, amounts("pods=1"))], new, old)) == ("exceeded", {"pods"})
    assert told(admit([Status(limits, amounts("pods=1"))], new, new)) == amounts("pods=1")


def test_all_quotas_of_a_namespace_are_asked() -> None:
    """The first that refuses tells; none that matches changes nothing."""
    wide, narrow = quota("pods=5"), ResourceQuota("default", "narrow", amounts("pods=1"))
    statuses = [Status(wide, amounts("pods=1")), Status(narrow, amounts("pods=1"))]
    found = admit(statuses, POD.item)
    assert found == Refusal("narrow", "exceeded", frozenset({"pods"}))
    assert admit(statuses, service("ClusterIP", 1, 0)) == [amounts("pods=1")] * 2
    assert matches(wide, POD.item)
    assert not matches(quota("services=1"), POD.item)
