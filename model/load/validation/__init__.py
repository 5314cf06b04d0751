"""What Kubernetes refuses in an object after it has been decoded.

May enter: rules, each a function of one type of object, and what they share.
May not enter: reading (that is done by the modules beside this package, which check what they
read: labels, selectors, amounts, counts), and how Kubernetes behaves.

`contract` says what a rule is, `RULES` lists them by kind. They are asked of objects in which
`model.load.shape` has found nothing, as upstream does. `objects` calls the others: `metadata`,
`service`, and `pod`, which goes through the parts of a template.
"""

from __future__ import annotations

from collections.abc import Mapping

from model.load.validation import objects
from model.load.validation.contract import Rule

#: Kind that is read to the rule of its objects.
RULES: Mapping[str, Rule] = {
    "CronJob": objects.cron_job,
    "DaemonSet": objects.daemon_set,
    "Deployment": objects.deployment,
    "Job": objects.batch_job,
    "Namespace": objects.namespace,
    "Node": objects.node,
    "PodDisruptionBudget": objects.budget,
    "Pod": objects.single_pod,
    "PodTemplate": objects.pod_template,
    "ReplicaSet": objects.replica_set,
    "ReplicationController": objects.replication_controller,
    "Service": objects.service,
    "StatefulSet": objects.stateful_set,
}
