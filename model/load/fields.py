"""The fields that Kubernetes knows in the objects that are checked, and the type of each.

One type a paragraph, `Name: field:type ...`; a continuation line is indented. Types are

    s string    i integer    b boolean    q quantity    x integer or percentage    any
    [t] a list of t    {t} a map from string to t    Name another type of this table

Source: k8s.io/api v0.36.0 (`core/v1`, `apps/v1`, `policy/v1`, each `types.go`), apimachinery
v0.36 `pkg/apis/meta/v1/types.go`. Fields are listed whether or not the model reads them.

Omits: types of objects that are only counted as unchecked.
"""

from __future__ import annotations

from functools import cache

TYPES = """\
AWSElasticBlockStoreVolumeSource: volumeID:s fsType:s partition:i readOnly:b
Affinity: nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
AppArmorProfile: type:s localhostProfile:s
AttachedVolume: name:s devicePath:s
AzureDiskVolumeSource: diskName:s diskURI:s cachingMode:s fsType:s readOnly:b kind:s
AzureFileVolumeSource: secretName:s shareName:s readOnly:b
CSIVolumeSource: driver:s readOnly:b fsType:s volumeAttributes:{s}
  nodePublishSecretRef:LocalObjectReference
Capabilities: add:[s] drop:[s]
CephFSVolumeSource: monitors:[s] path:s user:s secretFile:s secretRef:LocalObjectReference
  readOnly:b
CinderVolumeSource: volumeID:s fsType:s readOnly:b secretRef:LocalObjectReference
ClientIPConfig: timeoutSeconds:i
ClusterTrustBundleProjection: name:s signerName:s labelSelector:LabelSelector optional:b path:s
Condition: type:s status:s observedGeneration:i lastTransitionTime:s reason:s message:s
ConfigMapEnvSource: name:s optional:b
ConfigMapKeySelector: name:s key:s optional:b
ConfigMapNodeConfigSource: namespace:s name:s uid:s resourceVersion:s kubeletConfigKey:s
ConfigMapProjection: name:s items:[KeyToPath] optional:b
ConfigMapVolumeSource: name:s items:[KeyToPath] defaultMode:i optional:b
Container: name:s image:s command:[s] args:[s] workingDir:s ports:[ContainerPort]
  envFrom:[EnvFromSource] env:[EnvVar] resources:ResourceRequirements
  resizePolicy:[ContainerResizePolicy] restartPolicy:s restartPolicyRules:[ContainerRestartRule]
  volumeMounts:[VolumeMount] volumeDevices:[VolumeDevice] livenessProbe:Probe readinessProbe:Probe
  startupProbe:Probe lifecycle:Lifecycle terminationMessagePath:s terminationMessagePolicy:s
  imagePullPolicy:s securityContext:SecurityContext stdin:b stdinOnce:b tty:b
ContainerImage: names:[s] sizeBytes:i
ContainerPort: name:s hostPort:i containerPort:i protocol:s hostIP:s
ContainerResizePolicy: resourceName:s restartPolicy:s
ContainerRestartRule: action:s exitCodes:ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes: operator:s values:[i]
DaemonEndpoint: Port:i
Deployment: apiVersion:s kind:s metadata:ObjectMeta spec:DeploymentSpec status:DeploymentStatus
DeploymentCondition: type:s status:s lastUpdateTime:s lastTransitionTime:s reason:s message:s
DeploymentSpec: replicas:i selector:LabelSelector template:PodTemplateSpec
  strategy:DeploymentStrategy minReadySeconds:i revisionHistoryLimit:i paused:b
  progressDeadlineSeconds:i
DeploymentStatus: observedGeneration:i replicas:i updatedReplicas:i readyReplicas:i
  availableReplicas:i unavailableReplicas:i terminatingReplicas:i conditions:[DeploymentCondition]
  collisionCount:i
DeploymentStrategy: type:s rollingUpdate:RollingUpdateDeployment
DownwardAPIProjection: items:[DownwardAPIVolumeFile]
DownwardAPIVolumeFile: path:s fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector
  mode:i
DownwardAPIVolumeSource: items:[DownwardAPIVolumeFile] defaultMode:i
EmptyDirVolumeSource: medium:s sizeLimit:q
EnvFromSource: prefix:s configMapRef:ConfigMapEnvSource secretRef:SecretEnvSource
EnvVar: name:s value:s valueFrom:EnvVarSource
EnvVarSource: fieldRef:ObjectFieldSelector resourceFieldRef:ResourceFieldSelector
  configMapKeyRef:ConfigMapKeySelector secretKeyRef:SecretKeySelector fileKeyRef:FileKeySelector
EphemeralContainer: name:s image:s command:[s] args:[s] workingDir:s ports:[ContainerPort]
  envFrom:[EnvFromSource] env:[EnvVar] resources:ResourceRequirements
  resizePolicy:[ContainerResizePolicy] restartPolicy:s restartPolicyRules:[ContainerRestartRule]
  volumeMounts:[VolumeMount] volumeDevices:[VolumeDevice] livenessProbe:Probe readinessProbe:Probe
  startupProbe:Probe lifecycle:Lifecycle terminationMessagePath:s terminationMessagePolicy:s
  imagePullPolicy:s securityContext:SecurityContext stdin:b stdinOnce:b tty:b
  targetContainerName:s
EphemeralVolumeSource: volumeClaimTemplate:PersistentVolumeClaimTemplate
ExecAction: command:[s]
FCVolumeSource: targetWWNs:[s] lun:i fsType:s readOnly:b wwids:[s]
FileKeySelector: volumeName:s path:s key:s optional:b
FlexVolumeSource: driver:s fsType:s secretRef:LocalObjectReference readOnly:b options:{s}
FlockerVolumeSource: datasetName:s datasetUUID:s
GCEPersistentDiskVolumeSource: pdName:s fsType:s partition:i readOnly:b
GRPCAction: port:i service:s
GitRepoVolumeSource: repository:s revision:s directory:s
GlusterfsVolumeSource: endpoints:s path:s readOnly:b
HTTPGetAction: path:s port:x host:s scheme:s httpHeaders:[HTTPHeader]
HTTPHeader: name:s value:s
HostAlias: ip:s hostnames:[s]
HostPathVolumeSource: path:s type:s
ISCSIVolumeSource: targetPortal:s iqn:s lun:i iscsiInterface:s fsType:s readOnly:b portals:[s]
  chapAuthDiscovery:b chapAuthSession:b secretRef:LocalObjectReference initiatorName:s
ImageVolumeSource: reference:s pullPolicy:s
KeyToPath: key:s path:s mode:i
LabelSelector: matchLabels:{s} matchExpressions:[LabelSelectorRequirement]
LabelSelectorRequirement: key:s operator:s values:[s]
Lifecycle: postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:s
LifecycleHandler: exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction
  sleep:SleepAction
LoadBalancerIngress: ip:s hostname:s ipMode:s ports:[PortStatus]
LoadBalancerStatus: ingress:[LoadBalancerIngress]
LocalObjectReference: name:s
ManagedFieldsEntry: manager:s operation:s apiVersion:s time:s fieldsType:s fieldsV1:any
  subresource:s
NFSVolumeSource: server:s path:s readOnly:b
Node: apiVersion:s kind:s metadata:ObjectMeta spec:NodeSpec status:NodeStatus
NodeAddress: type:s address:s
NodeAffinity: requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
  preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
NodeCondition: type:s status:s lastHeartbeatTime:s lastTransitionTime:s reason:s message:s
NodeConfigSource: configMap:ConfigMapNodeConfigSource
NodeConfigStatus: assigned:NodeConfigSource active:NodeConfigSource lastKnownGood:NodeConfigSource
  error:s
NodeDaemonEndpoints: kubeletEndpoint:DaemonEndpoint
NodeFeatures: supplementalGroupsPolicy:b
NodeRuntimeHandler: name:s features:NodeRuntimeHandlerFeatures
NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts:b userNamespaces:b
NodeSelector: nodeSelectorTerms:[NodeSelectorTerm]
NodeSelectorRequirement: key:s operator:s values:[s]
NodeSelectorTerm: matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
NodeSpec: podCIDR:s podCIDRs:[s] providerID:s unschedulable:b taints:[Taint]
  configSource:NodeConfigSource externalID:s
NodeStatus: capacity:{q} allocatable:{q} phase:s conditions:[NodeCondition]
  addresses:[NodeAddress] daemonEndpoints:NodeDaemonEndpoints nodeInfo:NodeSystemInfo
  images:[ContainerImage] volumesInUse:[s] volumesAttached:[AttachedVolume]
  config:NodeConfigStatus runtimeHandlers:[NodeRuntimeHandler] features:NodeFeatures
  declaredFeatures:[s]
NodeSwapStatus: capacity:i
NodeSystemInfo: machineID:s systemUUID:s bootID:s kernelVersion:s osImage:s
  containerRuntimeVersion:s kubeletVersion:s kubeProxyVersion:s operatingSystem:s architecture:s
  swap:NodeSwapStatus
ObjectFieldSelector: apiVersion:s fieldPath:s
ObjectMeta: name:s generateName:s namespace:s selfLink:s uid:s resourceVersion:s generation:i
  creationTimestamp:s deletionTimestamp:s deletionGracePeriodSeconds:i labels:{s} annotations:{s}
  ownerReferences:[OwnerReference] finalizers:[s] managedFields:[ManagedFieldsEntry]
OwnerReference: apiVersion:s kind:s name:s uid:s controller:b blockOwnerDeletion:b
PersistentVolumeClaimSpec: accessModes:[s] selector:LabelSelector
  resources:VolumeResourceRequirements volumeName:s storageClassName:s volumeMode:s
  dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference
  volumeAttributesClassName:s
PersistentVolumeClaimTemplate: metadata:ObjectMeta spec:PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource: claimName:s readOnly:b
PhotonPersistentDiskVolumeSource: pdID:s fsType:s
PodAffinity: requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
  preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
PodAffinityTerm: labelSelector:LabelSelector namespaces:[s] topologyKey:s
  namespaceSelector:LabelSelector matchLabelKeys:[s] mismatchLabelKeys:[s]
PodAntiAffinity: requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
  preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
PodCertificateProjection: signerName:s keyType:s maxExpirationSeconds:i credentialBundlePath:s
  keyPath:s certificateChainPath:s userAnnotations:{s}
PodDNSConfig: nameservers:[s] searches:[s] options:[PodDNSConfigOption]
PodDNSConfigOption: name:s value:s
PodDisruptionBudget: apiVersion:s kind:s metadata:ObjectMeta spec:PodDisruptionBudgetSpec
  status:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec: minAvailable:x selector:LabelSelector maxUnavailable:x
  unhealthyPodEvictionPolicy:s
PodDisruptionBudgetStatus: observedGeneration:i disruptedPods:{s} disruptionsAllowed:i
  currentHealthy:i desiredHealthy:i expectedPods:i conditions:[Condition]
PodOS: name:s
PodReadinessGate: conditionType:s
PodResourceClaim: name:s resourceClaimName:s resourceClaimTemplateName:s
PodSchedulingGate: name:s
PodSchedulingGroup: podGroupName:s
PodSecurityContext: seLinuxOptions:SELinuxOptions windowsOptions:WindowsSecurityContextOptions
  runAsUser:i runAsGroup:i runAsNonRoot:b supplementalGroups:[i] supplementalGroupsPolicy:s
  fsGroup:i sysctls:[Sysctl] fsGroupChangePolicy:s seccompProfile:SeccompProfile
  appArmorProfile:AppArmorProfile seLinuxChangePolicy:s
PodSpec: volumes:[Volume] initContainers:[Container] containers:[Container]
  ephemeralContainers:[EphemeralContainer] restartPolicy:s terminationGracePeriodSeconds:i
  activeDeadlineSeconds:i dnsPolicy:s nodeSelector:{s} serviceAccountName:s serviceAccount:s
  automountServiceAccountToken:b nodeName:s hostNetwork:b hostPID:b hostIPC:b
  shareProcessNamespace:b securityContext:PodSecurityContext
  imagePullSecrets:[LocalObjectReference] hostname:s subdomain:s affinity:Affinity schedulerName:s
  tolerations:[Toleration] hostAliases:[HostAlias] priorityClassName:s priority:i
  dnsConfig:PodDNSConfig readinessGates:[PodReadinessGate] runtimeClassName:s enableServiceLinks:b
  preemptionPolicy:s overhead:{q} topologySpreadConstraints:[TopologySpreadConstraint]
  setHostnameAsFQDN:b os:PodOS hostUsers:b schedulingGates:[PodSchedulingGate]
  resourceClaims:[PodResourceClaim] resources:ResourceRequirements hostnameOverride:s
  schedulingGroup:PodSchedulingGroup
PodTemplate: apiVersion:s kind:s metadata:ObjectMeta template:PodTemplateSpec
PodTemplateSpec: metadata:ObjectMeta spec:PodSpec
PortStatus: port:i protocol:s error:s
PortworxVolumeSource: volumeID:s fsType:s readOnly:b
PreferredSchedulingTerm: weight:i preference:NodeSelectorTerm
Probe: exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction grpc:GRPCAction
  initialDelaySeconds:i timeoutSeconds:i periodSeconds:i successThreshold:i failureThreshold:i
  terminationGracePeriodSeconds:i
ProjectedVolumeSource: sources:[VolumeProjection] defaultMode:i
QuobyteVolumeSource: registry:s volume:s readOnly:b user:s group:s tenant:s
RBDVolumeSource: monitors:[s] image:s fsType:s pool:s user:s keyring:s
  secretRef:LocalObjectReference readOnly:b
ReplicaSet: apiVersion:s kind:s metadata:ObjectMeta spec:ReplicaSetSpec status:ReplicaSetStatus
ReplicaSetCondition: type:s status:s lastTransitionTime:s reason:s message:s
ReplicaSetSpec: replicas:i minReadySeconds:i selector:LabelSelector template:PodTemplateSpec
ReplicaSetStatus: replicas:i fullyLabeledReplicas:i readyReplicas:i availableReplicas:i
  terminatingReplicas:i observedGeneration:i conditions:[ReplicaSetCondition]
ResourceClaim: name:s request:s
ResourceFieldSelector: containerName:s resource:s divisor:q
ResourceRequirements: limits:{q} requests:{q} claims:[ResourceClaim]
RollingUpdateDeployment: maxUnavailable:x maxSurge:x
SELinuxOptions: user:s role:s type:s level:s
ScaleIOVolumeSource: gateway:s system:s secretRef:LocalObjectReference sslEnabled:b
  protectionDomain:s storagePool:s storageMode:s volumeName:s fsType:s readOnly:b
SeccompProfile: type:s localhostProfile:s
SecretEnvSource: name:s optional:b
SecretKeySelector: name:s key:s optional:b
SecretProjection: name:s items:[KeyToPath] optional:b
SecretVolumeSource: secretName:s items:[KeyToPath] defaultMode:i optional:b
SecurityContext: capabilities:Capabilities privileged:b seLinuxOptions:SELinuxOptions
  windowsOptions:WindowsSecurityContextOptions runAsUser:i runAsGroup:i runAsNonRoot:b
  readOnlyRootFilesystem:b allowPrivilegeEscalation:b procMount:s seccompProfile:SeccompProfile
  appArmorProfile:AppArmorProfile
Service: apiVersion:s kind:s metadata:ObjectMeta spec:ServiceSpec status:ServiceStatus
ServiceAccountTokenProjection: audience:s expirationSeconds:i path:s
ServicePort: name:s protocol:s appProtocol:s port:i targetPort:x nodePort:i
ServiceSpec: ports:[ServicePort] selector:{s} clusterIP:s clusterIPs:[s] type:s externalIPs:[s]
  sessionAffinity:s loadBalancerIP:s loadBalancerSourceRanges:[s] externalName:s
  externalTrafficPolicy:s healthCheckNodePort:i publishNotReadyAddresses:b
  sessionAffinityConfig:SessionAffinityConfig ipFamilies:[s] ipFamilyPolicy:s
  allocateLoadBalancerNodePorts:b loadBalancerClass:s internalTrafficPolicy:s
  trafficDistribution:s
ServiceStatus: loadBalancer:LoadBalancerStatus conditions:[Condition]
SessionAffinityConfig: clientIP:ClientIPConfig
SleepAction: seconds:i
StorageOSVolumeSource: volumeName:s volumeNamespace:s fsType:s readOnly:b
  secretRef:LocalObjectReference
Sysctl: name:s value:s
TCPSocketAction: port:x host:s
Taint: key:s value:s effect:s timeAdded:s
Toleration: key:s operator:s value:s effect:s tolerationSeconds:i
TopologySpreadConstraint: maxSkew:i topologyKey:s whenUnsatisfiable:s labelSelector:LabelSelector
  minDomains:i nodeAffinityPolicy:s nodeTaintsPolicy:s matchLabelKeys:[s]
TypedLocalObjectReference: apiGroup:s kind:s name:s
TypedObjectReference: apiGroup:s kind:s name:s namespace:s
Volume: name:s hostPath:HostPathVolumeSource emptyDir:EmptyDirVolumeSource
  gcePersistentDisk:GCEPersistentDiskVolumeSource
  awsElasticBlockStore:AWSElasticBlockStoreVolumeSource gitRepo:GitRepoVolumeSource
  secret:SecretVolumeSource nfs:NFSVolumeSource iscsi:ISCSIVolumeSource
  glusterfs:GlusterfsVolumeSource persistentVolumeClaim:PersistentVolumeClaimVolumeSource
  rbd:RBDVolumeSource flexVolume:FlexVolumeSource cinder:CinderVolumeSource
  cephfs:CephFSVolumeSource flocker:FlockerVolumeSource downwardAPI:DownwardAPIVolumeSource
  fc:FCVolumeSource azureFile:AzureFileVolumeSource configMap:ConfigMapVolumeSource
  vsphereVolume:VsphereVirtualDiskVolumeSource quobyte:QuobyteVolumeSource
  azureDisk:AzureDiskVolumeSource photonPersistentDisk:PhotonPersistentDiskVolumeSource
  projected:ProjectedVolumeSource portworxVolume:PortworxVolumeSource scaleIO:ScaleIOVolumeSource
  storageos:StorageOSVolumeSource csi:CSIVolumeSource ephemeral:EphemeralVolumeSource
  image:ImageVolumeSource
VolumeDevice: name:s devicePath:s
VolumeMount: name:s readOnly:b recursiveReadOnly:s mountPath:s subPath:s mountPropagation:s
  subPathExpr:s
VolumeProjection: secret:SecretProjection downwardAPI:DownwardAPIProjection
  configMap:ConfigMapProjection serviceAccountToken:ServiceAccountTokenProjection
  clusterTrustBundle:ClusterTrustBundleProjection podCertificate:PodCertificateProjection
VolumeResourceRequirements: limits:{q} requests:{q}
VsphereVirtualDiskVolumeSource: volumePath:s fsType:s storagePolicyName:s storagePolicyID:s
WeightedPodAffinityTerm: weight:i podAffinityTerm:PodAffinityTerm
WindowsSecurityContextOptions: gmsaCredentialSpecName:s gmsaCredentialSpec:s runAsUserName:s
  hostProcess:b
"""


@cache
def fields_of(name: str) -> dict[str, str]:
    """Field name to type of the Kubernetes type `name`; KeyError when it is not in the table."""
    return dict(field.split(":") for field in _paragraphs()[name].split())


@cache
def _paragraphs() -> dict[str, str]:
    unfolded = TYPES.replace("\n  ", " ")
    return dict(line.split(": ", 1) for line in unfolded.splitlines())
