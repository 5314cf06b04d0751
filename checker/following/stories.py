"""What a recording tells of one workload, in the words of its system.

The visible cells of the system are worked out after every write. Each write that changes some is a
`Moment`; what changes none of them says nothing to the model, and is counted by what it is.

Where the user changes what the model holds for constant (the strategy, replicas but of Deployments)
another system begins, with the state as it is: an epoch. What the model has no step for is taken as
it was written, and noted with its reason.

What differs between kinds of workloads is in `replicasets`, `revisions` and `jobs`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from checker.following import facts
from checker.following.clusters import USER, Built, Spec, TooMany, build
from checker.following.draft import Draft, News
from checker.following.facts import Facts
from checker.following.recording import Write
from checker.following.story import (
    ADOPTED,
    COMPONENTS,
    EARLY,
    ENDED,
    FAULT,
    NOBODY,
    PINNED,
    PREEMPTED,
    RULED,
    STRANGER,
    End,
    Story,
    actor,
)
from checker.following.users import differences, images
from model.api.workload import Workload
from model.apiserver.objects import ABSENT, AVAILABLE, READY, RUNNING, TERMINATING
from model.node import kubelet
from model.scheduler.binding import NAME as SCHEDULER

_AVAILABLE: int = AVAILABLE.payload


class Teller(Draft, ABC):
    """Builds the story of a workload from the writes about it and what it owns, in the order of
    the store."""

    #: The controller that makes its pods.
    maker: str
    #: Whether its strategy is Recreate at some time.
    recreates = False

    # -- what differs between kinds ----------------------------------------------------------------
    @abstractmethod
    def read_workload(self, write: Write) -> Workload:
        """What the system of a workload is made of. Raises Damaged."""

    @abstractmethod
    def wanted(self, write: Write) -> int:
        """Which revision has the template of a workload."""

    @abstractmethod
    def revision_of(self, pod: Write) -> int | None:
        """Which revision a pod is of; None if it is not, or no longer, the workload's."""

    @abstractmethod
    def read_other(self, write: Write) -> list[News]:
        """The cells of what the workload owns besides its pods, after a write."""

    @abstractmethod
    def reason(self, write: Write, who: str) -> str:
        """Why a status of it, or a write to what it owns besides its pods, is taken as it is; "" if
        it is not."""

    def presumed(self, _news: Sequence[News]) -> str:
        """Who makes such writes to what it owns besides pods; "" if several do."""
        return ""

    def by_controller(self, _write: Write, who: str, _going: bool) -> tuple[str, str, bool]:
        """As `_pod_actor`, of what a component of the model does."""
        return who, "", False

    def ending(self, _write: Write) -> tuple[str, str, bool]:
        """As `_pod_actor`, of a pod that ends."""
        return USER, ENDED, True

    def phase_of(self, pod: Write) -> int:
        """What the model calls the stage of a pod."""
        return facts.phase(pod)

    def slot_for(self, _pod: Write) -> int:
        """The slot of a new pod."""
        return self.pods.index("")

    def read_status(self, _write: Write) -> list[News]:
        """The cells of the workload's own status."""
        return []

    def excluded(self, _write: Write) -> str:
        """Why a workload is not followed from a write on; "" if it is."""
        return ""

    def saw_early(self, _write: Write) -> None:
        """Takes in what there is before the workload."""
        return

    def saw_pod(self, _write: Write) -> None:
        """Takes in what a pod is."""
        return

    def saw_node(self, _write: Write) -> None:
        """Takes in a write to a node."""
        return

    def read_pod(self, _pod: Write, _slot: int, _gone: bool) -> list[News]:
        """Further cells of a pod, which may be gone."""
        return []

    def said(self, write: Write, workload: Workload) -> Spec:
        """What the user has the workload say that its system follows step by step."""
        return Spec(self.wanted(write), workload.replicas)

    def specs(self, workload: Workload) -> list[Spec]:
        """All that is said at some time."""
        return [self.said(write, workload) for write in self.tops]

    @property
    def tops(self) -> list[Write]:
        """The writes to the workload itself."""
        return [w for w in self.own if (w.kind, w.uid) == self.top and w.type != "DELETED"]

    def made(self, workload: Workload) -> Built:
        """The system of a workload."""
        revisions = len(self.story.revisions)
        specs, pods = self.specs(workload), len(self.pods)
        return build(
            workload,
            self.nodes,
            revisions,
            specs,
            pods,
            refusals=self.story.refusals,
            recreates=self.recreates,
        )

    # -- the spec ----------------------------------------------------------------------------------
    def tell(self, begins: int) -> Story:
        """The story; the first `begins` writes are what there was at the start. Raises Damaged."""
        story = self.story
        for number, write in enumerate(self.own):
            if write.kind == "ControllerRevision":
                continue
            if write.kind == "Namespace":
                going = facts.going(write)
                if story.ended is None and (going or write.type == "DELETED"):
                    story.ended = End(write, f"what comes after the deletion of {write.subject}")
                continue
            if write.kind == "Node":
                if story.ended is None:
                    self.saw_node(write)
            elif story.ended is not None:
                story.left_out.setdefault(story.ended.why, []).append(write)
            elif (write.kind, write.uid) == self.top:
                if story.epochs and number >= begins:
                    self.pass_time(write)
                self._spec(write, number < begins)
            elif not story.epochs:
                story.left_out.setdefault(EARLY, []).append(write)
                self.saw_early(write)
            elif number < begins:
                if write.kind == "Pod":
                    self.saw_pod(write)
                news = self.pod(write)[0] if write.kind == "Pod" else self.read_other(write)
                for function, index, value in news:
                    self.set(function, index, value)
            else:
                self.pass_time(write)
                self._later(write)
        return story

    def _spec(self, write: Write, early: bool) -> None:
        story, before = self.story, self.spec
        if write.type == "DELETED" or facts.going(write):
            story.ended = End(write, f"what comes after the deletion of {write.subject}")
            return
        excluded = self.excluded(write)
        if excluded:
            story.ended = End(write, excluded, there=True)
            return
        self.spec = write
        if before is None:
            self._begin(write)
            if story.ended is not None:
                return
        else:
            self._user(before, write, early)
            self.epoch(write)
        if before is not None and Facts(before).at("spec") == Facts(write).at("spec"):
            news = [(f, i, v) for f, i, v in self.read_status(write) if self.get(f, i) != v]
            reason = self.reason(write, actor(write)) if news else ""
            if reason:
                story.left_out.setdefault(reason, []).append(write)
            if news:
                self.moment(write, actor(write) or self.maker, news, {}, given=bool(reason))
            else:
                story.mute[f"status of {write.kind}"] += 1
        else:
            for function, index, value in self.read_status(write):
                self.set(function, index, value)

    def _begin(self, write: Write) -> None:
        self.workload = self.read_workload(write)
        try:
            built = self.made(self.workload)
        except TooMany:
            why = f"{write.subject}, which is changed in too many ways"
            self.story.ended = End(write, why, there=True)
            return
        self.story.epochs.append(built)
        self.place(built)
        if built.cluster.change is not None:
            self.set(built.cluster.change, 0, built.stage(self.said(write, self.workload)))

    def epoch(self, write: Write) -> None:
        """Another system from here on, if the workload is another one."""
        old, new = self.workload, self.read_workload(write)
        assert old is not None
        if old != new:
            said = ", ".join(differences(old, new))
            if said:
                self.story.steps.append((write, said))
            self.workload = new
            self.story.epochs.append(self.made(new))
            if old.min_ready_seconds != new.min_ready_seconds:
                self.wait_anew(write)

    def _user(self, before: Write, write: Write, early: bool) -> None:
        """What the user has changed that the system follows."""
        assert self.workload is not None
        old, new = (self.said(each, self.workload) for each in (before, write))
        if early:
            self.restate(write, given=False)
            return
        if old.revision != new.revision:
            self.story.steps.append((write, f"changes the template to {images(write)}"))
        if old.replicas != new.replicas:
            self.story.steps.append((write, f"scales it to {new.replicas}"))
        if old.partition != new.partition:
            self.story.steps.append((write, f"sets its partition to {new.partition}"))
        if old.paused != new.paused:
            self.story.steps.append((write, "pauses it" if new.paused else "resumes it"))
        self.restate(write)

    def restate(self, write: Write, *, given: bool = True) -> None:
        """The workload's object says something from a write on, in a moment of its own if that is
        `given`."""
        change, spec = self.built.cluster.change, self.spec
        if change is None or spec is None or self.workload is None:
            return
        here = self.built.stage(self.said(spec, self.workload))
        if self.get(change, 0) != here and given:
            self.moment(write, USER, [(change, 0, here)], {}, given=True)
        self.set(change, 0, here)

    # -- objects -----------------------------------------------------------------------------------
    def _later(self, write: Write) -> None:
        about: dict[str, int] = {}
        if write.kind == "Pod":
            self.saw_pod(write)
            news, about = self.pod(write)
            reason = ""
        else:
            reason = self.reason(write, actor(write))
            news = self.read_other(write)
            if news:
                about = {"replicaset": news[0][1]}
        news = [(f, i, v) for f, i, v in news if self.get(f, i) != v]
        if not news:
            self.story.mute[_muted(write)] += 1
            return
        who, given = actor(write), bool(reason)
        if not who:
            who = self._presumed(write, news)
        if not who:
            reason, given = NOBODY, True
        elif write.kind == "Pod":
            who, reason, given = self._pod_actor(write, news, who)
        if reason:
            self.story.left_out.setdefault(reason, []).append(write)
        node = self.built.cluster.node
        pinned = [(f, i, v) for f, i, v in news if write.type == "ADDED" and f is node]
        if write.kind == "Pod" and pinned and not given:
            news = [each for each in news if each not in pinned]
            self.moment(write, who, news, about)
            self.story.left_out.setdefault(PINNED, []).append(write)
            news, given = pinned, True
        self.moment(write, who, news, about, given=given, anew=given and write.kind != "Pod")
        self.after(write)
        self.free()

    def after(self, _write: Write) -> None:
        """What follows from a write that is told."""
        return

    def _presumed(self, write: Write, news: Sequence[News]) -> str:
        """Who makes such writes, where the recording does not say who did: "" if several do."""
        if write.kind != "Pod":
            return self.presumed(news)
        phase = self.built.cluster.phase
        if all(function is not phase for function, _, _ in news):
            return SCHEDULER
        if write.type == "ADDED":
            return self.maker
        before = self.get(phase, self.slots[write.uid])
        going = facts.phase(write) in (TERMINATING.payload, ABSENT.payload)
        return "" if going and before != TERMINATING.payload else kubelet.NAME

    def _pod_actor(self, write: Write, news: Sequence[News], who: str) -> tuple[str, str, bool]:
        """Who is followed as the one that wrote a pod, why not if nobody, and whether it is
        taken as it is."""
        phase = self.built.cluster.phase
        known = {f: (i, v) for f, i, v in news}
        if phase not in known:
            return who, "", False
        slot, after = known[phase]
        before = self.get(phase, slot)
        going = after in (TERMINATING.payload, ABSENT.payload)
        ended = facts.phase(write) == ABSENT.payload
        if write.type == "MODIFIED" and not ended and ABSENT.payload in (before, after):
            return USER, ADOPTED, True
        if who == kubelet.NAME:
            if going and before != TERMINATING.payload and write.type != "DELETED":
                return self.ending(write)
            if after == RUNNING.payload and before in (READY.payload, _AVAILABLE):
                return FAULT, "", False
            return who, "", False
        if going and before == TERMINATING.payload:
            # Whoever deletes it for good, its node is done with it.
            return kubelet.NAME, "", False
        if who == SCHEDULER and going:
            return USER, PREEMPTED, True
        if who in COMPONENTS:
            return self.by_controller(write, who, going)
        if going and not write.actor.startswith("kube-"):
            verb = "evicts" if write.evicts else "deletes"
            self.story.steps.append((write, f"{verb} pod {write.name}"))
            return USER, "", True
        if going and who in RULED:
            return USER, "", True
        if going or before == ABSENT.payload:
            return USER, STRANGER.format(actor=who), True
        return who, STRANGER.format(actor=who), True

    def pod(self, write: Write) -> tuple[list[News], dict[str, int]]:
        """The cells of a pod after a write, and what the parameters of the step are."""
        cluster, own = self.built.cluster, self.revision_of(write)
        phase = ABSENT.payload if own is None else self.phase_of(write)
        slot = self.slots.get(write.uid)
        if slot is None:
            if phase == ABSENT.payload:
                return [], {}
            slot = self.slots[write.uid] = self.slot_for(write)
            self.pods[slot] = write.name
        named = Facts(write).text("spec", "nodeName")
        at = next((i for i, n in enumerate(self.nodes) if n.name == named), -1)
        gone = phase == ABSENT.payload
        own, phase = own or 0, self.aged(write, slot, phase)
        about = {"pod": slot, "replicaset": own}
        if at >= 0:
            about["node"] = at
        if gone:
            at, own = -1, 0
        news = [(cluster.phase, slot, phase), (cluster.node, slot, at), (cluster.owner, slot, own)]
        return [*news, *self.read_pod(write, slot, gone)], about


def _muted(write: Write) -> str:
    if write.kind == "Pod" and facts.going(write):
        return "a pod that is on its way out"
    return f"other fields of {write.kind}"
