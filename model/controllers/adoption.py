"""Deployments that take over the ReplicaSets that another one has left, and treat them as theirs.

A Deployment that is deleted with orphaning leaves ReplicaSets without an owner. The controller
claims each of them for any Deployment whose selector matches its labels, and from then on it is a
revision of that one: scaled down as an old one, or, if it is the oldest that has the template of
the Deployment, kept in the place of the one that the Deployment has made. Where selectors do not
overlap nobody touches what was left.

Of equal templates it is left open which ReplicaSet is older. Where the Deployments have not the
same number of replicas the annotations of what is taken over tell of another one, so that it is
resized in proportion first.

Source: kubernetes v1.36.3 `pkg/controller/controller_ref_manager.go` (ClaimReplicaSets),
`pkg/controller/deployment/deployment_controller.go` (getReplicaSetsForDeployment,
updateReplicaSet), `util/deployment_util.go` (FindNewReplicaSet), and what
`model.controllers.scaling` has.

Omits: pods that are left by ReplicaSets and ReplicationControllers (`model.controllers.omitted`),
caches of the Deployment controller that lag. A neighbour's sync reads anew for each request, so of
several ReplicaSets that one reading has it scale down, the later ones wait until the status of the
first shows it; and which pods of what was taken over count as related is as it was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.api.pod import PodTemplate
from model.api.workload import Workload
from model.apiserver import requests
from model.apiserver.adoptions import NOBODY, Adoptions, adopters
from model.apiserver.objects import ABSENT, Cluster, replicaset
from model.controllers import rollout, scaling
from model.controllers.deployment_view import NAME
from model.ir.expr import (
    FALSE,
    TRUE,
    Expr,
    boolean,
    coerce,
    constant,
    disj,
    element,
    greatest,
    integer,
    ite,
)
from model.ir.quantifier import exists
from model.ir.system import assign
from model.ir.types import EnumType
from model.position import Revision
from model.setting import Pods, Setting


def meeting(setting: Setting) -> Iterator[Pods]:
    """The Deployments that take over what the workload leaves when it is deleted."""
    scenario, own = setting.scenario, setting.own
    workload = scenario.workload
    if not scenario.change.orphans or workload.kind != "Deployment":
        return
    for other in setting.around.running("Deployment"):
        here = other is not own and other.namespace == workload.namespace
        labels = (each.template.labels for each in scenario.versions)
        if here and other.selector and any(map(other.selector.selects, labels)):
            yield other


def add(cluster: Cluster) -> None:
    """Adds what Deployments do about ReplicaSets that others have left."""
    assert cluster.adopted is not None
    cluster.builder.omit(
        "a Deployment that takes over several ReplicaSets and scales them down by one reading: "
        "here it reads anew for each"
    )
    for workload in adopters(cluster.scenario):
        _Adopter(cluster, cluster.adopted, workload).add()


class _Adopter:
    """One of those Deployments."""

    def __init__(self, cluster: Cluster, adopted: Adoptions, workload: Workload) -> None:
        self.cluster, self.adopted, self.workload = cluster, adopted, workload
        at = [each.subject for each in cluster.workloads].index(workload.subject)
        #: The ReplicaSet that it has from the start.
        self.made = element(cluster.ReplicaSet, cluster.ReplicaSet.elements[at])
        whose = adopted.holder.type
        assert isinstance(whose, EnumType)
        #: Itself, as the owner of others.
        self.owner = constant(whose, workload.subject)
        several = len(adopters(cluster.scenario)) > 1
        self.suffix = f" for {self.made}" if several else ""
        self.words = {"deployment": f"Deployment/{workload.name}"}

    def held(self, r: Expr) -> Expr:
        """Whether it has taken over a ReplicaSet."""
        return self.adopted.holder[r] == self.owner

    def add(self) -> None:
        for as_new in (False, True):
            if self._matching(as_new=as_new):
                self._adopt(as_new=as_new)
        self._scale()

    def _matching(self, *, as_new: bool) -> list[Expr]:
        """The ReplicaSets that its selector matches if they are left; those of the same template
        that it has."""
        cluster, found = self.cluster, []
        left = [each for each in cluster.workloads if cluster.is_mine(each)]
        for r, of, revision in zip(cluster.own, left, cluster.stages.revisions, strict=True):
            same = _plain(of.template, revision) == _plain(self.workload.template)
            if self.workload.takes_over(of) and (not as_new or (same and not revision.restart)):
                found.append(r)
        return found

    def _adopt(self, *, as_new: bool) -> None:
        cluster, r = self.cluster, replicaset(self.cluster)
        deleted, adopted = cluster.deleted, self.adopted
        assert deleted is not None
        loose = cluster.is_deleted("orphan")
        if deleted.remains is not None:
            loose = loose & ~deleted.remains()
        why = "nobody owns {replicaset}, and the selector of {deployment} matches it"
        if as_new:
            why += "; it is older than the one of {deployment}, and has its template"
        requests.send(
            cluster,
            f"adopt {'new ' if as_new else ''}ReplicaSet{self.suffix}",
            NAME,
            (r,),
            loose
            & cluster.exists[r]
            & adopted.holder[r].is_in(NOBODY)
            & disj(*(r == each for each in self._matching(as_new=as_new))),
            [
                assign(adopted.holder[r], self.owner),
                *([assign(adopted.serves[r], True)] if as_new else []),
                *requests.wrote(cluster, r),
                *requests.refuse(cluster, r),
            ],
            fairness="weak",
            fair_for=(r,),
            text="take over {replicaset} for {deployment}",
            why=why,
            words=self.words,
        )

    # -- what a sync reads ----------------------------------------------------------------------
    @property
    def _sets(self) -> tuple[Expr, ...]:
        """Its ReplicaSets, in the order of their creation as far as it is known."""
        return (*self.cluster.own, self.made)

    def _marked(self) -> list[scaling.Marked]:
        cluster, adopted = self.cluster, self.adopted
        surge, _ = self.workload.rounded
        desired = self.workload.replicas
        taken = exists(cluster.ReplicaSet, lambda x: self.held(x) & adopted.serves[x])
        found = []
        for r in cluster.own:
            held = self.held(r)
            seen = rollout.Seen(
                held & adopted.serves[r],
                held & cluster.exists[r],
                ite(held, cluster.replicas[r], 0),
                ite(held, cluster.status_available[r], 0),
            )
            stamp, most = self._annotations(r)
            anew = adopted.renewed[r]
            found.append(
                scaling.Marked(seen, ite(anew, desired, stamp), ite(anew, desired + surge, most))
            )
        own = rollout.Seen(
            ~taken, TRUE, cluster.replicas[self.made], cluster.status_available[self.made]
        )
        return [*found, scaling.Marked(own, integer(desired), integer(desired + surge))]

    def _annotations(self, r: Expr) -> tuple[Expr, Expr]:
        """For how many replicas the Deployment that is gone last wrote a ReplicaSet, and how many
        that allowed."""
        cluster = self.cluster
        stamps = cluster.desired_replicas
        if stamps is None:
            return coerce(cluster.desired), coerce(cluster.desired) + cluster.surge
        most = cluster.by_replicas(stamps[r], lambda s: s.workload.replicas + s.workload.rounded[0])
        return stamps[r], most

    def _decided(self) -> scaling.Sync:
        surge, unavailable = self.workload.rounded
        recreate = self.workload.strategy == "Recreate"
        marked = self._marked()
        populated = FALSE
        if recreate:
            populated = disj(
                *(
                    ~each.seen.new & (self.held(r) | (r == self.made)) & self._has_pods(r)
                    for r, each in zip(self._sets, marked, strict=True)
                )
            )
        read = scaling.Deployment(
            self.workload.replicas,
            surge,
            unavailable,
            recreate=boolean(recreate),
            populated=populated,
        )
        return scaling.sync(read, marked)

    def _has_pods(self, r: Expr) -> Expr:
        cluster = self.cluster
        return exists(cluster.Pod, lambda p: (cluster.owner[p] == r) & (cluster.phase[p] != ABSENT))

    # -- what it sends --------------------------------------------------------------------------
    def _scale(self) -> None:
        """It scales a ReplicaSet as it does its own."""
        cluster, adopted, r = self.cluster, self.adopted, replicaset(self.cluster)
        decided = self._decided()
        due, replicas = self._request(decided, r)
        resized = [
            ite(r == each, resize.due, FALSE)
            for each, resize in zip(self._sets, decided.resizes, strict=True)
        ]
        changed = replicas != cluster.replicas[r]
        renewing = disj(*resized)
        requests.send(
            cluster,
            f"scale what was left{self.suffix}",
            NAME,
            (r,),
            due & (changed | renewing),
            [
                *requests.scale(cluster, r, replicas),
                assign(adopted.renewed[r], True),
                assign(adopted.scaled(), True, where=changed),
            ],
            fairness="weak",
            fair_for=(r,),
            text="scale {replicaset} for {deployment}",
            why="{deployment} has more than one ReplicaSet by now, and goes on with one of them",
            words=self.words,
        )

    def _request(self, decided: scaling.Sync, r: Expr) -> tuple[Expr, Expr]:
        """Whether a sync writes a ReplicaSet next, and the replicas that it gives it."""
        cluster, decision = self.cluster, decided.rollout
        clean = disj(*(amount > 0 for amount in decision.cleanups))
        due: Expr = FALSE
        replicas: Expr = cluster.replicas[r]
        new = [each.seen.new for each in self._marked()]
        for position, each in enumerate(self._sets):
            resize = decided.resizes[position]
            before = disj(*(other.due & (other.place < resize.place) for other in decided.resizes))
            resizes = resize.due & ~before
            grows = decision.scale & new[position]
            cleanup, down = decision.cleanups[position], decision.scale_downs[position]
            shrinks = ~decision.scale & ((cleanup > 0) | (~clean & (down > 0)))
            here = r == each
            now = cluster.replicas[each]
            less = greatest(0, now - ite(cleanup > 0, cleanup, down))
            value = ite(resizes, resize.replicas, ite(grows, decision.wanted, less))
            due = due | (here & (resizes | grows | shrinks))
            replicas = ite(here, value, replicas)
        return due, replicas


def _plain(template: PodTemplate, revision: Revision | None = None) -> PodTemplate:
    """A template without the places of its fields, with the image of a revision if that has one."""
    images = template.images
    if revision is not None and revision.image:
        images = (revision.image, *images[1:])
    return replace(template, images=images, fields={})
