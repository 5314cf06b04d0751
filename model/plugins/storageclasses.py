"""StorageClasses among the manifests: which pin volumes to the zones of nodes."""

from __future__ import annotations

from collections.abc import Iterable

from model.api.storage import ZONAL
from model.setting import Manifest, mapping

#: The claims that a StatefulSet makes for each of its pods.
CLAIMS = "spec.volumeClaimTemplates[*]"

DEFAULT = "storageclass.kubernetes.io/is-default-class"


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


def used(stateful: Manifest, classes: Iterable[Manifest]) -> list[Manifest]:
    """The classes of the claims that a StatefulSet makes. Claims that name none get the default
    one."""
    known = {each.name: each for each in classes}
    usual = next((name for name in sorted(known) if is_default(known[name])), "")
    found = {}
    for written in stateful.written(CLAIMS):
        spec = mapping(mapping(written.value).get("spec"))
        made = known.get(str(spec.get("storageClassName") or usual))
        if made is not None:
            found[made.name] = made
    return list(found.values())


def pinned(stateful: Manifest, classes: Iterable[Manifest]) -> bool:
    """Whether a StatefulSet makes claims whose volumes are pinned."""
    return any(map(pins, used(stateful, classes)))
