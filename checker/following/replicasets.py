"""The stories of Deployments, and of ReplicaSets that no Deployment owns."""

from __future__ import annotations

from collections.abc import Sequence

from checker.following import facts
from checker.following.facts import Facts
from checker.following.recording import Write
from checker.following.stories import COMPONENTS, STRANGER, News, Story, Teller, images
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
        # Of several whose templates differ in what is not recorded the last.
        return self.templates[facts.template(write)][-1]

    def revision_of(self, pod: Write) -> int:
        whose = facts.owner(pod)
        return self.sets.get(whose[1], 0) if whose else 0

    def read_status(self, write: Write) -> list[News]:
        return [] if write.kind == "Deployment" else self.read_other(write)

    def read_other(self, write: Write) -> list[News]:
        cluster, read = self.built.cluster, Facts(write)
        slot, there = self.sets[write.name], write.type != "DELETED"
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
        return news

    def reason(self, write: Write, who: str) -> str:
        if write.type == "DELETED":
            return DELETED
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
