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


def _others(setting: Setting) -> Iterator[Found]:
    for service in _services(setting):
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
