"""What the Deployment controller sees: its Deployment, and the ReplicaSets, in its cache.

Source: kubernetes v1.36.3 `pkg/controller/deployment/util/deployment_util.go` (EqualIgnoreHash,
FindNewReplicaSet, MaxSurge, MaxUnavailable, ResolveFenceposts).
"""

from __future__ import annotations

from collections.abc import Sequence

from model.apiserver.objects import ROUNDED, Cluster
from model.apiserver.symbols import Count
from model.apiserver.views import Watches
from model.controllers import rollout, scaling
from model.ir.expr import FALSE, TRUE, Expr, coerce, integer, ite, least
from model.mutation import Mutation
from model.scenario import Scenario

NAME = "deployment-controller"

SURGE_ROUNDS_DOWN = Mutation(
    "surge-rounds-down", "the Deployment controller rounds a maxSurge percentage down"
)
SURGE_ONE_TOO_MANY = Mutation(
    "surge-one-too-many", "the Deployment controller allows one replica more than maxSurge"
)
UNAVAILABLE_ROUNDS_UP = Mutation(
    "unavailable-rounds-up", "the Deployment controller rounds a maxUnavailable percentage up"
)
UNAVAILABLE_ONE_TOO_MANY = Mutation(
    "unavailable-one-too-many", "the Deployment controller lets one replica more be unavailable"
)
BOTH_ZERO_STAYS = Mutation(
    "both-zero-stays", "maxSurge and maxUnavailable that both round to 0 are left at 0"
)
#: Those in the rounding of percentages.
ROUNDING = frozenset({SURGE_ROUNDS_DOWN, UNAVAILABLE_ROUNDS_UP, BOTH_ZERO_STAYS})
RESTART_IGNORED = Mutation(
    "restart-ignored", "the Deployment controller does not compare the annotations of templates"
)
OLDEST_FORGOTTEN = Mutation(
    "oldest-revision-forgotten", "the Deployment controller knows of two revisions at a time"
)
DELETION_IGNORED = Mutation(
    "deletion-ignored", "the Deployment controller goes on for a Deployment that is being deleted"
)
PAUSE_IGNORED = Mutation("pause-ignored", "the Deployment controller goes on while it is paused")


def limits(scenario: Scenario) -> tuple[int, int]:
    """(maxSurge, maxUnavailable) as this controller rounds them; equal to what the user asked
    for unless a seeded fault is on."""
    workload, mutations = scenario.workload, scenario.mutations
    up = SURGE_ROUNDS_DOWN not in mutations
    surge = workload.max_surge.scaled(workload.replicas, round_up=up)
    up = UNAVAILABLE_ROUNDS_UP in mutations
    unavailable = workload.max_unavailable.scaled(workload.replicas, round_up=up)
    if surge == 0 and unavailable == 0 and BOTH_ZERO_STAYS not in mutations:
        unavailable = 1
    surge += SURGE_ONE_TOO_MANY in mutations
    unavailable += UNAVAILABLE_ONE_TOO_MANY in mutations
    return surge, min(unavailable, workload.replicas)


def open_limits(cluster: Cluster) -> tuple[Expr, Expr]:
    """As `limits`, in a text for every size: any counts that percentages may round to."""
    surge = cluster.surge + int(cluster.mutated(SURGE_ONE_TOO_MANY))
    unavailable = cluster.unavailable + int(cluster.mutated(UNAVAILABLE_ONE_TOO_MANY))
    return coerce(surge), least(unavailable, cluster.desired)


class View:
    """What the controller sees."""

    def __init__(self, cluster: Cluster, watches: Watches) -> None:
        self.cluster, sort = cluster, cluster.ReplicaSet
        self._watches = watches
        seen = watches.of("replicasets")
        replicas, available = cluster.replicas, cluster.status_available
        there = "ReplicaSet/{0} exists"
        self.exists = seen.see("sees exists", sort, lambda r: cluster.exists[r], there)
        self.replicas = seen.see("sees replicas", sort, lambda r: replicas[r], replicas.label)
        self.available = seen.see("sees available", sort, lambda r: available[r], available.label)
        self._stage: Expr | None = None
        if cluster.change is not None:
            stage = watches.of("deployments").see_value(
                "sees change", cluster.change(), cluster.change.label
            )
            self._stage = stage
        self.wanted = self._template()
        stamps = cluster.desired_replicas
        self._stamped = None
        if stamps is not None:
            label = stamps.label
            self._stamped = seen.see("sees annotations", sort, lambda r: stamps[r], label)
        self.current = seen.current()
        #: Its ReplicaSets, in the order of their creation.
        self.sets = [
            rollout.Seen(r == self.wanted, self.exists(r), self.replicas(r), self.available(r))
            for r in cluster.own
        ]
        if cluster.mutated(OLDEST_FORGOTTEN) and len(cluster.own) > 2:
            first = self.sets[0]
            self.sets[0] = first._replace(replicas=ite(first.new, first.replicas, 0))

    def _template(self) -> Expr:
        """The ReplicaSet of the template that the Deployment has."""
        cluster = self.cluster
        if not cluster.mutated(RESTART_IGNORED):
            return cluster.template_of(self._stage)
        images = [revision.image for revision in cluster.stages.revisions]
        return cluster.by_stage(
            self._stage,
            lambda stage: images.index(images[stage.revision]),
            lambda i: cluster.own[i],
        )

    @property
    def there(self) -> Expr:
        """Whether the Deployment is there and not being deleted: else it is let be."""
        cluster = self.cluster
        if cluster.deleted is None or cluster.mutated(DELETION_IGNORED):
            return TRUE
        return cluster.by_stage(
            self._stage, lambda stage: bool(stage.deletion), lambda gone: FALSE if gone else TRUE
        )

    def while_there(
        self, decision: rollout.Decision, resizes: Sequence[scaling.Resize]
    ) -> tuple[rollout.Decision, tuple[scaling.Resize, ...]]:
        """What a sync decides, which is nothing for a Deployment that is being deleted."""
        there = self.there
        return (
            rollout.Decision(
                decision.create & there,
                decision.scale & there,
                decision.wanted,
                tuple(ite(there, each, 0) for each in decision.cleanups),
                tuple(ite(there, each, 0) for each in decision.scale_downs),
            ),
            tuple(each._replace(due=each.due & there) for each in resizes),
        )

    @property
    def may_stall(self) -> Expr:
        """Whether some watch of it may yet come to rest at a moment."""
        return self._watches.may_stall

    def is_new(self, r: Expr) -> Expr:
        return r == self.wanted

    @property
    def desired(self) -> Count:
        """The replicas that the Deployment asks for."""
        return self.cluster.desired_at(self._stage)

    @property
    def limits(self) -> tuple[Count, Count]:
        """(maxSurge, maxUnavailable) as this controller rounds them."""
        cluster = self.cluster
        if cluster.general:
            return open_limits(cluster)
        return (
            cluster.given("surge limit", lambda s: limits(s)[0], *ROUNDED, change=self._stage),
            cluster.given(
                "unavailable limit", lambda s: limits(s)[1], *ROUNDED, change=self._stage
            ),
        )

    def deployment(self, *, recreate: bool, populated: Expr = FALSE) -> scaling.Deployment:
        """The Deployment, where it may be scaled or paused."""
        surge, unavailable = self.limits
        if recreate:
            surge = unavailable = 0
        return scaling.Deployment(
            self.desired, surge, unavailable, self.paused, recreate, populated
        )

    @property
    def paused(self) -> Expr:
        """Whether the Deployment is paused."""
        if self.cluster.mutated(PAUSE_IGNORED):
            return FALSE
        return self.cluster.by_stage(
            self._stage, lambda stage: stage.paused, lambda held: TRUE if held else FALSE
        )

    def marked(self, *, recreate: bool) -> list[scaling.Marked]:
        """The ReplicaSets with their annotations."""
        cluster = self.cluster

        def most(scenario: Scenario) -> int:
            return scenario.workload.replicas + (0 if recreate else limits(scenario)[0])

        found = []
        for r, seen in zip(cluster.own, self.sets, strict=True):
            if self._stamped is None:
                stamp = coerce(self.desired)
                maximum: Expr = integer(most(cluster.scenario))
            else:
                stamp = self._stamped(r)
                maximum = cluster.by_replicas(stamp, most)
            found.append(scaling.Marked(seen, stamp, maximum))
        return found
