"""What a pod asks of a node, against a simulation of how its containers start."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.api.amounts import Container, pod_requests
from tests.model.load.helpers import deployment, workload_of

amounts = st.dictionaries(st.sampled_from(["cpu", "memory"]), st.integers(0, 20))
containers = st.lists(st.builds(Container, amounts), max_size=4)
init_containers = st.lists(st.builds(Container, amounts, st.booleans()), max_size=4)


def highest_use(main: list[Container], init: list[Container], name: str) -> int:
    """The most of a resource in use at once while a pod starts and runs.

    Init containers run in order; a sidecar stays, any other has left before the next one starts.
    """
    sidecars, most = 0, 0
    for container in init:
        most = max(most, sidecars + container.requests.get(name, 0))
        if container.sidecar:
            sidecars += container.requests.get(name, 0)
    return max(most, sidecars + sum(c.requests.get(name, 0) for c in main))


@given(containers, init_containers, amounts)
@settings(deadline=None, max_examples=300)
def test_requests_are_the_highest_use(
    main: list[Container], init: list[Container], overhead: dict[str, int]
) -> None:
    """The formula equals the peak of the simulated start, plus overhead."""
    total = pod_requests(main, init, {}, overhead)
    for name in ("cpu", "memory"):
        expected = highest_use(main, init, name) + overhead.get(name, 0)
        assert total.get(name, 0) == expected


CASES = {
    "nothing": ("", "", {}),
    "requests": (
        "",
        "resources: {requests: {cpu: 100m, memory: 1Gi}}",
        {"cpu": 100, "memory": 2**30},
    ),
    "requests default to limits": ("", "resources: {limits: {cpu: 2}}", {"cpu": 2000}),
    "a request at its limit": (
        "",
        "resources: {limits: {cpu: 1500m}, requests: {cpu: 1.5}}",
        {"cpu": 1500},
    ),
    "each resource by itself": (
        "",
        "resources: {limits: {cpu: 2, memory: 2Gi}, requests: {cpu: 1}}",
        {"cpu": 1000, "memory": 2**31},
    ),
    "a YAML number": (
        "",
        "resources: {requests: {cpu: 0.25, memory: 1e6}}",
        {"cpu": 250, "memory": 10**6},
    ),
    "an init container above": (
        "initContainers: [{name: i, image: i, resources: {requests: {cpu: 3}}}]",
        "resources: {requests: {cpu: 1}}",
        {"cpu": 3000},
    ),
    "a sidecar beside": (
        "initContainers:\n- name: i\n  image: i\n  restartPolicy: Always\n"
        "  resources: {requests: {cpu: 3}}",
        "resources: {requests: {cpu: 1}}",
        {"cpu": 4000},
    ),
    "overhead": ("overhead: {cpu: 250m}", "resources: {requests: {cpu: 1}}", {"cpu": 1250}),
    "pod-level request": (
        "resources: {requests: {cpu: 4}}",
        "resources: {requests: {cpu: 1, memory: 1Gi}}",
        {"cpu": 4000, "memory": 2**30},
    ),
    "pod-level limit counts where containers are silent": (
        "resources: {limits: {cpu: 4, memory: 4Gi}}",
        "resources: {requests: {cpu: 1}}",
        {"cpu": 1000, "memory": 2**32},
    ),
    "rounding before sums": (
        "overhead: {cpu: 0.0005}",
        "resources: {requests: {cpu: 0.0005}}",
        {"cpu": 2},
    ),
    "an extended resource": (
        "",
        "resources: {limits: {example.com/gpu: 2}}",
        {"example.com/gpu": 2},
    ),
}


@pytest.mark.parametrize(("pod", "container", "requests"), CASES.values(), ids=CASES.keys())
def test_requests_of_manifests(pod: str, container: str, requests: dict[str, int]) -> None:
    """Rows worked out from PodRequests and the defaults of a pod."""
    assert workload_of(deployment(pod=pod, container=container)).template.requests == requests
