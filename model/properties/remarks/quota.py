"""What states say of ResourceQuotas: that pods wait for one, or are more than it lets in."""

from __future__ import annotations

from collections.abc import Iterator

from model.api.resourcequota import PodQuota
from model.apiserver.charges import counted
from model.apiserver.objects import Cluster
from model.instance import Remark
from model.ir.quantifier import exists
from model.ir.reading import Reading
from model.words import counted as number_of
from model.words import verb


def refused(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """Why a ReplicaSet that lacks pods gets none."""
    lacks = reading.value(
        lambda: exists(
            cluster.ReplicaSet,
            lambda r: cluster.owned(r) & (cluster.active(r) < cluster.replicas[r]),
        )
    )
    for quota, used in cluster.charges if lacks else ():
        charged = reading.value(lambda used=used: used())
        if charged < quota.most:
            continue
        if quota.unnamed:
            kind, _, name = quota.resource.rpartition(".")
            said = f"a {name} {kind.rstrip('s') or 'request'}"
            text = (
                f"ResourceQuota {quota.name} limits {quota.resource}, so every container needs "
                f"{said}, and one has none: no pod is let in"
            )
            yield Remark(text, ("spec.template.spec.containers[*].resources", _field(quota)))
            continue
        there = reading.value(lambda quota=quota: counted(cluster, quota))
        most = number_of(quota.most, "pod")
        beside = " beside those of others" if quota.shared else ""
        full = f"ResourceQuota {quota.name} ({quota.resource}) lets in {most}{beside}"
        if there < charged:
            is_ = verb(charged, "is", "are")
            text = f"{full}, and by its status {charged} {is_} there, in truth {there}"
        else:
            text = f"{full}, and {charged} {verb(charged, 'is', 'are')} there: no other is made"
        yield Remark(text, (_field(quota),))


def exceeded(cluster: Cluster, reading: Reading) -> Iterator[Remark]:
    """By how much a quota is exceeded."""
    for quota, _ in cluster.charges:
        there = reading.value(lambda quota=quota: counted(cluster, quota))
        if there > quota.most:
            yield Remark(
                f"{number_of(there, 'pod')} count, and ResourceQuota {quota.name} "
                f"({quota.resource}) lets in {quota.most}",
                (_field(quota),),
            )


def _field(quota: PodQuota) -> str:
    return f"ResourceQuota/{quota.name}.spec.hard[{quota.resource}]"
