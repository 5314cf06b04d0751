"""How far the model agrees with the real code, on inputs that the real code has answered.

May enter: adapters that hand such inputs to the functions that the model itself uses.
May not enter: arithmetic of Kubernetes. What an adapter computes itself is not the model's.

`contract` says what an adapter is, `ADAPTERS` lists them, `vectors` reads files, `tally` counts,
`command` is the command line; `raft` runs etcd-io/raft's scripted scenarios instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from checker.conformance import (
    answers,
    authorization,
    collection,
    cronjob,
    daemons,
    deployment,
    disruption,
    hpa,
    job,
    kubelet,
    ordinals,
    placing,
    preemption,
    quotas,
    requests,
    scheduler,
    slices,
    taints,
    text,
    validation,
    victims,
    volumes,
    zone,
)
from checker.conformance.contract import Adapter, without

#: The kind of a vector to what answers it.
ADAPTERS: Mapping[str, Adapter] = {
    "amounts": text.percentages,
    "answers": answers.judge,
    "cron": cronjob.judge,
    "daemonset": daemons.judge,
    "deployment": deployment.judge,
    "disruption": disruption.judge,
    "endpoints": slices.judge,
    "garbage": collection.judge,
    "hpa": hpa.judge,
    "job": job.judge,
    "kubelet": kubelet.judge,
    "names": text.names,
    "placing": placing.judge,
    "preemption": preemption.judge,
    "quantity": text.quantities,
    "quota": quotas.judge,
    "rbac": authorization.judge,
    "requests": requests.judge,
    "scheduler": scheduler.judge,
    "selectors": text.selectors,
    "statefulset": ordinals.judge,
    "taints": taints.judge,
    "validation": validation.judge,
    "validation-update": without("validation of updates", "updates of objects"),
    "victims": victims.judge,
    "volumes": volumes.judge,
    "zone": zone.judge,
}
