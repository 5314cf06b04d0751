"""What a StatefulSet says beyond its replicas and its template.

Source: k8s.io/api v0.36 `apps/v1/types.go` (StatefulSetSpec), kubernetes 1.36
`pkg/apis/apps/v1/defaults.go` (SetDefaults_StatefulSet). `updateStrategy.rollingUpdate.
maxUnavailable` is not here: while the feature gate MaxUnavailableStatefulSet is off, as it is by
default, the API server drops it (`pkg/registry/apps/statefulset/strategy.go`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StatefulSet:
    #: podManagementPolicy Parallel; else OrderedReady.
    parallel: bool = False
    #: updateStrategy OnDelete; else RollingUpdate.
    on_delete: bool = False
    #: Ordinals below it keep their revision. None where the type RollingUpdate was written without
    #: `rollingUpdate`, which the API server then leaves empty.
    partition: int | None = 0
    #: Whether `updateStrategy.rollingUpdate.maxUnavailable` is written, for nothing.
    asks_unavailable: bool = False
    #: The first ordinal.
    start: int = 0
    #: Names of the volumeClaimTemplates.
    claims: tuple[str, ...] = ()
    #: Whether some of them get a disk in the zone where their pod is first bound.
    zonal: bool = False
    #: persistentVolumeClaimRetentionPolicy with whenScaled Delete: claims go with pods that are
    #: scaled away.
    drops_claims: bool = False
