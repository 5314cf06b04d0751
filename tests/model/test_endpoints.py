"""Which endpoints a Service has: the situations of upstream's utils_test.go and reconciler_test.go
of endpointslice (v0.36), in a form of our own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.ir.expr import FALSE, TRUE, Expr
from model.network.endpoints import (
    FULL,
    IPV4,
    IPV6,
    Endpoint,
    Pod,
    Port,
    Service,
    ServicePort,
    Slice,
    conditions,
    sync,
)

APP = {"app": "web"}
WEB = Service("default", "web", APP, (ServicePort("http", 8080),))
UP = Pod("default", "p", APP, addresses=("10.1.0.1",), ready=True, node="n1")
ZONES = {"n1": "z1", "n2": ""}


def only(service: Service, *pods: Pod) -> Slice:
    (found,) = sync(service, pods, ZONES).slices
    return found


def as_flags(*flags: bool) -> tuple[Expr, ...]:
    return tuple(TRUE if each else FALSE for each in flags)


@pytest.mark.parametrize(
    ("ready", "deleting", "publishes", "expected"),
    [
        (True, False, False, (True, True, False)),
        (False, False, False, (False, False, False)),
        (True, True, False, (False, True, True)),
        (False, True, False, (False, False, True)),
        # Whoever publishes what is not ready says so, but not that it serves.
        (True, False, True, (True, True, False)),
        (False, False, True, (True, False, False)),
        (True, True, True, (True, True, True)),
        (False, True, True, (True, False, True)),
    ],
)
def test_what_an_endpoint_says(
    ready: bool, deleting: bool, publishes: bool, expected: tuple[bool, bool, bool]
) -> None:
    assert tuple(conditions(ready, deleting, publishes)) == as_flags(*expected)


@pytest.mark.parametrize(
    ("pod", "names"),
    [
        (UP, ["p"]),
        (replace(UP, ready=False), ["p"]),
        (replace(UP, deleting=True), ["p"]),
        (replace(UP, ended=True), []),
        (replace(UP, addresses=()), []),
        (replace(UP, labels={"app": "db"}), []),
        (replace(UP, labels=APP | {"tier": "x"}), ["p"]),
        (replace(UP, namespace="other"), []),
        (replace(UP, addresses=("fd00::1",)), []),
    ],
)
def test_which_pods_are_endpoints(pod: Pod, names: list[str]) -> None:
    """A Service without any has a slice for all that, without ports."""
    found = only(WEB, pod)
    assert [each.pod for each in found.endpoints] == names
    assert bool(found.ports) == bool(names)


def test_an_endpoint_tells_where_it_is() -> None:
    """The host name only for a pod of the subdomain that the Service gives."""
    named = replace(UP, hostname="db-0", subdomain="web")
    found = only(WEB, named).endpoints
    assert found == (Endpoint("p", ("10.1.0.1",), True, True, False, "n1", "z1", "db-0"),)
    assert only(WEB, replace(named, subdomain="other")).endpoints[0].hostname == ""
    assert only(WEB, replace(UP, node="n2")).endpoints[0].zone == ""


@pytest.mark.parametrize(
    ("ports", "named", "expected"),
    [
        ([ServicePort("http", 80)], [], [Port("http", 80)]),
        ([ServicePort("http", 80, app_protocol="h2")], [], [Port("http", 80, "TCP", "h2")]),
        ([ServicePort("http", "web")], [Port("web", 8080)], [Port("http", 8080)]),
        ([ServicePort("http", "web")], [Port("api", 8080)], []),
        # The protocol must be the same.
        ([ServicePort("dns", "dns", "UDP")], [Port("dns", 53)], []),
        (
            [ServicePort("dns", "dns", "UDP")],
            [Port("dns", 53), Port("dns", 5353, "UDP")],
            [Port("dns", 5353, "UDP")],
        ),
        # The first container that has a port of that name.
        ([ServicePort("http", "web")], [Port("web", 1), Port("web", 2)], [Port("http", 1)]),
        (
            [ServicePort("b", 2), ServicePort("a", "web")],
            [Port("web", 1)],
            [Port("a", 1), Port("b", 2)],
        ),
        ([], [], []),
    ],
)
def test_ports_of_a_pod(ports: list[ServicePort], named: list[Port], expected: list[Port]) -> None:
    service = replace(WEB, ports=tuple(ports), headless=True)
    found = only(service, replace(UP, ports=tuple(named)))
    assert found.ports == tuple(expected)
    assert len(found.endpoints) == 1


def test_pods_with_other_ports_are_in_other_slices() -> None:
    service = replace(WEB, ports=(ServicePort("http", "web"),))
    pods = [
        replace(UP, name=f"p{index}", ports=ports, addresses=(f"10.1.0.{index}",))
        for index, ports in enumerate(((Port("web", 1),), (Port("web", 2),), (), (Port("web", 1),)))
    ]
    found = sync(service, pods, ZONES).slices
    assert {each.ports: [e.pod for e in each.endpoints] for each in found} == {
        (Port("http", 1),): ["p0", "p3"],
        (Port("http", 2),): ["p1"],
        (): ["p2"],
    }


@pytest.mark.parametrize(
    ("families", "expected"),
    [
        ((IPV4,), {IPV4: ("10.1.0.1",)}),
        ((IPV6,), {IPV6: ("fd00::1",)}),
        ((IPV4, IPV6), {IPV4: ("10.1.0.1",), IPV6: ("fd00::1",)}),
    ],
)
def test_each_family_has_its_slices(
    families: tuple[str, ...], expected: dict[str, tuple[str, ...]]
) -> None:
    pod = replace(UP, addresses=("10.1.0.1", "fd00::1"))
    found = sync(replace(WEB, families=families), [pod], ZONES).slices
    assert {each.family: each.endpoints[0].addresses for each in found} == expected


@pytest.mark.parametrize(
    "service", [replace(WEB, selector=None), replace(WEB, external=True)], ids=["bare", "external"]
)
def test_endpoints_that_are_somebody_elses(service: Service) -> None:
    assert sync(service, [UP], ZONES).slices == ()


def test_labels_are_the_services_and_the_controllers() -> None:
    labels = {"team": "a", "kubernetes.io/service-name": "x", "service.kubernetes.io/headless": ""}
    own = {
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    assert only(replace(WEB, labels=labels)).labels == {"team": "a"} | own
    headless = only(replace(WEB, headless=True)).labels
    assert headless == own | {"service.kubernetes.io/headless": ""}


def test_a_pod_of_an_unknown_node_is_left_out_for_now() -> None:
    """Unless the Service publishes whatever there is."""
    lost = replace(UP, node="gone")
    found = sync(WEB, [lost, replace(UP, name="q")], ZONES)
    assert found.left_out == ("p",)
    assert [each.pod for each in found.slices[0].endpoints] == ["q"]
    published = sync(replace(WEB, publishes_unready=True), [lost], ZONES)
    assert published.left_out == ()
    assert published.slices[0].endpoints[0].ready


def test_a_slice_holds_a_hundred() -> None:
    pods = [
        replace(UP, name=f"p{index}", addresses=(f"10.1.{index // 250}.{index % 250}",))
        for index in range(2 * FULL + 1)
    ]
    assert [len(each.endpoints) for each in sync(WEB, pods, ZONES).slices] == [FULL, FULL, 1]
