"""The fields of the Check document: one table that parsing, defaults and the schema share.

Those of its faults are in `model.faults`.
"""

from __future__ import annotations

from collections.abc import Mapping

from model import changes, faults
from model.api.change import Change
from model.api.controlplane import ControlPlane, MemberChange
from model.field import Field, count
from model.scenario import Bounds, Scenario

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


_LEASE = {
    "leaseDuration": count("seconds without a renewal after which others take over", 15, 1),
    "renewDeadline": count("seconds without success after which the leader stops", 10, 1),
    "retryPeriod": count("seconds between a renewal and the next try", 2),
}

_CHANGES = {
    "add": Field("words", "members that join as voters"),
    "learner": Field("words", "members that join as learners"),
    "promote": Field("words", "learners that become voters"),
    "remove": Field("words", "members that leave"),
    "joint": Field("boolean", "whether it goes through a joint configuration", MemberChange.joint),
}

_CONTROL_PLANE = {
    "members": count("etcd members, each beside an API server", ControlPlane.members, 1, 9),
    "quorum": count("votes needed to commit, for experiments; a majority if absent", None, 1, 9),
    "lease": Field("object", "leader election of controllers and scheduler", fields=_LEASE),
    "reads": Field(
        "string",
        "how linearizable reads are served: readIndex (a majority confirms the leader, as etcd "
        "does), lease (its lease lasts), serializable (not at all)",
        ControlPlane.reads,
        names=("readIndex", "lease", "serializable"),
    ),
    "zones": Field("counts", "how many of the members are in each zone, by its name"),
    "compaction": Field(
        "boolean",
        "whether etcd members compact their logs, so that leaders send snapshots",
        ControlPlane.compaction,
    ),
    "changes": Field(
        "objects",
        "what an operator asks for, each once at most and in any order; members are etcd-1, "
        "etcd-2, … and who joins",
        fields=_CHANGES,
    ),
}

_TAINT = {
    "key": Field("string", "as in a Node", required=True),
    "value": Field("string", "as in a Node", ""),
    "effect": Field("string", "as in a Node", names=EFFECTS, required=True),
}

_NODES = {
    "count": count("how many nodes of this kind", 3, 1),
    "cpu": Field("quantity", "allocatable CPU; if absent 4, or more if the workloads need it"),
    "memory": Field(
        "quantity", "allocatable memory; if absent 16Gi, or more if the workloads need it"
    ),
    "pods": count("most pods a node takes; if absent 110, or more if needed", None, 1, 100_000),
    "resources": Field("labels", "allocatable amounts of further resources, by name"),
    "labels": Field("labels", "labels of each node, besides its hostname, os and arch"),
    "taints": Field("objects", "taints of each node", fields=_TAINT),
}

_SUCCEEDS = {
    "succeeds": Field(
        "boolean",
        "whether the pods of a Job ever succeed; if not, each fails once it runs",
        Change.succeeds,
    )
}

_SCENARIO = {
    "apply": Field("object", "the workload is created in an empty cluster", fields=_SUCCEEDS),
    "rollout": Field(
        "object",
        "the workload runs; then its template changes to a new image",
        fields={
            "image": Field("string", "the new image; if absent the old one with a new tag"),
            "becomesReady": Field("boolean", "whether the new pods ever become ready", True),
            "rollback": Field("boolean", "whether the user may revert at any moment", False),
        },
    ),
    "drain": Field(
        "object",
        "the workload runs; then nodes are cordoned and their pods are evicted, one node after "
        "the other",
        fields={
            "node": Field(
                "words", "the name of the node, or of several; if absent one of each kind in turn"
            ),
            "uncordon": Field(
                "boolean",
                "whether each node takes pods again once it is empty, before the next is drained",
                Change.uncordon,
            ),
        },
    ),
    "taint": Field(
        "object",
        "the workload runs; then nodes get a taint of effect NoExecute, one after the other",
        fields={
            "node": Field("words", "the name of the node, or of several; if absent every node"),
            "key": Field("string", "as in a Node", "maintenance"),
            "value": Field("string", "as in a Node", ""),
        },
    ),
    "steady": Field("object", "the workload runs and nobody touches it", fields=_SUCCEEDS),
    "steps": Field(
        "variants",
        "the workload runs; then the user takes these steps, each at any moment after the one "
        "before",
        fields=changes.FIELDS,
    ),
    "order": Field(
        "string",
        "whether the steps are taken one after the other, as given, or in any order",
        "given",
        names=("given", "any"),
        aside=True,
    ),
}

_BOUNDS = {
    "depth": count("longest run that bounded engines look at", None, 1, 100_000),
    "pods": count("pod slots that exist at once; if absent enough for the scenario", None, 1),
    "terms": count("Raft terms", Bounds.terms, 1, 100),
    "log": count("entries of the etcd log", Bounds.log, 1, 100),
}


def _range(help: str, default: int) -> Field:
    fields = {
        "from": count("the smallest", default),
        "to": count("the largest; if absent there is no limit", None),
    }
    return Field("object", help, fields=fields)


def _amounts(help: str, step: str) -> Field:
    fields = {
        "from": Field("quantity", "the smallest"),
        "to": Field("quantity", "the largest"),
        "step": Field("quantity", f"how far apart; if absent {step}"),
    }
    return Field("object", help, fields=fields)


_OPEN = {
    "replicas": _range("the workload's spec.replicas", 1),
    "maxSurge": _range("maxSurge of a rolling update, as a number of pods", 0),
    "maxUnavailable": _range("maxUnavailable of a rolling update, as a number of pods", 0),
    "nodes": _range("how many nodes there are, all of one kind", 1),
    "cpu": _amounts("CPU that each node can allocate", "100m"),
    "memory": _amounts("memory that each node can allocate", "256Mi"),
    "pods": _range("most pods that each node takes", 1),
}

#: The fields of a suppression, in a spec and in a baseline.
SUPPRESSION: Mapping[str, Field] = {
    "property": Field("string", "the property's name", names="property", required=True),
    "subject": Field(
        "string", "what it is about, such as Deployment/default/web; if absent anything"
    ),
    "scenario": Field("string", "the scenario's name; if absent any"),
    "reason": Field("string", "why it is accepted", required=True),
    "until": Field("string", "the last day (UTC) on which it counts, such as 2027-01-31"),
    "verdict": Field(
        "string",
        "the verdict that is accepted: violated, or unknown (no answer); never both",
        "violated",
        names=("violated", "unknown"),
    ),
}

_CLAIM = "an expression (docs/invariants.md) that is true in every state"
#: The fields of an invariant.
INVARIANT: Mapping[str, Field] = {
    "name": Field("string", "what reports and suppressions call it", required=True),
    "always": Field("string", _CLAIM),
    "never": Field("string", "one that is true in no state"),
    "eventually": Field("string", "one that every run comes to"),
    "leadsTo": Field(
        "object",
        "two of them: where the first is true the second is, then or later",
        fields={
            "when": Field("string", "the first; required"),
            "then": Field("string", "the second; required"),
        },
    ),
    "alwaysEventually": Field("string", "one that every run comes to again and again"),
    "eventuallyAlways": Field("string", "one that is true from some point of every run on"),
    "step": Field(
        "string",
        "one about each step that changes something of it: `oldObject` is the cluster before the "
        "step, `object` the one after",
    ),
    "message": Field(
        "string", "what to say of a state that violates it: an expression that is a text"
    ),
    "severity": Field(
        "string",
        "whether a violation counts for the exit code (error), or is only told (warning)",
        "error",
        names=("error", "warning"),
    ),
}

#: The fields of `spec`.
SPEC: Mapping[str, Field] = {
    "manifests": Field("strings", "files or folders to check, relative to this file"),
    "controlPlane": Field("object", "the control plane", fields=_CONTROL_PLANE),
    "cluster": Field(
        "object",
        "the worker nodes and their network",
        fields={
            "nodes": Field(
                "objects", "kinds of nodes; used when no Node objects are given", fields=_NODES
            ),
            "proxyLagSeconds": count(
                "seconds until no request goes to a pod that is being deleted: a preStop hook "
                "that sleeps for less does not help; if absent, any sleep does",
                None,
                1,
            ),
        },
    ),
    "open": Field(
        "object",
        "what may have any value of a range; every combination is checked, whatever is given "
        "elsewhere",
        fields=_OPEN,
    ),
    "scheduler": Field(
        "object",
        "the scheduler",
        fields={
            "choice": Field(
                "string",
                "where a pod goes: feasible (to any node that the filters let it onto), best (to "
                "one of those that score best, as all plugins of its profile score them)",
                Scenario.choice,
                names=("feasible", "best"),
            )
        },
    ),
    "scenario": Field(
        "variant",
        "what happens, one of these; if absent a rollout, or apply for a ReplicaSet or a Job",
        fields=_SCENARIO,
    ),
    "faults": Field("object", "what may go wrong, and how often in one run", fields=faults.FIELDS),
    "properties": Field(
        "strings", "properties to check; all that concern the scenario if absent", names="property"
    ),
    "invariants": Field(
        "objects",
        "what is claimed beyond these, each exactly one of always, never, eventually, leadsTo, "
        "alwaysEventually, eventuallyAlways, step",
        fields=INVARIANT,
    ),
    "suppressions": Field(
        "objects",
        "verdicts in this Check's scenarios that are accepted and do not count for the exit code",
        fields=SUPPRESSION,
    ),
    "accept": Field(
        "strings",
        "what the model may leave out although the manifests ask for it, by the names of "
        "docs/omissions.md; `all` for everything",
        names="omission",
    ),
    "bounds": Field("object", "limits of the finite instance", fields=_BOUNDS),
    "model": Field(
        "object",
        "the model itself, for experiments",
        fields={
            "mutations": Field("strings", "seeded faults to switch on", names="mutation"),
            "prompt": Field(
                "boolean",
                "whether pods are bound and started, and the requests that a controller decided on "
                "are sent, before anything else happens; if absent only where there would be too "
                "many states",
            ),
        },
    ),
}
