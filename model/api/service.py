"""Services.

Source: k8s.io/api v0.36 `core/v1/types.go` (ServiceSpec); endpointslice v0.36 `utils.go`
(getEndpointPorts: a target port that no container of a pod names is none of that pod's).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.api.source import Fields, Source
from model.api.workload import Workload


@dataclass(frozen=True)
class Service:
    """One port of a Service, for the pods that it selects; of ports that lead to the same pods,
    one for all."""

    namespace: str
    name: str
    selector: Mapping[str, str] = field(default_factory=dict)
    #: Whether kube-proxy has rules for it: it has an address of its own, and is no other's name.
    proxied: bool = True
    #: publishNotReadyAddresses.
    publishes_unready: bool = False
    #: The name and protocol that its target port has to have in a pod; None for a number, which
    #: any pod may listen to.
    target: tuple[str, str] | None = None
    #: The fields by which requests of a node go to pods of that node only.
    local: tuple[str, ...] = ()
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What reports call it."""
        port = f" (target port {self.target[0]})" if self.target else ""
        return f"Service/{self.namespace}/{self.name}{port}"

    def routes_to(self, workload: Workload) -> bool:
        """Whether kube-proxy sends requests to the workload's pods while they are ready."""
        labels = workload.template.labels
        chosen = all(labels.get(key) == value for key, value in self.selector.items())
        selects = bool(self.selector) and self.namespace == workload.namespace and chosen
        named = self.target is None or self.target in workload.template.port_names
        return selects and named and self.proxied and not self.publishes_unready
