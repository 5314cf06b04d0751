"""Claims of storage, volumes, and what nodes and drivers offer.

Source: k8s.io/api v0.36 `core/v1/types.go` (PersistentVolume, PersistentVolumeClaim, Volume),
`storage/v1/types.go` (StorageClass, CSINode, CSIDriver, CSIStorageCapacity, VolumeAttachment).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.api.selector import LabelSelector, Requirement


@dataclass(frozen=True)
class Disk:
    """A volume of a pod's own that pods cannot share: a disk by its kind and name. Those of one
    kind conflict if they have a name in common, unless both are read only."""

    kind: str
    names: frozenset[str]
    read_only: bool = False


@dataclass(frozen=True)
class Volume:
    """A volume of a pod. One that is `ephemeral` comes with a claim of its own."""

    name: str
    #: The claim's name, if it is by a claim.
    claim: str | None = None
    ephemeral: bool = False
    disk: Disk | None = None
    #: Whether it is of a kind that a CSI driver stands for nowadays.
    migratable: bool = False


@dataclass(frozen=True)
class PersistentVolumeClaim:
    """Amounts in nanos of bytes, as `model.api.quantity` has them."""

    namespace: str
    name: str
    class_name: str = ""
    #: The volume that it is to be bound to; `bound` once that is done.
    volume: str = ""
    bound: bool = False
    modes: tuple[str, ...] = ()
    #: None where it asks for no size.
    size: int | None = None
    volume_mode: str = "Filesystem"
    attributes_class: str = ""
    selector: LabelSelector | None = None
    #: The node for which a volume is being made.
    selected_node: str | None = None
    lost: bool = False
    deleting: bool = False
    uid: str = ""
    #: Kind, name and uid of its controller.
    controller: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class PersistentVolume:
    """A volume; `affinity` has terms of requirements on nodes, None for none."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    class_name: str = ""
    capacity: int = 0
    modes: tuple[str, ...] = ()
    volume_mode: str = "Filesystem"
    attributes_class: str = ""
    #: Namespace, name and uid ("" for any) of the claim that it is for.
    claim: tuple[str, str, str] | None = None
    available: bool = True
    affinity: tuple[tuple[Requirement, ...], ...] | None = None
    #: CSI driver and handle.
    csi: tuple[str, str] | None = None
    #: Whether it is of a kind that a CSI driver stands for nowadays.
    migratable: bool = False
    deleting: bool = False


#: Provisioners, as CSI drivers and as in-tree plugins, of disks that one zone has. Source:
#: csi-translation-lib v0.36.3 `plugins/` (aws_ebs.go, azure_disk.go, gce_pd.go,
#: openstack_cinder.go: each driver's name and topology key).
ZONAL = (
    "ebs.csi.aws.com",
    "kubernetes.io/aws-ebs",
    "disk.csi.azure.com",
    "kubernetes.io/azure-disk",
    "pd.csi.storage.gke.io",
    "kubernetes.io/gce-pd",
    "cinder.csi.openstack.org",
    "kubernetes.io/cinder",
)


@dataclass(frozen=True)
class StorageClass:
    """`waits` for the first pod with binding; `topologies` are terms of labels with values."""

    name: str
    provisioner: str = ""
    waits: bool = False
    topologies: tuple[tuple[Requirement, ...], ...] = ()
    #: Whether claims that name no class get it.
    default: bool = False

    @property
    def makes(self) -> bool:
        """Whether anybody makes volumes of it."""
        return self.provisioner not in ("", "kubernetes.io/no-provisioner")


@dataclass(frozen=True)
class CSIStorageCapacity:
    """How large volumes of a class may be in a part of the cluster; None where that is unknown."""

    class_name: str
    topology: LabelSelector | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Storage:
    """All of it, by names."""

    claims: Mapping[tuple[str, str], PersistentVolumeClaim] = field(default_factory=dict)
    volumes: Mapping[str, PersistentVolume] = field(default_factory=dict)
    classes: Mapping[str, StorageClass] = field(default_factory=dict)
    #: Node to how many volumes of a driver it takes, of drivers that say so.
    limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: Drivers of which `capacities` are known.
    tracked: frozenset[str] = frozenset()
    capacities: tuple[CSIStorageCapacity, ...] = ()
    #: Node to attacher and name of volume of each attachment.
    attachments: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
