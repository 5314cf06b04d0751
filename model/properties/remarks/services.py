"""How the last state breaks a property of Services."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from model.apiserver.objects import Cluster
from model.instance import Remark
from model.properties.services import answers, asked, void
from model.words import counted, listed, verb

if TYPE_CHECKING:
    from model.api.service import Service
    from model.ir.reading import Reading

HOOK = "spec.template.spec.containers[*].lifecycle"
GRACE = "spec.template.spec.terminationGracePeriodSeconds"


def unanswered(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    given = asked(cluster)
    failed = next(
        (each for each in given if not reading.value(partial(answers, cluster, each))), given[0]
    )
    unselected = reading.those(
        cluster.Pod, lambda p: cluster.is_own(p) & cluster.is_ready(p) & ~failed.selects(p)
    )
    if cluster.routing is None:
        yield Remark(f"{failed.service.label} has no ready pod", ())
        yield from _unselected(cluster, failed.service, len(unselected))
        return
    routing, selects = cluster.routing, failed.selects
    sent = reading.those(cluster.Pod, lambda p: routing.is_sent(selects, p))
    ready = reading.those(cluster.Pod, lambda p: routing.takes_requests(cluster, p) & selects(p))
    if sent:
        names = listed([str(pod) for pod in sent])
        yield Remark(
            f"requests are sent to {names}, which {verb(len(sent), 'takes', 'take')} none", ()
        )
    else:
        yield Remark("there is no pod to send requests to", ())
    if ready:
        names = listed([str(pod) for pod in ready])
        them = verb(len(ready), "it", "them")
        yield Remark(f"{names} would take requests, and the rules do not have {them} yet", ())
    elif unselected and not sent:
        yield from _unselected(cluster, failed.service, len(unselected))
        return
    yield from _hook(cluster)


def _unselected(cluster: Cluster, service: Service, pods: int) -> Iterator[Remark]:
    """Why a Service has none of the ready pods, if there are any."""
    if not pods:
        return
    # Those of the template that it does not route to, before a rollout or after it.
    template = next(
        each.template for each in cluster.scenario.versions if not service.routes_to(each)
    )
    field = f"Service/{service.name}"
    what = f"{counted(pods, 'ready pod')} {verb(pods, 'is', 'are')} there"
    for key, value in service.selector.items():
        has = template.labels.get(key)
        if has != value:
            said = f"no label {key}" if has is None else f"{key}={has}"
            yield Remark(
                f"{what} with {said}; {service.label} selects {key}={value}",
                (f"{field}.spec.selector.{key}", f"spec.template.metadata.labels.{key}"),
            )
            return
    if service.target is not None:
        name, protocol = service.target
        yield Remark(
            f"{what}, of which no container names a port {name} ({protocol})",
            (f"{field}.{service.port}", "spec.template.spec.containers[*].ports"),
        )


def into_the_void(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    assert cluster.routing is not None
    stopped = reading.those(cluster.Pod, lambda p: void(cluster, p))
    if stopped:
        names = listed([str(pod) for pod in stopped])
        was = verb(len(stopped), "was", "were")
        yield Remark(f"requests are sent to {names}, which {was} told to stop", ())
    else:
        yield Remark(
            "requests are sent to a pod that was gone at once: its grace period is 0", (GRACE,)
        )
    yield from _hook(cluster)


def _hook(cluster: Cluster) -> Iterator[Remark]:
    """Why pods do not wait for the rules."""
    template, lag = cluster.scenario.workload.template, cluster.scenario.proxy_lag
    if template.outlasts(lag):
        return
    if not template.pre_stop_seconds:
        yield Remark("no preStop hook sleeps until the rules are up to date", (HOOK,))
        return
    slept = min(template.pre_stop_seconds, template.termination_grace_seconds)
    yield Remark(
        f"the preStop hook sleeps for {counted(slept, 'second')} of its grace period; the rules "
        f"may take {counted(lag, 'second')}",
        (HOOK, GRACE, "spec.cluster.proxyLagSeconds"),
    )
