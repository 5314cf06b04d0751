"""What a StatefulSet's own fields may say.

Source: kubernetes 1.36 `pkg/apis/apps/validation/validation.go` (ValidateStatefulSetSpec,
validateRollingUpdateStatefulSet, volumesToAddForTemplates,
ValidatePersistentVolumeClaimRetentionPolicy).

`maxUnavailable` is not looked at: `pkg/registry/apps/statefulset/strategy.go` drops it before.

Omits: the specs of volumeClaimTemplates.
"""

from __future__ import annotations

from model.load import labels
from model.load.statefulset import POLICIES, STRATEGIES
from model.load.tree import Mapping
from model.load.validation.contract import At


def spec(at: At) -> None:
    """A spec; selector, replicas and template are read elsewhere."""
    at.one_of("podManagementPolicy", POLICIES)
    strategy = at.child("updateStrategy")
    if strategy is not None:
        _strategy(strategy)
    ordinals = at.child("ordinals")
    if ordinals is not None:
        ordinals.at_least(0, "start")
    retention = at.child("persistentVolumeClaimRetentionPolicy")
    if retention is not None:
        for field in ("whenDeleted", "whenScaled"):
            retention.one_of(field, ("Retain", "Delete"))
    name = at.text("serviceName")
    if name and not labels.is_dns_label(name):
        at.misnamed("serviceName", f"`{name}` is not the name of a Service")


def claims(at: At) -> dict[str, At]:
    """The volumes that the controller adds to pods, one for each volumeClaimTemplate."""
    found = {}
    for template in at.children("volumeClaimTemplates"):
        volume = Mapping(template.tree.source)
        volume.entries["persistentVolumeClaim"] = template.tree
        found[template.text("metadata", "name")] = At(volume, template.path, template.report)
    return found


def _strategy(at: At) -> None:
    at.one_of("type", STRATEGIES)
    rolling = at.child("rollingUpdate")
    if rolling is None:
        return
    if at.text("type") == "OnDelete":
        at.forbidden("rollingUpdate", "is only allowed with type RollingUpdate")
        return
    rolling.at_least(0, "partition")
