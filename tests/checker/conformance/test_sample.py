"""A sample of what Kubernetes' own code answered, through the command."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from click.testing import CliRunner

from checker.conformance import ADAPTERS
from checker.conformance.command import conformance

FOLDER = Path(__file__).parent.parent.parent / "conformance"
SAMPLE = FOLDER / "sample.jsonl.gz"


def test_nothing_disagrees() -> None:
    """Every component that answers agrees with the real code."""
    result = CliRunner().invoke(conformance, [str(FOLDER), "--format", "json"])
    document = json.loads(result.stdout)
    found = {each["name"]: each for each in document["components"]}
    assert [name for name, each in found.items() if each["disagree"]] == []
    assert result.exit_code == 0
    assert not document["unreadable"]
    answering = {name for name, each in found.items() if each["agree"]}
    assert answering >= {
        "CronJob sync",
        "DaemonSet status",
        "DaemonSet sync",
        "Deployment sync",
        "EndpointSlice",
        "InterPodAffinity",
        "Job sync",
        "NodeAffinity",
        "NodeName",
        "NodePorts",
        "NodeResourcesFit",
        "NodeUnschedulable",
        "PodDisruptionBudget status",
        "PodTopologySpread",
        "RBAC",
        "ResourceQuota status",
        "StatefulSet sync",
        "TaintToleration",
        "TaintToleration of admitted pods",
        "aggregated ClusterRoles",
        "answers Deployment",
        "answers Pod",
        "best nodes",
        "candidates and victims of preemption",
        "choice of preemption",
        "desiredHealthy",
        "eviction by taints",
        "evictions",
        "evictions in a cluster",
        "feasible and best nodes, one replica after the other",
        "first refusal and its reasons",
        "garbage collection",
        "kubelet admission",
        "label selectors",
        "limits of scaling, behavior",
        "limits of scaling, plain",
        "maxSurge and maxUnavailable",
        "names",
        "nodes of a DaemonSet",
        "percentages",
        "quantities",
        "quota admission",
        "replicas by cpu",
        "replicas by pods-metric",
        "requests of a pod",
        "runs of a CronJob",
        "score ImageLocality",
        "score InterPodAffinity",
        "score NodeAffinity",
        "score NodeResourcesBalancedAllocation",
        "score NodeResourcesFit",
        "score PodTopologySpread",
        "score TaintToleration",
        "size of the new ReplicaSet",
        "tolerations by admission",
        "usage of quotas",
        "NodeVolumeLimits",
        "VolumeBinding",
        "VolumeRestrictions",
        "VolumeZone",
        "first refusal and its reasons, with volumes",
        "validation Deployment",
        "validation Node",
        "validation PodDisruptionBudget",
        "validation Service",
        "validation YAML",
        "victims of a ReplicaSet",
        "zones",
    }


def test_the_sample_has_every_kind() -> None:
    """So that no adapter goes without; mistakes have a file of their own."""
    kinds = set()
    for path in (SAMPLE, FOLDER / "answers.jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            kinds |= {json.loads(line)["kind"] for line in file}
    assert kinds == set(ADAPTERS)
