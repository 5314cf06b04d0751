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
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import gcd, prod

from model.api.pod import Pod
from model.api.steps import LABELS
from model.apiserver.objects import Cluster
from model.configurations import AMOUNTS
from model.ir.expr import Expr, greatest, ite, least, variable
from model.ir.expr import add as plus
from model.ir.quantifier import count, maximum, minimum, total
from model.ir.system import Definition, Table
from model.ir.types import BOOL, IntType, Sort
from model.plugins import (
    imagelocality,
    interpodaffinity,
    nodeaffinity,
    noderesources,
    placing,
    tainttoleration,
)
from model.plugins import podtopologyspread as spread
from model.plugins.contract import HIGHEST, normalised
from model.plugins.filters import HOSTNAME
from model.plugins.profile import plugins_of
from model.plugins.snapshot import NodeInfo, Snapshot
from model.scheduler import amounts, incoming, regions
from model.scheduler.amounts import Part
from model.scheduler.regions import Regions

#: The largest table that is filled.
_MOST = 1 << 21

#: (who is placed, node) to something of both.
Binary = Callable[[Expr, Expr], Expr]


class Left(Exception):
    """What scores depend on is not known, or too much to be written down: the choice is left open.
    The message says what."""


def preferred(
    cluster: Cluster, sort: Sort, owner: Callable[[Expr], Expr], feasible: Binary
) -> Binary:
    """Whether a feasible node is one of those that score best. Who is placed is an element of a
    sort, whose `owner` makes such pods. Raises Left."""
    return _Scores(cluster, sort, owner, feasible).best()


@dataclass(frozen=True)
class _Scores:
    cluster: Cluster
    sort: Sort
    owner: Callable[[Expr], Expr]
    feasible: Binary

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
    @cached_property
    def _pods(self) -> list[Pod]:
        """One of each owner."""
        return [incoming.pod_of(self.cluster, of) for of in range(self.cluster.ReplicaSet.size)]

    @cached_property
    def _snapshot(self) -> Snapshot:
        cluster = self.cluster
        return Snapshot.of(
            map(incoming.whole, cluster.scenario.nodes),
            (),
            services=incoming.services(cluster),
            controllers=incoming.controllers(cluster),
            profile=cluster.scenario.profile,
        )

    def _table(self, name: str, domain: Sequence[Sort | IntType], values: Sequence[int]) -> Table:
        type = IntType(min(values), max(values))
        return self.cluster.builder.table(name, domain, type, values)

    def _by_node(self, name: str, of: Callable[[Pod, NodeInfo], int]) -> Table | None:
        """Something of each owner's pods and each node; None where nodes do not differ in it."""
        rows = [[of(pod, info) for info in self._snapshot.nodes] for pod in self._pods]
        if all(len(set(row)) == 1 for row in rows):
            return None
        domain = (self.cluster.ReplicaSet, self.cluster.Node)
        return self._table(name, domain, [value for row in rows for value in row])

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
            found = nodeaffinity.preferences(self._snapshot, pod) or ()
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
        known = sorted({of(pod, info) for pod in self._pods for info in self._snapshot.nodes})
        ranks = self._by_node(name, lambda pod, info: known.index(of(pod, info)))
        if ranks is None:
            return None
        rank = IntType(0, len(known) - 1)
        pairs = product(known, known)
        values = [normalised([one, most], reverse=reverse)[0] for one, most in pairs]
        # Of more than the most there is none.
        shown = [min(max(value, 0), HIGHEST) for value in values]
        shares = self._table(f"{name} shares", (rank, rank), shown)
        most = self._among(f"most {name}", s, lambda m: ranks[self.owner(s), m], maximum)
        return shares[ranks[self.owner(s), n], most]

    def _among(
        self,
        name: str,
        s: Expr,
        body: Callable[[Expr], Expr],
        extremum: Callable[..., Expr],
        where: Callable[[Expr], Expr] | None = None,
    ) -> Expr:
        """The least or most among the feasible nodes; the least that there can be if there is
        none."""
        allowed = where or (lambda m: self.feasible(s, m))
        low = body(variable("any", self.cluster.Node)).type.lo
        found = extremum(self.cluster.Node, body, allowed, default=low)
        return self.cluster.builder.define(name, (s,), found)[(s,)]

    def _images(self, s: Expr, n: Expr) -> Expr | None:
        def there(pod: Pod, info: NodeInfo) -> int:
            return imagelocality.present(self._snapshot, pod, [info])[0]

        found = self._by_node("images", there)
        if found is not None and self.cluster.scenario.changes_nodes:
            raise Left("what images count for depends on how many nodes have them")
        return None if found is None else found[self.owner(s), n]

    # -- amounts --------------------------------------------------------------------------------
    def _fit(self, s: Expr, n: Expr) -> Expr | None:
        resources = [name for name, _ in self._snapshot.profile.scoring.resources]
        return self._amounts("allocated", resources, noderesources.allocated, s, n, scored=True)

    def _balanced(self, s: Expr, n: Expr) -> Expr | None:
        resources = [name for name, _ in self._snapshot.profile.balanced]
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
        uses = [amounts.requested(pod, resources, scored=scored) for pod in self._pods]
        parts = amounts.basis(uses, self.cluster.Pod.size)
        known: dict[Hashable, list[int]] = {}
        values: list[int] = []
        cells = prod(each.most + 1 for each in parts)
        if cells * len(uses) * len(self._snapshot.nodes) > _MOST:
            raise Left(f"pods on a node may request {cells:,} different amounts")
        for pod, use in zip(self._pods, uses, strict=True):
            for info in self._snapshot.nodes:
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
                        for found in [scoring(self._snapshot, pod, [filled])]
                    ]
                values += known[key]
        owners, nodes = self.cluster.ReplicaSet, self.cluster.Node
        sizes = [IntType(0, each.most) for each in parts]
        table = self._table(name, (owners, nodes, *sizes), values)
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
            of = self._table(f"{name} of", (cluster.ReplicaSet,), part.of)
            body = total(cluster.Pod, lambda q: ite(cluster.node[q] == n, of[cluster.owner[q]], 0))
        return cluster.builder.define(name, (n,), body)

    # -- other pods -----------------------------------------------------------------------------
    def _near(self, s: Expr, n: Expr) -> Expr | None:
        cluster, keys = self.cluster, dict[str, list[int]]()
        size = len(self._pods)
        for at, pod in enumerate(self._pods):
            wishes = interpodaffinity.Wishes(self._snapshot, pod)
            for other_at, other in enumerate(self._pods):
                for weight, key in () if wishes.idle else wishes.of(other):
                    row = keys.setdefault(key, [0] * (size * size))
                    row[at * size + other_at] += weight
        unit = gcd(*(weight for row in keys.values() for weight in row))
        parts = []
        for number, (key, row) in enumerate(sorted(keys.items()), 1):
            if not any(row):
                continue
            domain = (cluster.ReplicaSet, cluster.ReplicaSet)
            weights = self._table(f"likes {number}", domain, [weight // unit for weight in row])
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
        bottom = self._among("least liked", s, lambda m: raw[s, m], minimum)
        top = self._among("most liked", s, lambda m: raw[s, m], maximum)
        return self._scaled(raw[s, n] - bottom, top - bottom)

    def _scaled(self, above: Expr, whole: Expr) -> Expr:
        """`interpodaffinity.scaled` of expressions: how many percent the share reaches. Of shares
        that are so many percent exactly some come to one less in floating point; all others are
        farther from whole percents than what is lost there."""
        percent = Sort("Percent", tuple(map(str, range(1, HIGHEST + 1))))
        lowest = self._table("percent", (percent,), range(1, HIGHEST + 1))
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
        groups: dict[Hashable, list[int]] = {}
        given = [
            tuple(spread.constraints_of(self._snapshot, pod, "ScheduleAnyway"))
            for pod in self._pods
        ]
        for at, (pod, constraints) in enumerate(zip(self._pods, given, strict=True)):
            if constraints:
                key = (
                    tuple((each.key, each.max_skew) for each in constraints),
                    tuple(self._counted(pod, each) for each in constraints),
                    self._own(pod),
                )
                groups.setdefault(key, []).append(at)
        found: Expr | None = None
        for number, members in enumerate(groups.values(), 1):
            body = self._levelled(f"{number}", members, given, s, n)
            if found is None:
                found = body
            else:
                isin = [int(at in members) for at in range(len(given))]
                which = self._table(f"spread {number}", (self.cluster.ReplicaSet,), isin)
                found = ite(which[(self.owner(s),)] == 1, body, found)
        if found is not None and sum(map(len, groups.values())) < len(given):
            some = self.cluster.builder.table(
                "spreads", (self.cluster.ReplicaSet,), BOOL, [int(bool(each)) for each in given]
            )
            found = ite(some[(self.owner(s),)], found, 0)
        return found

    def _own(self, pod: Pod) -> bool:
        """Whether only nodes count that have all labels."""
        return bool(pod.spread) or self._snapshot.profile.default_spread is not None

    def _counted(self, pod: Pod, constraint: spread.Constraint) -> tuple[bool, ...]:
        """Of each node whether the pods on it count, beyond itself."""
        return tuple(constraint.concerns(pod, info.node) for info in self._snapshot.nodes)

    def _levelled(
        self,
        name: str,
        members: Sequence[int],
        given: Sequence[Sequence[spread.Constraint]],
        s: Expr,
        n: Expr,
    ) -> Expr:
        """The score of pods whose constraints differ only in whom they select."""
        cluster, nodes = self.cluster, self._snapshot.nodes
        pod, constraints = self._pods[members[0]], given[members[0]]
        own = self._own(pod)
        complete = [
            int(not own or all(each.key in info.node.labels for each in constraints))
            for info in nodes
        ]
        takes = self.cluster.builder.table(f"spread {name} on", (cluster.Node,), BOOL, complete)

        def considered(m: Expr) -> Expr:
            return self.feasible(s, m) & takes[m]

        domain, arguments = [], []
        for at, each in enumerate(constraints):
            labels = [info.node.labels.get(each.key) for info in nodes]
            host = each.key == HOSTNAME
            rows: list[Hashable | None] = [
                value if full else None for value, full in zip(labels, complete, strict=True)
            ]
            own_name = f"spread {name}.{at}"
            if host:  # pods on the node itself, whatever others are called
                rows = [i if value is not None else None for i, value in enumerate(rows)]
            places = Regions(cluster, own_name, regions.numbered(rows))
            counted = [True] * len(nodes) if host else self._counted(pod, each)
            selected = [
                int(
                    other.namespace == mine.namespace
                    and theirs.counts
                    and theirs.selects(other.labels)
                )
                for mine, theirs in self._selecting(members, given, at)
                for other in self._pods
            ]
            number = places.number(own_name, selected, counted)
            size = (
                count(cluster.Node, considered) if host else places.seen(considered, whole=not own)
            )
            numbers = cluster.builder.define(f"{own_name} size", (s,), size)
            # 0 stands for a node that has not the label.
            here = ite(places.labelled(n), number(self.owner(s), places.place(n)) + 1, 0)
            domain += [IntType(0, cluster.Pod.size + 1), IntType(0, numbers.type.hi)]
            arguments += [here, numbers[(s,)]]
        if prod(each.hi + 1 for each in domain) > _MOST:
            raise Left("soft topology spread has too many cases")
        values = [
            spread.crowding(
                (cells[2 * i] - 1, cells[2 * i + 1], each.max_skew)
                for i, each in enumerate(constraints)
                if cells[2 * i]
            )
            for cells in product(*(range(each.hi + 1) for each in domain))
        ]
        table = self._table(f"crowding {name}", domain, values)
        crowded = cluster.builder.define(f"crowded {name}", (s, n), table[tuple(arguments)])
        above = IntType(0, crowded.type.hi)
        if (above.hi + 1) ** 2 > _MOST:
            raise Left("soft topology spread has too many cases")
        # With one that is as crowded as any, the rest is what it has above them.
        scores = [
            min(spread.levelled(most, rest, most), HIGHEST)
            for rest, most in product(range(above.hi + 1), repeat=2)
        ]
        levels = self._table(f"levels {name}", (above, above), scores)
        extremes = [
            self._among(f"{word} crowded {name}", s, lambda m: crowded[s, m], pick, considered)
            for word, pick in (("least", minimum), ("most", maximum))
        ]
        fewest, most = extremes
        level = levels[_within(most + fewest - crowded[s, n], above), most]
        return ite(takes[n], level, 0)

    def _selecting(
        self, members: Sequence[int], given: Sequence[Sequence[spread.Constraint]], at: int
    ) -> Iterator[tuple[Pod, spread.Constraint]]:
        """Of each owner its pod and its constraint in one place; others select as the first does,
        which nobody asks."""
        for of in range(len(self._pods)):
            one = of if of in members else members[0]
            yield self._pods[one], given[one][at]


def _within(value: Expr, type: IntType) -> Expr:
    """A value that is in a type wherever it matters: of feasible nodes."""
    return least(greatest(0, value), type.hi)
