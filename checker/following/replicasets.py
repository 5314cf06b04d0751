"""The stories of Deployments, and of ReplicaSets that no Deployment owns."""

from __future__ import annotations

from collections.abc import Sequence

from checker.following import facts
from checker.following.clusters import USER
from checker.following.facts import Facts
from checker.following.recording import Write
from checker.following.stories import ADOPTED, COMPONENTS, STRANGER, News, Story, Teller, images
from model.api.intstr import IntOrPercent
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.controllers import deployment, replicaset

#: Why something is taken as it was written.
DELETED = "ReplicaSets that are deleted"
SCALED = "proportional scaling of a Deployment in the middle of a rollout"
PAUSED = "what a Deployment controller does while the Deployment is paused"

_DESIRED = "deployment.kubernetes.io/desired-replicas"
_DEFAULT = IntOrPercent(25, percent=True)


def tell(own: Sequence[Write], begins: int, top: Write, nodes: Sequence[Node]) -> Story:
    """The story of a Deployment or ReplicaSet; see `Teller`. Raises Damaged."""
    return _Deployments(own, top, nodes).tell(begins)


class _Deployments(Teller):
    maker = replicaset.NAME

    def __init__(self, own: Sequence[Write], top: Write, nodes: Sequence[Node]) -> None:
        super().__init__(own, top, nodes)
        sets = [w for w in own if w.kind == "ReplicaSet" and w.type == "ADDED"]
        sets.sort(key=lambda w: (Facts(w).text("metadata", "creationTimestamp"), w.version))
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
        #: The ReplicaSets that are the workload's now, by uid, and the pods that there are.
        self.mine: dict[str, int] = {}
        self.there: dict[str, Write] = {}
        #: What ReplicaSets say of the replicas that the Deployment had when it scaled them.
        self.desired: dict[int, str] = {}

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
        recreates = read.text("spec", "strategy", "type") == "Recreate"
        return Workload(
            kind="Deployment" if write.kind == "Deployment" else "ReplicaSet",
            namespace=write.namespace,
            name=write.name,
            replicas=read.number("spec", "replicas", default=1),
            selector=LabelSelector(),
            template=PodTemplate(),
            strategy="Recreate" if recreates else "RollingUpdate",
            max_surge=read.amount(*rolling, "maxSurge", default=_DEFAULT),
            max_unavailable=read.amount(*rolling, "maxUnavailable", default=_DEFAULT),
            min_ready_seconds=read.number("spec", "minReadySeconds"),
        )

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
        if write.kind == "ReplicaSet" and self.spec is not None and self.top[0] == "Deployment":
            wanted, here = self.built.wanted, self.wanted(self.spec)
            if self.get(wanted, 0) != here:
                self.moment(write, USER, [(wanted, 0, here)], {}, given=True)

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
        if noted is not None:
            self.desired[slot] = noted
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
        going = Facts(write).at("metadata", "deletionTimestamp") is not None
        return own and not going and write.type != "DELETED"

    def reason(self, write: Write, who: str) -> str:
        going = Facts(write).at("metadata", "deletionTimestamp") is not None
        if write.type == "DELETED" or going:
            return DELETED
        if self._owned(write) != (write.uid in self.mine) and write.type != "ADDED":
            return ADOPTED
        if who == deployment.NAME:
            if self.spec is not None and Facts(self.spec).at("spec", "paused") is True:
                return PAUSED
            return SCALED if self._scaling() else ""
        return "" if not who or who in COMPONENTS else STRANGER.format(actor=who)

    def presumed(self, news: Sequence[News]) -> str:
        cluster = self.built.cluster
        changed = {f for f, _, _ in news}
        asked = {cluster.exists, cluster.replicas} & changed
        return deployment.NAME if asked else replicaset.NAME

    def _scaling(self) -> bool:
        """Whether the Deployment was scaled while it has several ReplicaSets with replicas, and
        these are not all scaled yet."""
        cluster, asked = self.built.cluster, str(self.workload.replicas if self.workload else "")
        active = [i for i in range(len(self.story.revisions)) if self.get(cluster.replicas, i) > 0]
        return len(active) > 1 and any(self.desired.get(i, asked) != asked for i in active)
