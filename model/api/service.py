"""Services.

Source: k8s.io/api v0.36 `core/v1/types.go` (ServiceSpec).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.api.source import Fields, Source
from model.api.workload import Workload


@dataclass(frozen=True)
class Service:
    """A Service, for the pods that it selects."""

    namespace: str
    name: str
    selector: Mapping[str, str] = field(default_factory=dict)
    #: Whether kube-proxy has rules for it: it has an address of its own, and is no other's name.
    proxied: bool = True
    #: publishNotReadyAddresses.
    publishes_unready: bool = False
    #: The fields by which requests of a node go to pods of that node only.
    local: tuple[str, ...] = ()
    source: Source = Source("-", 1)
    fields: Fields = field(default_factory=dict)

    def routes_to(self, workload: Workload) -> bool:
        """Whether kube-proxy sends requests to the workload's pods while they are ready."""
        labels = workload.template.labels
        chosen = all(labels.get(key) == value for key, value in self.selector.items())
        selects = bool(self.selector) and self.namespace == workload.namespace and chosen
        return selects and self.proxied and not self.publishes_unready
