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
    #: Whether it is another's name: type ExternalName.
    external: bool = False
    #: Whether it has no address of its own: DNS answers with those of its pods.
    headless: bool = False
    #: publishNotReadyAddresses.
    publishes_unready: bool = False
    #: The name and protocol that its target port has to have in a pod; None for a number, which
    #: any pod may listen to.
    target: tuple[str, str] | None = None
    #: The field that says so, or the first of those.
    port: str = "spec.ports"
    #: The fields by which requests of a node go to pods of that node only.
    local: tuple[str, ...] = ()
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What reports call it."""
        port = f" (target port {self.target[0]})" if self.target else ""
        return f"Service/{self.namespace}/{self.name}{port}"

    @property
    def followed(self) -> bool:
        """Whether the model says where its requests go: kube-proxy has rules for it, of pods that
        are ready."""
        return not (self.external or self.headless or self.publishes_unready)

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether it selects pods of its namespace with such labels; without a selector, none."""
        chosen = all(labels.get(key) == value for key, value in self.selector.items())
        return bool(self.selector) and chosen and not self.external

    def routes_to(self, workload: Workload) -> bool:
        """Whether requests to it go to the workload's pods while they are ready."""
        named = self.target is None or self.target in workload.template.port_names
        here = self.namespace == workload.namespace
        return here and named and self.selects(workload.template.labels)
