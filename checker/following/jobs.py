"""The stories of Jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.following import facts
from checker.following.clusters import Spec
from checker.following.draft import News
from checker.following.facts import Facts
from checker.following.recording import Write
from checker.following.scope import Own
from checker.following.stories import Teller
from checker.following.story import FAULT, actor
from model.api.job import BACKOFF, FailureRule, Job, SuccessRule
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.workload import Workload
from model.apiserver.jobs import END
from model.apiserver.objects import ABSENT, READY, RUNNING
from model.controllers import job
from model.load.job import indexes_of
from model.node import kubelet

#: Why something is taken as it was written.
RESIZED = "pods that a Job loses because its parallelism or its completions are lowered"
POLICY = "the end of a Job by a successPolicy that is not recorded"

_INDEX = "batch.kubernetes.io/job-completion-index"


class Jobs(Teller):
    """Jobs."""

    maker = job.NAME

    def __init__(self, scope: Own, nodes: Sequence[Node]) -> None:
        super().__init__(scope, nodes)
        own, top = scope.writes, scope.top
        self.story.revisions = (top.name,)
        there: set[str] = set()
        most = 1
        for write in own:
            if write.kind == "Pod":
                (there.discard if facts.phase(write) == 0 else there.add)(write.uid)
                most = max(most, len(there))
        self.pods = [""] * (most + 1)

    def read_workload(self, write: Write) -> Workload:
        read = Facts(write)
        given = read.at("spec", "completions")
        indexed = read.text("spec", "completionMode") == "Indexed"
        parallelism = read.number("spec", "parallelism", default=1)
        spec = Job(
            parallelism=parallelism,
            completions=None if given is None else read.number("spec", "completions"),
            indexed=indexed,
            backoff=read.number("spec", "backoffLimit", default=BACKOFF),
            per_index=self._optional(read, "backoffLimitPerIndex"),
            max_failed=self._optional(read, "maxFailedIndexes"),
            replaces_failed=read.text("spec", "podReplacementPolicy") == "Failed",
            failure=tuple(self._rules(read)),
            success=tuple(self._successes(read)),
            deadline=self._optional(read, "activeDeadlineSeconds"),
        )
        return Workload(
            kind="Job",
            namespace=write.namespace,
            name=write.name,
            replicas=max(1, parallelism),
            selector=LabelSelector(),
            template=PodTemplate(),
            job=spec,
        )

    @staticmethod
    def _optional(read: Facts, name: str) -> int | None:
        return None if read.at("spec", name) is None else read.number("spec", name)

    @staticmethod
    def _successes(read: Facts) -> Iterator[SuccessRule]:
        given = read.at("spec", "successPolicy")
        below = read.number("spec", "completions")
        for rule in read.list("spec", "successPolicy", "rules") if given is not None else ():
            named, least = rule.get("succeededIndexes"), rule.get("succeededCount")
            indexes = None if named is None else indexes_of(str(named), below)
            if named is not None and indexes is None:
                raise read.damage(("spec", "successPolicy"), "a list of rules with indexes")
            whole = None if indexes is None else tuple(sorted(indexes))
            yield SuccessRule(whole, least if isinstance(least, int) else None)

    @staticmethod
    def _rules(read: Facts) -> list[FailureRule]:
        found = []
        for rule in read.list("spec", "podFailurePolicy", "rules"):
            codes = rule.get("onExitCodes") or {}
            conditions = tuple(
                (str(each.get("type", "")), str(each.get("status", "True")))
                for each in rule.get("onPodConditions") or ()
            )
            found.append(
                FailureRule(
                    rule.get("action", "Count"),
                    codes.get("operator") == "In" if codes else None,
                    tuple(codes.get("values") or ()),
                    codes.get("containerName"),
                    conditions,
                )
            )
        return found

    def said(self, write: Write, workload: Workload) -> Spec:
        return Spec(0, workload.replicas, Facts(write).at("spec", "suspend") is True)

    def wanted(self, _write: Write) -> int:
        return 0

    def revision_of(self, pod: Write) -> int | None:
        owner = facts.owner(pod)
        return 0 if owner is not None and owner[2] == self.top[1] else None

    def read_other(self, _write: Write) -> list[News]:
        return []

    def reason(self, write: Write, _who: str) -> str:
        read = Facts(write)
        ends = {each.get("reason") for each in read.list("status", "conditions")}
        untold = read.at("spec", "successPolicy") is None and "SuccessPolicy" in ends
        return POLICY if write.kind == "Job" and untold else ""

    def read_status(self, write: Write) -> list[News]:
        state = self.built.cluster.jobs
        assert state is not None
        ending, over = 0, 0
        for each in Facts(write).list("status", "conditions"):
            if each.get("status") != "True":
                continue
            if each.get("type") in ("SuccessCriteriaMet", "FailureTarget"):
                reason = str(each.get("reason", ""))
                ending = END.values.index(reason) if reason in END.values else ending
            over = over or int(each.get("type") in ("Complete", "Failed"))
        exists = (self.built.cluster.exists, 0, 1)
        return [exists, (state.ending, 0, ending), (state.over, 0, over)]

    def read_pod(self, pod: Write, slot: int, gone: bool) -> list[News]:
        state = self.built.cluster.jobs
        if state is None or state.index is None:
            return []
        return [(state.index, slot, -1 if gone else self._index(pod))]

    @staticmethod
    def _index(pod: Write) -> int:
        told = Facts(pod).texts("metadata", "labels").get(_INDEX, "")
        return int(told) if told.isdecimal() and len(told) < 10 else -1

    def phase_of(self, pod: Write) -> int:
        # Nobody asks whether a Job's pods are ready.
        found = facts.phase(pod)
        ready = READY.payload
        assert isinstance(ready, int)
        return ready if found == RUNNING.payload else found

    def ending(self, write: Write) -> tuple[str, str, bool]:
        succeeded = Facts(write).text("status", "phase") == "Succeeded"
        return (kubelet.NAME if succeeded else FAULT), "", False

    def named(self, write: Write) -> str:
        if write.kind != "Pod" or actor(write) != kubelet.NAME:
            return ""
        if facts.phase(write) != ABSENT.payload:
            return ""
        told = Facts(write).text("status", "phase")
        going = facts.going(write)
        if going or write.type == "DELETED":
            spec = None if self.workload is None else self.workload.job
            counts = spec is not None and spec.replaces_failed and told == "Succeeded"
            return "stopped pod succeeds" if counts else "pod stopped"
        return "pod succeeds" if told == "Succeeded" else "pod fails"

    def by_controller(self, write: Write, who: str, going: bool) -> tuple[str, str, bool]:
        cluster, state = self.built.cluster, self.built.cluster.jobs
        assert state is not None
        assert self.workload is not None
        if who != job.NAME or not going or self.get(state.ending, 0):
            return who, "", False
        active = sum(self.get(cluster.phase, i) in range(1, 5) for i in range(len(self.pods)))
        spec = self.workload.job
        assert spec is not None
        index, below = self._index(write), spec.completions
        if active > spec.parallelism or (below is not None and index >= below):
            return "", RESIZED, True
        return who, "", False
