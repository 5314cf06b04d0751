"""How the last state breaks a property of Services."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from model.apiserver.objects import Cluster
from model.apiserver.routing import selections
from model.instance import Remark
from model.properties.services import answers, void
from model.words import counted, listed, verb

if TYPE_CHECKING:
    from model.ir.reading import Reading

HOOK = "spec.template.spec.containers[*].lifecycle"
GRACE = "spec.template.spec.terminationGracePeriodSeconds"


def unanswered(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    routing = cluster.routing
    assert routing is not None
    given = selections(cluster)
    selects = next(
        (each for each in given if not reading.value(partial(answers, cluster, each))), given[0]
    )
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
    yield from _hook(cluster)


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
