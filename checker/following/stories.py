"""What a recording tells of one Deployment or ReplicaSet, in the words of its system.

The visible cells of the system are worked out after every write. Each write that changes some is a
`Moment`; what changes none of them says nothing to the model, and is counted by what it is.

Where the user changes what the model holds for constant (replicas, the strategy) another system
begins, with the state as it is: an epoch. What the model has no step for is taken as it was
written, and noted with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from checker.following import facts
from checker.following.clusters import USER, Built, build
from checker.following.facts import Facts
from checker.following.recording import Write
from checker.following.search import Moment
from model.api.intstr import IntOrPercent
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.apiserver.objects import ABSENT, READY, RUNNING, TERMINATING
from model.controllers import deployment, replicaset
from model.ir.system import StateFunction
from model.node import kubelet
from model.scheduler.binding import NAME as SCHEDULER

#: What the model calls those who write, by the names that they give themselves.
ACTORS = {
    "daemon-set-controller": "daemonset-controller",
    "scheduler": SCHEDULER,
    "fake-kubelet": kubelet.NAME,
}

#: Who has no other steps than those of the model.
COMPONENTS = frozenset(
    (
        deployment.NAME,
        replicaset.NAME,
        kubelet.NAME,
        SCHEDULER,
        "statefulset-controller",
        "daemonset-controller",
    )
)

#: Why something is taken as it was written.
ENDED = "pods that end (Succeeded, Failed)"
FAILED = "pods that are ready no more"
DELETED = "ReplicaSets that are deleted"
SCALED = "proportional scaling of a Deployment in the middle of a rollout"
PAUSED = "what a Deployment controller does while the Deployment is paused"
NOBODY = "writes of which nobody says who made them"
STRANGER = "writes by {actor}, which the model has no steps for"

_DESIRED = "deployment.kubernetes.io/desired-replicas"
_DEFAULT = IntOrPercent(25, percent=True)


def actor(write: Write) -> str:
    """Who wrote, as the model calls it: a component, or whatever the user agent says."""
    first, _, rest = write.actor.partition("/")
    if first == kubelet.NAME:
        return first
    last = rest.rpartition("/")[2] or first
    return ACTORS.get(last, last)


@dataclass(frozen=True)
class Told:
    """A write that is a moment: what it changes, as (function, index, before, after)."""

    write: Write
    changes: tuple[tuple[StateFunction, int, int, int], ...]
    #: What the model calls them, and their names.
    names: tuple[tuple[str, str], ...]


@dataclass
class Story:
    """A workload, followed through a recording."""

    subject: str
    #: The names of its ReplicaSets in the order of their creation.
    revisions: tuple[str, ...]
    epochs: list[Built] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    #: Writes that change nothing that the model reads, by what they are.
    mute: Counter[str] = field(default_factory=Counter)
    #: Writes that are taken as they are, by the reason.
    left_out: dict[str, list[Write]] = field(default_factory=dict)
    #: What users did, in words.
    steps: list[tuple[Write, str]] = field(default_factory=list)
    #: From where on it is not followed, and why.
    ended: tuple[Write, str] | None = None
    #: The visible cells after the last moment.
    last: tuple[int, ...] = ()


def workload(write: Write) -> Workload:
    """A recorded Deployment or ReplicaSet."""
    read = Facts(write)
    rolling = ("spec", "strategy", "rollingUpdate")
    return Workload(
        kind="Deployment" if write.kind == "Deployment" else "ReplicaSet",
        namespace=write.namespace,
        name=write.name,
        replicas=read.number("spec", "replicas", default=1),
        selector=LabelSelector(),
        template=PodTemplate(),
        strategy="Recreate"
        if read.text("spec", "strategy", "type") == "Recreate"
        else "RollingUpdate",
        max_surge=read.amount(*rolling, "maxSurge", default=_DEFAULT),
        max_unavailable=read.amount(*rolling, "maxUnavailable", default=_DEFAULT),
        min_ready_seconds=read.number("spec", "minReadySeconds"),
    )


def tell(own: Sequence[Write], begins: int, nodes: Sequence[Node]) -> Story:
    """The story of the writes about a workload, its ReplicaSets and its pods, in the order of the
    store; the first `begins` of them are what there was at the start. Raises Damaged."""
    return _Teller(own, nodes).tell(begins)


class _Teller:
    """Builds a story."""

    def __init__(self, own: Sequence[Write], nodes: Sequence[Node]) -> None:
        self.own, self.nodes = own, tuple(nodes)
        first = next(w for w in own if w.kind in ("Deployment", "ReplicaSet") and _tops(w, own))
        self.top = (first.kind, first.uid)
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
                names.append(f"the ReplicaSet of {_images(w)}")
        self.story = Story(first.subject, tuple(names))
        self.slots: dict[str, int] = {}
        self.pods: list[str] = [""] * self._most()
        self.sets = {name: i for i, name in enumerate(names)}
        self.desired: dict[int, str] = {}
        self.spec: Write | None = None

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

    def tell(self, begins: int) -> Story:
        story = self.story
        for number, write in enumerate(self.own):
            if story.ended is not None:
                story.left_out.setdefault(story.ended[1], []).append(write)
            elif (write.kind, write.uid) == self.top:
                self._spec(write, number < begins)
            elif not story.epochs or number < begins:
                self._early(write)
            else:
                self._later(write)
        if story.epochs:
            story.last = tuple(self.cells)
        return story

    # -- the spec --------------------------------------------------------------------------------
    def _spec(self, write: Write, early: bool) -> None:
        story, before = self.story, self.spec
        if write.type == "DELETED" or Facts(write).at("metadata", "deletionTimestamp") is not None:
            story.ended = (write, f"what comes after the deletion of {write.subject}")
            return
        self.spec = write
        if not story.epochs:
            self._begin(write)
            return
        assert before is not None
        self._wanted(write, early)
        old, new = workload(before), workload(write)
        if old != new:
            said = ", ".join(_differences(old, new))
            story.steps.append((write, said))
            self._epoch(new)
        elif Facts(before).at("spec") == Facts(write).at("spec"):
            story.mute[f"status of {write.kind}"] += 1
        if Facts(before).at("spec", "paused") != Facts(write).at("spec", "paused"):
            said = "pauses it" if self._paused else "resumes it"
            story.steps.append((write, said))

    @property
    def _paused(self) -> bool:
        return self.spec is not None and Facts(self.spec).at("spec", "paused") is True

    def _begin(self, write: Write) -> None:
        self._epoch(workload(write))
        built = self.story.epochs[0]
        #: Where the cells of each visible function begin.
        self.places: dict[str, int] = {}
        position = 0
        for function in built.system.functions:
            if function in built.visible:
                self.places[function.name] = position
                position += function.size
        start, offsets = built.system.initial[0], built.system.offsets
        self.cells = [
            start[offsets[f] + i]
            for f in built.system.functions
            if f in built.visible
            for i in range(f.size)
        ]
        self._set(built.wanted, 0, self._slot_of(write))

    def _epoch(self, workload: Workload) -> None:
        revisions = len(self.story.revisions)
        self.story.epochs.append(build(workload, self.nodes, revisions, len(self.pods)))

    def _slot_of(self, write: Write) -> int:
        """The ReplicaSet of a template: of several whose templates differ in what is not recorded
        the last."""
        return self.templates[facts.template(write)][-1]

    def _wanted(self, write: Write, early: bool) -> None:
        wanted, here = self.built.wanted, self._slot_of(write)
        if self._get(wanted, 0) == here:
            return
        if early:
            self._set(wanted, 0, here)
            return
        self.story.steps.append((write, f"changes the template to {_images(write)}"))
        self._moment(write, USER, [(wanted, 0, here)], {"replicaset": here}, given=True)

    # -- objects ---------------------------------------------------------------------------------
    @property
    def built(self) -> Built:
        return self.story.epochs[-1]

    def _early(self, write: Write) -> None:
        """What there was at the start, or before the workload."""
        if not self.story.epochs:
            reason = "what was there before its workload"
            self.story.left_out.setdefault(reason, []).append(write)
            return
        for function, index, value in self._read(write)[0]:
            self._set(function, index, value)

    def _later(self, write: Write) -> None:
        scaling = self._scaling()
        news, about = self._read(write)
        news = [(f, i, v) for f, i, v in news if self._get(f, i) != v]
        if not news:
            self.story.mute[_muted(write)] += 1
            return
        who, reason, given = actor(write), "", False
        if not who:
            who = self._presumed(write, news)
        if not who:
            reason, given = NOBODY, True
        elif write.kind == "Pod":
            who, reason, given = self._pod_actor(write, news, who)
        else:
            reason = self._set_reason(write, who, scaling)
            given = bool(reason)
        if reason:
            self.story.left_out.setdefault(reason, []).append(write)
        self._moment(write, who, news, about, given)
        if write.kind == "Pod" and facts.phase(write) == ABSENT.payload:
            self._free(write)

    def _presumed(self, write: Write, news: list[tuple[StateFunction, int, int]]) -> str:
        """Who makes such writes, where the recording does not say who did: "" if several do."""
        cluster = self.built.cluster
        changed = {f for f, _, _ in news}
        if write.kind == "ReplicaSet":
            return (
                deployment.NAME if {cluster.exists, cluster.replicas} & changed else replicaset.NAME
            )
        if cluster.phase not in changed:
            return SCHEDULER
        if write.type == "ADDED":
            return replicaset.NAME
        before = self._get(cluster.phase, self.slots[write.uid])
        going = facts.phase(write) in (TERMINATING.payload, ABSENT.payload)
        return "" if going and before != TERMINATING.payload else kubelet.NAME

    def _pod_actor(
        self, write: Write, news: list[tuple[StateFunction, int, int]], who: str
    ) -> tuple[str, str, bool]:
        """Who is followed as the one that wrote a pod, why not if nobody, and whether it is
        taken as it is."""
        phase = self.built.cluster.phase
        known = {f: (i, v) for f, i, v in news}
        if phase not in known:
            return who, "", False
        slot, after = known[phase]
        before = self._get(phase, slot)
        going = after in (TERMINATING.payload, ABSENT.payload)
        if who == kubelet.NAME:
            if going and before != TERMINATING.payload and write.type != "DELETED":
                return USER, ENDED, True
            if after == RUNNING.payload and before == READY.payload:
                return who, FAILED, True
            return who, "", False
        if going and before != TERMINATING.payload and who not in COMPONENTS:
            if write.actor.startswith("kube-"):
                return USER, STRANGER.format(actor=who), True
            verb = "evicts" if write.evicts else "deletes"
            self.story.steps.append((write, f"{verb} pod {write.name}"))
            return USER, "", True
        if going and before == TERMINATING.payload:
            # Whoever deletes it for good, its node is done with it.
            return kubelet.NAME, "", False
        if before == ABSENT.payload and who not in COMPONENTS:
            return USER, STRANGER.format(actor=who), True
        return who, "", False

    def _set_reason(self, write: Write, who: str, scaling: bool) -> str:
        """Why a write to a ReplicaSet is taken as it is, if it is."""
        if write.type == "DELETED":
            return DELETED
        if who == deployment.NAME:
            if self._paused:
                return PAUSED
            return SCALED if scaling else ""
        return "" if who in COMPONENTS else STRANGER.format(actor=who)

    def _scaling(self) -> bool:
        """Whether the Deployment was scaled while it has several ReplicaSets with replicas, and
        these are not all scaled yet."""
        cluster = self.built.cluster
        asked = str(workload(self.spec).replicas) if self.spec else ""
        active = [i for i in range(len(self.story.revisions)) if self._get(cluster.replicas, i) > 0]
        return len(active) > 1 and any(self.desired.get(i, asked) != asked for i in active)

    def _read(self, write: Write) -> tuple[list[tuple[StateFunction, int, int]], dict[str, int]]:
        """The cells of an object after a write, and what the parameters of the step are."""
        cluster = self.built.cluster
        if write.kind == "ReplicaSet":
            slot, there = self.sets[write.name], write.type != "DELETED"
            read = Facts(write)
            noted = read.texts("metadata", "annotations").get(_DESIRED)
            news = [
                (cluster.exists, slot, int(there)),
                (cluster.replicas, slot, read.number("spec", "replicas") * there),
                (
                    cluster.status_available,
                    slot,
                    read.number("status", "availableReplicas") * there,
                ),
            ]
            if cluster.status_replicas is not None:
                told = read.number("status", "replicas") * there
                news.append((cluster.status_replicas, slot, told))
            if noted is not None:
                self.desired[slot] = noted
            return news, {"replicaset": slot}
        return self._pod(write)

    def _pod(self, write: Write) -> tuple[list[tuple[StateFunction, int, int]], dict[str, int]]:
        cluster, phase = self.built.cluster, facts.phase(write)
        slot = self.slots.get(write.uid)
        if slot is None:
            if phase == ABSENT.payload:
                return [], {}
            slot = self.slots[write.uid] = self.pods.index("")
            self.pods[slot] = write.name
        named = Facts(write).text("spec", "nodeName")
        at = next((i for i, n in enumerate(self.nodes) if n.name == named), -1)
        whose = facts.owner(write)
        own = self.sets.get(whose[1], 0) if whose else 0
        about = {"pod": slot, "replicaset": own}
        if at >= 0:
            about["node"] = at
        if phase == ABSENT.payload:
            at, own = -1, 0
        news = [(cluster.phase, slot, phase), (cluster.node, slot, at), (cluster.owner, slot, own)]
        return news, about

    def _free(self, write: Write) -> None:
        slot = self.slots.pop(write.uid, None)
        if slot is not None:
            self.pods[slot] = ""

    # -- moments ---------------------------------------------------------------------------------
    def _moment(
        self,
        write: Write,
        who: str,
        news: Iterable[tuple[StateFunction, int, int]],
        about: dict[str, int],
        given: bool = False,
    ) -> None:
        before = tuple(self.cells)
        changes = tuple((f, i, self._get(f, i), v) for f, i, v in news)
        changed = {self.places[f.name] + i: v for f, i, _, v in changes}
        epoch = len(self.story.epochs) - 1
        self.story.moments.append(Moment(before, changed, who, about, epoch, given))
        self.story.told.append(Told(write, changes, self._names()))
        for function, index, _, value in changes:
            self._set(function, index, value)

    def _names(self) -> tuple[tuple[str, str], ...]:
        cluster = self.built.cluster
        pods = zip(cluster.Pod.elements, self.pods, strict=True)
        return (
            *((slot, name or "a new pod") for slot, name in pods),
            *zip(cluster.ReplicaSet.elements, self.story.revisions, strict=True),
        )

    def _get(self, function: StateFunction, index: int) -> int:
        return self.cells[self.places[function.name] + index]

    def _set(self, function: StateFunction, index: int, value: int) -> None:
        self.cells[self.places[function.name] + index] = value


def _tops(write: Write, own: Sequence[Write]) -> bool:
    """Whether a write is about the workload itself."""
    return write.kind == "Deployment" or all(w.kind != "Deployment" for w in own)


def _images(write: Write) -> str:
    found = Facts(write).at("spec", "templateImages")
    return ", ".join(map(str, found)) if isinstance(found, list) else "another template"


def _muted(write: Write) -> str:
    if write.kind == "Pod" and Facts(write).at("metadata", "deletionTimestamp") is not None:
        return "a pod that is on its way out"
    return f"other fields of {write.kind}"


def _differences(old: Workload, new: Workload) -> Iterable[str]:
    names = {
        "replicas": "scales it to {}",
        "strategy": "sets its strategy to {}",
        "max_surge": "sets maxSurge to {}",
        "max_unavailable": "sets maxUnavailable to {}",
        "min_ready_seconds": "sets minReadySeconds to {}",
    }
    for name, said in names.items():
        if getattr(old, name) != getattr(new, name):
            yield said.format(getattr(new, name))
