"""What Services ask for and the model does not have.

Source: kubernetes v1.36.3 `pkg/proxy/topology.go` (CategorizeEndpoints: policies Local),
`pkg/kubelet/kuberuntime/kuberuntime_container.go` (executePreStopHook).
"""

from __future__ import annotations

from collections.abc import Iterator

from model.api.selector import LabelSelector
from model.api.service import Service
from model.apiserver.routing import ANSWERS, STOPPED, routed, served
from model.omission import Found, Omission, doubts
from model.setting import Setting


def _services(setting: Setting) -> Iterator[Service]:
    """Those whose requests are modelled."""
    scenario = setting.scenario
    if routed(scenario):
        yield from served(scenario)


def _local(setting: Setting) -> Iterator[Found]:
    for service in _services(setting):
        for policy in service.local:
            yield Found(f"{policy} of {service.label}", service.fields[policy])


def _headless(setting: Setting) -> Iterator[Found]:
    for service in _services(setting):
        if service.headless:
            place = service.fields.get("spec.clusterIP", service.source)
            yield Found(f"{service.label} with clusterIP None", place)


def _unready(setting: Setting) -> Iterator[Found]:
    field = "spec.publishNotReadyAddresses"
    for service in _services(setting):
        if service.publishes_unready:
            yield Found(f"{field} of {service.label}", service.fields.get(field, service.source))


def _others(setting: Setting) -> Iterator[Found]:
    for service in served(setting.scenario):
        if setting.strangers(
            setting.around.selected(LabelSelector(service.selector), service.namespace)
        ):
            place = service.fields.get("spec.selector", service.source)
            yield Found(f"{service.label} over other pods", place)


def _hooks(setting: Setting) -> Iterator[Found]:
    path = "spec.template.spec.containers[*].lifecycle.preStop"
    template = setting.scenario.workload.template
    if any(_services(setting)) and template.pre_stop_seconds is None:
        for written in setting.own.manifest.written(path):
            yield Found(written.path, written.source)


OMITTED = (
    Omission(
        "local-traffic",
        "with a traffic policy Local, requests of a node go to pods of that node only",
        doubts(ANSWERS),
        elsewhere=_local,
    ),
    Omission(
        "headless-service",
        "clients of a headless Service take addresses of its pods from DNS, which may be old",
        doubts(ANSWERS, STOPPED),
        doubts(ANSWERS, STOPPED),
        elsewhere=_headless,
    ),
    Omission(
        "unready-traffic",
        "with publishNotReadyAddresses, requests go to pods that are not ready as well",
        doubts(ANSWERS, STOPPED),
        doubts(ANSWERS, STOPPED),
        elsewhere=_unready,
    ),
    Omission(
        "shared-service",
        "a Service sends requests to all pods that it selects, of whatever workload",
        {},
        doubts(ANSWERS, STOPPED),
        elsewhere=_others,
    ),
    Omission(
        "pre-stop-hook",
        "a preStop hook that does something else than sleep takes as long as that takes",
        {},
        doubts(ANSWERS, STOPPED),
        elsewhere=_hooks,
    ),
)
