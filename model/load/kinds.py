"""The API groups and kinds that Kubernetes itself serves, or has in files of its components, and
which of them are read.

A kind in one of these groups that is not in the table is a mistake; a kind in any other group is
a custom resource.

Source: k8s.io/api v0.36.3, `register.go` of each group; removed versions from the deprecated API
migration guide of kubernetes.io; kube-scheduler v0.36 `config/v1/register.go`.
"""

from __future__ import annotations

from functools import cache

#: The API group and version of the spec.
CHECK_VERSION = "planecheck.dev/v1alpha1"

#: Group to kinds, over all versions that are or were served.
KINDS = """\
v1: Pod PodTemplate ReplicationController Service Endpoints Node Binding Event LimitRange
  ResourceQuota Namespace Secret ServiceAccount PersistentVolume PersistentVolumeClaim
  ComponentStatus ConfigMap List
apps: Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision DeploymentRollback Scale
batch: Job CronJob
extensions: Deployment DaemonSet Ingress ReplicaSet NetworkPolicy PodSecurityPolicy Scale
  DeploymentRollback
policy: PodDisruptionBudget Eviction PodSecurityPolicy
autoscaling: HorizontalPodAutoscaler Scale
networking.k8s.io: Ingress IngressClass NetworkPolicy IPAddress ServiceCIDR
rbac.authorization.k8s.io: Role RoleBinding ClusterRole ClusterRoleBinding
storage.k8s.io: StorageClass VolumeAttachment CSINode CSIDriver CSIStorageCapacity
  VolumeAttributesClass
scheduling.k8s.io: PriorityClass Workload PodGroup
admissionregistration.k8s.io: ValidatingWebhookConfiguration MutatingWebhookConfiguration
  ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy
  MutatingAdmissionPolicyBinding
apiextensions.k8s.io: CustomResourceDefinition
apiregistration.k8s.io: APIService
authentication.k8s.io: TokenReview TokenRequest SelfSubjectReview
authorization.k8s.io: SelfSubjectRulesReview SelfSubjectAccessReview SubjectAccessReview
  LocalSubjectAccessReview
certificates.k8s.io: CertificateSigningRequest ClusterTrustBundle PodCertificateRequest
coordination.k8s.io: Lease LeaseCandidate
discovery.k8s.io: EndpointSlice
events.k8s.io: Event
flowcontrol.apiserver.k8s.io: FlowSchema PriorityLevelConfiguration
node.k8s.io: RuntimeClass
resource.k8s.io: DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice DeviceTaintRule
  ResourcePoolStatusRequest
storagemigration.k8s.io: StorageVersionMigration
internal.apiserver.k8s.io: StorageVersion
kubescheduler.config.k8s.io: KubeSchedulerConfiguration
"""

#: Kind that is read to the apiVersion that it is read as, and the older ones that stand for it.
READ: dict[str, tuple[str, tuple[str, ...]]] = {
    "Deployment": ("apps/v1", ("apps/v1beta1", "apps/v1beta2")),
    "ReplicaSet": ("apps/v1", ("apps/v1beta2",)),
    "StatefulSet": ("apps/v1", ("apps/v1beta2",)),
    "DaemonSet": ("apps/v1", ("apps/v1beta2",)),
    "ReplicationController": ("v1", ()),
    "Pod": ("v1", ()),
    "Job": ("batch/v1", ()),
    "CronJob": ("batch/v1", ("batch/v1beta1",)),
    "PodDisruptionBudget": ("policy/v1", ("policy/v1beta1",)),
    "PodTemplate": ("v1", ()),
    "Node": ("v1", ()),
    "Service": ("v1", ()),
    "Namespace": ("v1", ()),
}

#: Those of them that are pods or make some.
WORKLOADS = (
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Pod",
)

#: Kinds that no namespace holds.
CLUSTER_SCOPED = """\
  Node Namespace PersistentVolume ComponentStatus IngressClass IPAddress ServiceCIDR ClusterRole
  ClusterRoleBinding StorageClass VolumeAttachment CSINode CSIDriver VolumeAttributesClass
  PriorityClass ValidatingWebhookConfiguration MutatingWebhookConfiguration
  ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy
  MutatingAdmissionPolicyBinding CustomResourceDefinition APIService CertificateSigningRequest
  ClusterTrustBundle FlowSchema PriorityLevelConfiguration RuntimeClass DeviceClass
  ResourceSlice DeviceTaintRule StorageVersionMigration StorageVersion PodSecurityPolicy
  KubeSchedulerConfiguration
"""


@cache
def cluster_scoped() -> frozenset[str]:
    return frozenset(CLUSTER_SCOPED.split())


@cache
def groups() -> dict[str, tuple[str, ...]]:
    """Built-in API group ("v1" is the core group) to its kinds."""
    unfolded = KINDS.replace("\n  ", " ")
    rows = (line.partition(": ") for line in unfolded.splitlines())
    return {group: tuple(kinds.split()) for group, _, kinds in rows}


def group_of(api_version: str) -> str:
    """The group of an apiVersion; core's is written "v1"."""
    group, slash, _ = api_version.partition("/")
    return group if slash else "v1"


def homes_of(kind: str) -> list[str]:
    """The apiVersions that a kind is to be written with, most usual first."""
    newest = {"v1": "v1", "autoscaling": "autoscaling/v2"}
    return [
        newest.get(group, f"{group}/v1")
        for group, kinds in groups().items()
        if kind in kinds and group != "extensions"
    ]
