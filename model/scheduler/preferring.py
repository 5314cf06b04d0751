"""Which of the feasible nodes the scheduler prefers: the scores of all plugins, as expressions.

What a plugin says of a node depends on the node, on the pods there and in its domains, and on the
other feasible nodes. Pods are counted by their owners, and what plugins make of such counts is a
table, filled by the functions of `model.plugins` themselves: amounts are in units of what divides
them all, so that a table is no larger than there are pods. Nothing is rounded here.

Source: kubernetes v1.36.3 `pkg/scheduler/schedule_one.go` (prioritizeNodes, selectHost),
`pkg/scheduler/framework/runtime/framework.go` (RunScorePlugins).

Omits: images that kubelets pull meanwhile; that the scheduler's view of pods may be late
(`model.scheduler.cache`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import product
from math import gcd, prod

from model.api.pod import Pod
from model.api.steps import LABELS
from model.apiserver.objects import Cluster
from model.configurations import AMOUNTS
from model.ir.expr import Expr, ite, variable
from model.ir.expr import add as plus
from model.ir.quantifier import count, maximum, minimum, total
from model.ir.system import Definition
from model.ir.types import BOOL, IntType, Sort
from model.plugins import (
    imagelocality,
    interpodaffinity,
    nodeaffinity,
    noderesources,
    placing,
    tainttoleration,
)
from model.plugins.contract import HIGHEST, normalised
from model.plugins.profile import plugins_of
from model.plugins.snapshot import NodeInfo, Snapshot
from model.scheduler import amounts, regions
from model.scheduler.amounts import Part
from model.scheduler.crowding import Crowding
from model.scheduler.regions import Regions
from model.scheduler.scored import MOST, Binary, Left, Scored


def preferred(
    cluster: Cluster, sort: Sort, owner: Callable[[Expr], Expr], feasible: Binary
) -> Binary:
    """Whether a feasible node is one of those that score best. Who is placed is an element of a
    sort, whose `owner` makes such pods. Raises Left."""
    return _Scores(cluster, sort, owner, feasible).best()


class _Scores(Scored):
    def best(self) -> Binary:
        scenario, builder = self.cluster.scenario, self.cluster.builder
        size = len(scenario.nodes)
        if scenario.change.has(*LABELS):
            raise Left("labels of nodes change")
        if set(scenario.open) & set(AMOUNTS):
            raise Left("what nodes can allocate is left open")
        if placing.enough(size) < size:
            raise Left(
                f"of {size} nodes the scheduler looks at {placing.enough(size)} feasible ones"
            )
        unread = [what for each in scenario.templates for what in each.template.wishes.unread]
        if unread:
            raise Left(f"{unread[0]} is not read")
        s, n = variable("placed", self.sort), variable("node", self.cluster.Node)
        parts = list(self._parts(s, n))
        if not parts:
            return self.feasible
        score = builder.define("score", (s, n), plus(*parts))
        most = maximum(
            self.cluster.Node,
            lambda m: score[s, m],
            lambda m: self.feasible(s, m),
            default=score.type.lo,
        )
        highest = builder.define("bestScore", (s,), most)
        return lambda placed, node: score[placed, node] == highest[(placed,)]

    def _parts(self, s: Expr, n: Expr) -> Iterator[Expr]:
        """The weighted scores that can differ between nodes."""
        rows = {
            "TaintToleration": self._taints,
            "NodeAffinity": self._nodes,
            "NodeResourcesFit": self._fit,
            "PodTopologySpread": self._spread,
            "InterPodAffinity": self._near,
            "NodeResourcesBalancedAllocation": self._balanced,
            "ImageLocality": self._images,
        }
        for plugin in plugins_of(self.cluster.scenario.profile):
            if plugin.score is not None and plugin.weight and plugin.name in rows:
                found = rows[plugin.name](s, n)
                if found is not None:
                    yield found * plugin.weight

    # -- what is seen ---------------------------------------------------------------------------
    # -- preferences for nodes ------------------------------------------------------------------
    def _taints(self, s: Expr, n: Expr) -> Expr | None:
        put = self.cluster.scenario.change.taint
        if put is not None and put.effect == "PreferNoSchedule":
            raise Left(f"nodes get the taint {put}")
        return self._shares(
            "taints", s, n, lambda pod, info: tainttoleration.number(pod, info.node), reverse=True
        )

    def _nodes(self, s: Expr, n: Expr) -> Expr | None:
        def weight(pod: Pod, info: NodeInfo) -> int:
            found = nodeaffinity.preferences(self.snapshot, pod) or ()
            return nodeaffinity.weight(found, info.node)

        return self._shares("preferences", s, n, weight)

    def _shares(
        self,
        name: str,
        s: Expr,
        n: Expr,
        of: Callable[[Pod, NodeInfo], int],
        *,
        reverse: bool = False,
    ) -> Expr | None:
        """Numbers in proportion to the highest among feasible nodes; they are meant by their
        ranks."""
        known = sorted({of(pod, info) for pod in self.pods for info in self.snapshot.nodes})
        ranks = self.by_node(name, lambda pod, info: known.index(of(pod, info)))
        if ranks is None:
            return None
        rank = IntType(0, len(known) - 1)
        pairs = product(known, known)
        values = [normalised([one, most], reverse=reverse)[0] for one, most in pairs]
        # Of more than the most there is none.
        shown = [min(max(value, 0), HIGHEST) for value in values]
        shares = self.table(f"{name} shares", (rank, rank), shown)
        most = self.among(f"most {name}", s, lambda m: ranks[self.owner(s), m], maximum)
        return shares[ranks[self.owner(s), n], most]

    def _images(self, s: Expr, n: Expr) -> Expr | None:
        def there(pod: Pod, info: NodeInfo) -> int:
            return imagelocality.present(self.snapshot, pod, [info])[0]

        found = self.by_node("images", there)
        if found is not None and self.cluster.scenario.changes_nodes:
            raise Left("what images count for depends on how many nodes have them")
        return None if found is None else found[self.owner(s), n]

    # -- amounts --------------------------------------------------------------------------------
    def _fit(self, s: Expr, n: Expr) -> Expr | None:
        resources = [name for name, _ in self.snapshot.profile.scoring.resources]
        return self._amounts("allocated", resources, noderesources.allocated, s, n, scored=True)

    def _balanced(self, s: Expr, n: Expr) -> Expr | None:
        resources = [name for name, _ in self.snapshot.profile.balanced]
        return self._amounts("balanced", resources, noderesources.balanced, s, n, scored=False)

    def _amounts(
        self,
        name: str,
        resources: Sequence[str],
        scoring: Callable[[Snapshot, Pod, Sequence[NodeInfo]], Sequence[int] | None],
        s: Expr,
        n: Expr,
        *,
        scored: bool,
    ) -> Expr:
        """A score by what pods on a node request together of some resources."""
        uses = [amounts.requested(pod, resources, scored=scored) for pod in self.pods]
        parts = amounts.basis(uses, self.cluster.Pod.size)
        known: dict[Hashable, list[int]] = {}
        values: list[int] = []
        cells = prod(each.most + 1 for each in parts)
        if cells * len(uses) * len(self.snapshot.nodes) > MOST:
            raise Left(f"pods on a node may request {cells:,} different amounts")
        for pod, use in zip(self.pods, uses, strict=True):
            for info in self.snapshot.nodes:
                key = (
                    use,
                    pod.template.arriving_requests is None or pod.name,
                    amounts.size(info.node),
                )
                if key not in known:
                    known[key] = [
                        found[0] if found is not None else 0
                        for at in product(*(range(each.most + 1) for each in parts))
                        for filled in [amounts.filled(info.node, resources, parts, at)]
                        for found in [scoring(self.snapshot, pod, [filled])]
                    ]
                values += known[key]
        owners, nodes = self.cluster.ReplicaSet, self.cluster.Node
        sizes = [IntType(0, each.most) for each in parts]
        table = self.table(name, (owners, nodes, *sizes), values)
        loads = [self._load(each) for each in parts]
        return table[(self.owner(s), n, *(load[(n,)] for load in loads))]

    def _load(self, part: Part) -> Definition:
        """[node]: how much of a part pods on it request."""
        cluster, n = self.cluster, variable("node", self.cluster.Node)
        name = f"load {' '.join(map(str, part.of))}"
        known = next((each for each in cluster.builder.definitions if each.name == name), None)
        if known is not None:
            return known
        if set(part.of) == {1}:
            body = count(cluster.Pod, lambda q: cluster.node[q] == n)
        else:
            of = self.table(f"{name} of", (cluster.ReplicaSet,), part.of)
            body = total(cluster.Pod, lambda q: ite(cluster.node[q] == n, of[cluster.owner[q]], 0))
        return cluster.builder.define(name, (n,), body)

    # -- other pods -----------------------------------------------------------------------------
    def _near(self, s: Expr, n: Expr) -> Expr | None:
        cluster, keys = self.cluster, dict[str, list[int]]()
        size = len(self.pods)
        for at, pod in enumerate(self.pods):
            wishes = interpodaffinity.Wishes(self.snapshot, pod)
            for other_at, other in enumerate(self.pods):
                for weight, key in () if wishes.idle else wishes.of(other):
                    row = keys.setdefault(key, [0] * (size * size))
                    row[at * size + other_at] += weight
        unit = gcd(*(weight for row in keys.values() for weight in row))
        parts = []
        for number, (key, row) in enumerate(sorted(keys.items()), 1):
            if not any(row):
                continue
            domain = (cluster.ReplicaSet, cluster.ReplicaSet)
            weights = self.table(f"likes {number}", domain, [weight // unit for weight in row])
            places = Regions(
                cluster, f"near {number}", regions.domains(cluster.scenario.nodes, key)
            )
            r, d = variable("replicaset", cluster.ReplicaSet), variable("domain", places.sort)
            body = total(
                cluster.Pod,
                lambda q, w=weights, p=places, r=r, d=d: ite(  # type: ignore[misc]
                    p.has(d, q), w[r, cluster.owner[q]], 0
                ),
            )
            sums = cluster.builder.define(f"liked {number}", (r, d), body)
            parts.append(ite(places.labelled(n), sums[self.owner(s), places.place(n)], 0))
        if not parts:
            return None
        raw = cluster.builder.define("liked", (s, n), plus(*parts))
        bottom = self.among("least liked", s, lambda m: raw[s, m], minimum)
        top = self.among("most liked", s, lambda m: raw[s, m], maximum)
        return self._scaled(raw[s, n] - bottom, top - bottom)

    def _scaled(self, above: Expr, whole: Expr) -> Expr:
        """`interpodaffinity.scaled` of expressions: how many percent the share reaches. Of shares
        that are so many percent exactly some come to one less in floating point; all others are
        farther from whole percents than what is lost there."""
        percent = Sort("Percent", tuple(map(str, range(1, HIGHEST + 1))))
        lowest = self.table("percent", (percent,), range(1, HIGHEST + 1))
        kept = [
            int(interpodaffinity.scaled(each, HIGHEST) == each) for each in range(1, HIGHEST + 1)
        ]
        exactly = self.cluster.builder.table("percent exactly", (percent,), BOOL, kept)
        share = above * HIGHEST

        def reached(k: Expr) -> Expr:
            wanted = whole * lowest[k]
            return (wanted < share) | ((wanted == share) & exactly[k])

        return ite(whole == 0, 0, count(percent, reached))

    def _spread(self, s: Expr, n: Expr) -> Expr | None:
        return Crowding(self.cluster, self.sort, self.owner, self.feasible).score(s, n)
