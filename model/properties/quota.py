"""Properties of ResourceQuotas."""

from __future__ import annotations

from model.apiserver.charges import counted
from model.apiserver.objects import Cluster
from model.ir.expr import conj, disj
from model.ir.system import Property
from model.scenario import Scenario


def limited(scenario: Scenario) -> bool:
    """Whether there is a quota that the pods may use up, and do not exceed from the start."""
    begun = 0 if scenario.change.kind == "apply" else scenario.workload.replicas
    return bool(scenario.quotas) and all(begun <= quota.most for quota in scenario.quotas)


def quota_respected(name: str, text: str, cluster: Cluster) -> Property:
    """No more pods that count than a quota lets in, whatever its status says."""
    quotas = [each.quota for each in cluster.charges]
    pairs = [(counted(cluster, quota), quota.most) for quota in quotas]
    return Property(
        name,
        "always",
        conj(*(used <= most for used, most in pairs)),
        witness=disj(*(used >= most for used, most in pairs)),
        text=text,
        occasion="a ResourceQuota is used up",
    )
