"""The stories of Deployments, and of ReplicaSets that no Deployment owns."""

from __future__ import annotations

from collections.abc import Sequence

from checker.following import facts
from checker.following.clusters import Spec
from checker.following.draft import News
from checker.following.facts import Facts
from checker.following.recording import Write
from checker.following.scope import Own
from checker.following.stories import Teller
from checker.following.story import ADOPTED, COMPONENTS, STRANGER
from checker.following.users import images
from model.api.intstr import IntOrPercent
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.workload import Kind, Workload
from model.controllers import deployment, replicaset

#: Why something is taken as it was written.
DELETED = "ReplicaSets that are deleted"

_KINDS: dict[str, Kind] = {
    "Deployment": "Deployment",
    "ReplicaSet": "ReplicaSet",
    "ReplicationController": "ReplicationController",
}
_DESIRED = "deployment.kubernetes.io/desired-replicas"
_DEFAULT = IntOrPercent(25, percent=True)


class ReplicaSets(Teller):
    """Deployments, and ReplicaSets and ReplicationControllers that nothing owns."""

    def __init__(self, scope: Own, nodes: Sequence[Node]) -> None:
        super().__init__(scope, nodes)
        own, top = scope.writes, scope.top
        alone = top.kind == "ReplicationController"
        self.maker = replicaset.FOR_CONTROLLERS if alone else replicaset.NAME
        kind = "ReplicationController" if alone else "ReplicaSet"
        sets = [w for w in own if w.kind == kind and w.type == "ADDED"]
        sets.sort(key=_age)
        names = list(dict.fromkeys(w.name for w in sets))
        #: The templates of ReplicaSets and, for those that never get one, of the Deployment.
        self.templates: dict[str, list[int]] = {}
        for w in sets:
            self.templates.setdefault(facts.template(w), []).append(names.index(w.name))
        for w in own:
            if (w.kind, w.uid) == self.top and facts.template(w) not in self.templates:
                self.templates[facts.template(w)] = [len(names)]
                names.append(f"the ReplicaSet of {images(w)}")
        self.story.revisions = tuple(names)
        self.sets = {name: i for i, name in enumerate(names)}
        self.pods = [""] * self._most()
        self.recreates = any(map(_recreates, self.tops))
        replicas = [Facts(w).number("spec", "replicas", default=1) for w in own if w.uid == top.uid]
        #: Its replicas at first, and those that ReplicaSets note besides.
        self.first = replicas[0]
        noted = (Facts(w).texts("metadata", "annotations").get(_DESIRED, "") for w in sets)
        self.stamps = {int(each) for each in noted if each.isdecimal() and len(each) < 6}
        #: The ReplicaSets that are the workload's now, by uid, and the pods that there are.
        self.mine: dict[str, int] = {}
        self.there: dict[str, Write] = {}

    def _most(self) -> int:
        """How many pods there are at once, or are asked for."""
        there: set[str] = set()
        most, asked = 1, 1
        for write in self.own:
            if write.kind == "Pod":
                (there.discard if facts.phase(write) == 0 else there.add)(write.uid)
                most = max(most, len(there))
            else:
                asked = max(asked, Facts(write).number("spec", "replicas"))
        return max(most, min(asked, most + 8))

    def read_workload(self, write: Write) -> Workload:
        read = Facts(write)
        rolling = ("spec", "strategy", "rollingUpdate")
        recreates = _recreates(write)
        return Workload(
            kind=_KINDS[write.kind],
            namespace=write.namespace,
            name=write.name,
            # What it is scaled to is followed step by step.
            replicas=self.first,
            selector=LabelSelector(),
            template=PodTemplate(),
            strategy="Recreate" if recreates else "RollingUpdate",
            max_surge=read.amount(*rolling, "maxSurge", default=_DEFAULT),
            max_unavailable=read.amount(*rolling, "maxUnavailable", default=_DEFAULT),
            min_ready_seconds=read.number("spec", "minReadySeconds"),
        )

    def said(self, write: Write, workload: Workload) -> Spec:
        if write.kind != "Deployment":
            return super().said(write, workload)
        read = Facts(write)
        paused = read.at("spec", "paused") is True
        return Spec(self.wanted(write), read.number("spec", "replicas", default=1), paused)

    def specs(self, workload: Workload) -> list[Spec]:
        # Which ReplicaSet has a template may depend on which there are, so all of them may.
        found = []
        for write in self.tops:
            said = self.said(write, workload)
            found += [said._replace(revision=at) for at in self.templates[facts.template(write)]]
        return [*found, *(Spec(0, n) for n in sorted(self.stamps))]

    def wanted(self, write: Write) -> int:
        slots = self.templates[facts.template(write)]
        # Upstream takes the oldest one that there is (FindNewReplicaSet).
        for slot in slots:
            if slot in self.mine.values():
                return slot
        prefix = f"{write.name}-"
        named = [slot for slot in slots if self.story.revisions[slot].startswith(prefix)]
        return (named or slots)[-1]

    def revision_of(self, pod: Write) -> int | None:
        whose = facts.owner(pod)
        return self.mine.get(whose[2]) if whose else None

    def saw_pod(self, write: Write) -> None:
        if write.type == "DELETED":
            self.there.pop(write.uid, None)
        else:
            self.there[write.uid] = write

    def saw_early(self, write: Write) -> None:
        if write.kind == "Pod":
            self.saw_pod(write)

    def after(self, write: Write) -> None:
        # Which ReplicaSet has the wanted template may depend on which there are.
        if write.kind == "ReplicaSet" and self.top[0] == "Deployment":
            self.restate(write)

    def read_status(self, write: Write) -> list[News]:
        return [] if write.kind == "Deployment" else self.read_other(write)

    def read_other(self, write: Write) -> list[News]:
        cluster, read = self.built.cluster, Facts(write)
        slot, there = self.sets[write.name], self._owned(write)
        noted = read.texts("metadata", "annotations").get(_DESIRED)
        available = read.number("status", "availableReplicas") * there
        news = [
            (cluster.exists, slot, int(there)),
            (cluster.replicas, slot, read.number("spec", "replicas") * there),
            (cluster.status_available, slot, available),
        ]
        if cluster.status_replicas is not None:
            told = read.number("status", "replicas") * there
            news.append((cluster.status_replicas, slot, told))
        stamped = cluster.desired_replicas
        if stamped is not None:
            number = int(noted) if noted is not None and noted.isdecimal() else 0
            news.append((stamped, slot, number * there))
        if there != (write.uid in self.mine):
            if there:
                self.mine[write.uid] = slot
            else:
                del self.mine[write.uid]
            for pod in self.there.values():
                owner = facts.owner(pod)
                if owner is not None and owner[2] == write.uid:
                    news += self.pod(pod)[0]
        return news

    def _owned(self, write: Write) -> bool:
        """Whether a ReplicaSet is there, and the workload's."""
        owner = facts.owner(write)
        own = write.uid == self.top[1] or (owner is not None and owner[2] == self.top[1])
        going = facts.going(write)
        return own and not going and write.type != "DELETED"

    def reason(self, write: Write, who: str) -> str:
        going = facts.going(write)
        if write.type == "DELETED" or going:
            return DELETED
        if self._owned(write) != (write.uid in self.mine) and write.type != "ADDED":
            return ADOPTED
        return "" if not who or who in COMPONENTS else STRANGER.format(actor=who)

    def presumed(self, news: Sequence[News]) -> str:
        cluster = self.built.cluster
        changed = {f for f, _, _ in news}
        asked = {cluster.exists, cluster.replicas} & changed
        return deployment.NAME if asked else replicaset.NAME


def _age(write: Write) -> tuple[str, str, int]:
    """By what the controller of Deployments orders ReplicaSets (ReplicaSetsByCreationTimestamp):
    times are whole seconds, and names tell apart what is made within one."""
    made = Facts(write).text("metadata", "creationTimestamp")
    return made, write.name if made else "", write.version


def _recreates(write: Write) -> bool:
    return Facts(write).text("spec", "strategy", "type") == "Recreate"
