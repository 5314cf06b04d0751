"""StorageClasses among the manifests: which pin volumes to the zones of nodes.

Source: component-helpers v0.36.3 `storage/volume/helpers.go` (GetPersistentVolumeClaimClass: the
annotation comes first), kubernetes v1.36.3
`plugin/pkg/admission/storage/storageclass/setdefault/admission.go` (only claims that say nothing of
a class get the default one).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from model.api.storage import ZONAL
from model.setting import Manifest, mapping

#: The claims that a StatefulSet makes for each of its pods.
CLAIMS = "spec.volumeClaimTemplates[*]"

DEFAULT = "storageclass.kubernetes.io/is-default-class"
#: The annotation by which claims named their class before there was a field.
NAMED = "volume.beta.kubernetes.io/storage-class"


def is_default(found: Manifest) -> bool:
    """Whether claims that name no class get this one."""
    return mapping(found.value("metadata.annotations")).get(DEFAULT) == "true"


def is_zonal(found: Manifest) -> bool:
    """Whether its volumes are disks of one zone each: not those that are kept in two zones of a
    cloud."""
    regional = mapping(found.value("parameters")).get("replication-type") == "regional-pd"
    return found.value("provisioner") in ZONAL and not regional


def pins(found: Manifest) -> bool:
    """Whether a volume of it is made in the zone of the node that its pod is bound to first."""
    return is_zonal(found) and found.value("volumeBindingMode") == "WaitForFirstConsumer"


def usual(classes: Iterable[Manifest]) -> str:
    """The name of the class that claims get that say nothing of one; empty for none."""
    return next((name for name in sorted(each.name for each in classes if is_default(each))), "")


def class_of(claim: Any, otherwise: str) -> str:
    """The name of the class that a claim, as it was written, asks for; `otherwise` if it says
    nothing of one."""
    metadata, spec = (mapping(mapping(claim).get(part)) for part in ("metadata", "spec"))
    annotations = mapping(metadata.get("annotations"))
    if NAMED in annotations:
        return str(annotations[NAMED])
    named = spec.get("storageClassName")
    return otherwise if named is None else str(named)


def used(stateful: Manifest, classes: Iterable[Manifest]) -> list[Manifest]:
    """The classes of the claims that a StatefulSet makes. Claims that name none get the default
    one."""
    known = {each.name: each for each in classes}
    otherwise = usual(known.values())
    found = {}
    for written in stateful.written(CLAIMS):
        made = known.get(class_of(written.value, otherwise))
        if made is not None:
            found[made.name] = made
    return list(found.values())


def pinned(stateful: Manifest, classes: Iterable[Manifest]) -> bool:
    """Whether a StatefulSet makes claims whose volumes are pinned."""
    return any(map(pins, used(stateful, classes)))
