"""The stories of StatefulSets and DaemonSets, whose templates are kept as ControllerRevisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checker.following import facts
from checker.following.clusters import Built, Spec, build
from checker.following.draft import News
from checker.following.facts import Facts
from checker.following.recording import UNSEEN, Write
from checker.following.scope import Own
from checker.following.stories import Teller
from checker.following.story import actor
from checker.following.users import images
from model.api.daemonset import DaemonSet
from model.api.intstr import IntOrPercent
from model.api.node import Node, Taint
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.statefulset import StatefulSet
from model.api.workload import Workload
from model.apiserver.objects import ABSENT, TERMINATING
from model.controllers import daemonset, statefulset
from model.plugins import daemon_nodes

_HASH = "controller-revision-hash"

#: What keeps a DaemonSet off a node that is not there, and off one that it does not mean.
_MISSING = Taint("there.is/no-such-node", "", "NoSchedule")
_NOT_MEANT = Taint("is.not/meant", "", "NoExecute")

#: Why something is taken as it was written.
UNTOLD = (
    "a write to a node that the watch does not tell: its DaemonSet's pod has no place there now"
)


class _Revised(Teller):
    """What both kinds share."""

    def __init__(self, scope: Own, nodes: Sequence[Node]) -> None:
        super().__init__(scope, nodes)
        own = scope.writes
        made = [w for w in own if w.kind == "ControllerRevision" and w.type == "ADDED"]
        names = list(dict.fromkeys(w.name for w in made))
        #: The templates by revision: each has the revision that is made next, if it is new.
        self.templates: dict[str, int] = {}
        new: list[Write] = []
        for w in own:
            if (w.kind, w.uid) == self.top and facts.template(w) not in map(facts.template, new):
                new.append(w)
        for w, following in zip(new, [*new[1:], None], strict=True):
            end = made[-1].version + 1 if made and following is None else 0
            end = following.version if following is not None else end
            here = [r.name for r in made if w.version < r.version < end]
            if not here:
                # One that was there, without an owner, is taken over.
                until = following.version if following is not None else None
                here = [
                    r.name
                    for r in own
                    if r.kind == "ControllerRevision"
                    and r.type == "MODIFIED"
                    and self._owns(r)
                    and r.version > w.version
                    and (until is None or r.version < until)
                ]
            told = Facts(w).text("status", "updateRevision")
            if not here and told in names:
                here = [told]
            if here:
                self.templates[facts.template(w)] = names.index(here[0])
            else:
                self.templates[facts.template(w)] = len(names)
                names.append(f"the revision of {images(w)}")
        #: What pods are of that say no revision, or none that is known: those that are adopted.
        self.strange = len(names)
        told_by = [self._told(w, names) for w in own if w.kind == "Pod" and self._owns(w)]
        if None in told_by:
            names.append("a revision that is not known")
        self.story.revisions = tuple(names)

    def _owns(self, pod: Write) -> bool:
        owner = facts.owner(pod)
        return owner is not None and owner[2] == self.top[1]

    @staticmethod
    def _told(pod: Write, names: Sequence[str]) -> int | None:
        """Which revision a pod says that it is of."""
        told = Facts(pod).texts("metadata", "labels").get(_HASH, "")
        for number, name in enumerate(names):
            if name == told or (told and name.endswith(f"-{told}")):
                return number
        return None

    def wanted(self, write: Write) -> int:
        return self.templates[facts.template(write)]

    def revision_of(self, pod: Write) -> int | None:
        if not self._owns(pod):
            return None
        told = self._told(pod, self.story.revisions)
        return self.strange if told is None else told

    def read_other(self, _write: Write) -> list[News]:
        return []

    def reason(self, _write: Write, _who: str) -> str:
        return ""


class StatefulSets(_Revised):
    """StatefulSets: a pod's slot is its ordinal."""

    maker = statefulset.NAME

    def __init__(self, scope: Own, nodes: Sequence[Node]) -> None:
        super().__init__(scope, nodes)
        own = scope.writes
        names = list(dict.fromkeys(w.name for w in own if w.kind == "Pod"))
        told = {name: self._ordinal(name) for name in names}
        asked = [Facts(w).number("spec", "replicas") for w in own if (w.kind, w.uid) == self.top]
        most = max(1, *(n + 1 for n in told.values() if n is not None), *asked)
        strange = [name for name, ordinal in told.items() if ordinal is None]
        #: The slot of each name: its ordinal; no ordinal's for one that no such pod has.
        self.ordinals = {name: n for name, n in told.items() if n is not None}
        self.ordinals |= {name: most + i for i, name in enumerate(strange)}
        self.pods = [""] * (most + len(strange))
        #: What it is scaled to, and its partitions, are followed step by step.
        self.first = self.said(self.tops[0], None)

    def _ordinal(self, name: str) -> int | None:
        """The ordinal that a pod of this set has by its name."""
        first, _, last = name.rpartition("-")
        mine = first == self.story.subject.rpartition("/")[2] and len(last) < 5
        return int(last) if mine and last.isdecimal() else None

    def slot_for(self, pod: Write) -> int:
        return self.ordinals[pod.name]

    def read_workload(self, write: Write) -> Workload:
        read = Facts(write)
        strategy = ("spec", "updateStrategy")
        return Workload(
            kind="StatefulSet",
            namespace=write.namespace,
            name=write.name,
            replicas=self.first.replicas,
            selector=LabelSelector(),
            template=PodTemplate(),
            min_ready_seconds=read.number("spec", "minReadySeconds"),
            stateful=StatefulSet(
                parallel=read.text("spec", "podManagementPolicy") == "Parallel",
                on_delete=read.text(*strategy, "type") == "OnDelete",
                partition=self.first.partition,
            ),
        )

    def said(self, write: Write, _workload: Workload | None) -> Spec:
        read = Facts(write)
        partition = read.number("spec", "updateStrategy", "rollingUpdate", "partition")
        replicas = read.number("spec", "replicas", default=1)
        return Spec(self.wanted(write), replicas, partition=partition)

    def excluded(self, write: Write) -> str:
        most = ("spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
        told = Facts(write).at(*most) is not None
        return (
            f"{write.subject}, since it has maxUnavailable, which is off by default" if told else ""
        )

    def specs(self, workload: Workload) -> list[Spec]:
        # Among them one of so many replicas that there is room for every pod.
        return [*super().specs(workload), self.first._replace(replicas=len(self.pods))]

    def read_status(self, write: Write) -> list[News]:
        settled, told = self.built.cluster.settled, Facts(write).text("status", "currentRevision")
        if settled is None or told not in self.story.revisions:
            return []
        return [(settled, 0, self.story.revisions.index(told))]


class DaemonSets(_Revised):
    """DaemonSets: which nodes they want a pod on follows the nodes as they are."""

    maker = daemonset.NAME

    def __init__(self, scope: Own, nodes: Sequence[Node]) -> None:
        super().__init__(scope, nodes)
        own = scope.writes
        #: The nodes that there are.
        self.there: dict[str, Node] = {}
        #: The node that each pod gets in the end, by uid.
        self.ends: dict[str, str] = {}
        there: set[str] = set()
        most = 1
        for w in own:
            if w.kind == "Pod":
                named = Facts(w).text("spec", "nodeName") or _affine(w)
                if named:
                    self.ends[w.uid] = named
                (there.discard if facts.phase(w) == 0 else there.add)(w.uid)
                most = max(most, len(there))
        self.pods = [""] * (most + 1)

    def read_workload(self, write: Write) -> Workload:
        read = Facts(write)
        rolling = ("spec", "updateStrategy", "rollingUpdate")
        surge = read.amount(*rolling, "maxSurge", default=IntOrPercent(0))
        unavailable = read.amount(*rolling, "maxUnavailable", default=IntOrPercent(1))
        template = PodTemplate()
        return Workload(
            kind="DaemonSet",
            namespace=write.namespace,
            name=write.name,
            replicas=sum(self._wants(template)),
            selector=LabelSelector(),
            template=replace(template, tolerations=daemon_nodes.tolerations(template)),
            max_surge=surge,
            max_unavailable=unavailable,
            min_ready_seconds=read.number("spec", "minReadySeconds"),
            daemon=DaemonSet(read.text("spec", "updateStrategy", "type") == "OnDelete"),
        )

    def _wants(self, template: PodTemplate) -> list[bool]:
        return [each.should_run for each in self._verdicts(template)]

    def _verdicts(self, template: PodTemplate) -> list[daemon_nodes.Verdict]:
        return [daemon_nodes.verdict(template, node) for node in self._seen()]

    def _seen(self) -> list[Node]:
        """The nodes in their order, those that are not there yet with what keeps pods off."""
        return [
            self.there.get(node.name, Node(node.name, taints=(_MISSING,))) for node in self.nodes
        ]

    def made(self, workload: Workload) -> Built:
        nodes, revisions = tuple(self._seen()), len(self.story.revisions)
        return build(workload, nodes, revisions, self.specs(workload), len(self.pods))

    def saw_node(self, write: Write) -> None:
        before = self._verdicts(PodTemplate())
        if write.type == UNSEEN:
            node = self.there.get(write.name)
            if node is not None and self._leaves(write):
                self.story.left_out.setdefault(UNTOLD, []).append(write)
                self.there[write.name] = replace(node, taints=(_NOT_MEANT,))
        elif write.type == "DELETED":
            self.there.pop(write.name, None)
        else:
            self.there[write.name] = facts.node(write)
        if self.spec is not None and before != self._verdicts(PodTemplate()):
            self.workload = self.read_workload(self.spec)
            self.story.epochs.append(self.made(self.workload))

    def _leaves(self, write: Write) -> bool:
        """Whether the controller takes its pod from a node before that is written again."""
        later = self.own[self.own.index(write) + 1 :]
        for other in later:
            if other.kind == "Node" and other.name == write.name:
                return False
            if other.kind == "Pod" and self.ends.get(other.uid) == write.name:
                going = facts.phase(other) in (TERMINATING.payload, ABSENT.payload)
                if going and actor(other) in ("", daemonset.NAME):
                    return True
        return False

    def read_pod(self, pod: Write, slot: int, gone: bool) -> list[News]:
        target, end = self.built.cluster.target, self.ends.get(pod.uid, "")
        assert target is not None
        at = next((i for i, node in enumerate(self.nodes) if node.name == end), -1)
        if gone:
            at = -1
        elif at < 0:
            # One that is never bound is made for a node that lacks one.
            known = self.get(target, slot)
            at = known if known >= 0 else self._lacking(pod)
        return [(target, slot, at)]

    def _lacking(self, pod: Write) -> int:
        """A node that wants a pod and has none, or none of this one's revision, and gets no other
        one while that is there."""
        revision, given = self.revision_of(pod) or 0, self._given(pod)
        cluster, target = self.built.cluster, self.built.cluster.target
        assert target is not None
        wants = self._wants(PodTemplate())
        live = [
            (self.get(target, slot), self.get(cluster.owner, slot))
            for slot in range(len(self.pods))
            if self.get(cluster.phase, slot) not in (ABSENT.payload, TERMINATING.payload)
        ]
        bare = [at for at in range(len(wants)) if wants[at] and at not in {n for n, _ in live}]
        new = [at for at in range(len(wants)) if wants[at] and (at, revision) not in live]
        fitting = [at for at in (*bare, *new) if self.nodes[at].name not in given]
        return next(iter(fitting or bare or new), -1)

    def _given(self, pod: Write) -> set[str]:
        """The nodes for which other pods are made while a pod is there."""
        found: set[str] = set()
        for other in self.own[self.own.index(pod) + 1 :]:
            if other.uid == pod.uid and facts.phase(other) in (
                ABSENT.payload,
                TERMINATING.payload,
            ):
                break
            if other.kind == "Pod" and other.type == "ADDED":
                found.add(self.ends.get(other.uid, ""))
        return found


def _affine(pod: Write) -> str:
    """The node that a pod is made for, if its affinity is recorded."""
    affinity = ("spec", "affinity", "nodeAffinity")
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    for term in Facts(pod).list(*affinity, required, "nodeSelectorTerms"):
        for each in term.get("matchFields") or ():
            if each.get("key") == "metadata.name" and each.get("values"):
                return str(each["values"][0])
    return ""
