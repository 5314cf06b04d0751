"""What a StatefulSet says beyond what every workload says.

Source: kubernetes 1.36 `pkg/apis/apps/v1/defaults.go` (SetDefaults_StatefulSet): a strategy without
type is a RollingUpdate with partition 0, and one with the type alone has no partition.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.api.statefulset import StatefulSet
from model.load.tree import Mapping, as_int, as_mapping, as_text, mappings_of

POLICIES = ("OrderedReady", "Parallel")
STRATEGIES = ("RollingUpdate", "OnDelete")


def read(spec: Mapping) -> StatefulSet:
    """What a spec says; what is wrong with it `model.load.validation.statefulset` reports."""
    kind = as_text(spec.at("updateStrategy", "type"))
    rolling = as_mapping(spec.at("updateStrategy", "rollingUpdate"))
    partition: int | None = 0
    if rolling is not None:
        partition = max(0, as_int(rolling.at("partition")) or 0)
    elif kind == "RollingUpdate":
        partition = None
    claims = (as_text(tree.at("metadata", "name")) for _, tree in _claims(spec))
    return StatefulSet(
        parallel=as_text(spec.at("podManagementPolicy")) == "Parallel",
        on_delete=kind == "OnDelete",
        partition=partition,
        asks_unavailable=rolling is not None and rolling.at("maxUnavailable") is not None,
        start=max(0, as_int(spec.at("ordinals", "start")) or 0),
        claims=tuple(claims),
        drops_claims=as_text(spec.at("persistentVolumeClaimRetentionPolicy", "whenScaled"))
        == "Delete",
    )


def _claims(spec: Mapping) -> Iterator[tuple[int, Mapping]]:
    yield from mappings_of(spec.at("volumeClaimTemplates"))


def assumptions(stateful: StatefulSet) -> list[str]:
    """What is taken for granted of it."""
    return [*_dropped(stateful), *_bound(stateful)]


def _dropped(stateful: StatefulSet) -> Iterator[str]:
    if stateful.asks_unavailable:
        yield (
            "spec.updateStrategy.rollingUpdate.maxUnavailable does nothing: the API server drops "
            "it unless the feature gate MaxUnavailableStatefulSet is on, which it is not by default"
        )


def _bound(stateful: StatefulSet) -> list[str]:
    if not stateful.claims:
        return []
    names = ", ".join(stateful.claims)
    if stateful.zonal:
        return [
            f"claims of volumeClaimTemplates ({names}) are bound, each in the zone where its pod "
            "is bound first, if nodes are in several"
        ]
    return [f"claims of volumeClaimTemplates are bound, and can be used on every node: {names}"]
