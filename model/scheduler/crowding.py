"""How evenly pods stay spread, as an expression: the score of PodTopologySpread.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/podtopologyspread/scoring.go`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import product
from math import prod

from model.api.pod import Pod
from model.ir.expr import Expr, ite
from model.ir.quantifier import count, maximum, minimum
from model.ir.types import BOOL, IntType
from model.plugins import podtopologyspread as spread
from model.plugins.contract import HIGHEST
from model.plugins.filters import HOSTNAME
from model.scheduler import regions
from model.scheduler.regions import Regions
from model.scheduler.scored import MOST, Left, Scored, within


class Crowding(Scored):
    """The score of nodes whose domains are more or less crowded."""

    def score(self, s: Expr, n: Expr) -> Expr | None:
        """None where no pods are spread."""
        groups: dict[Hashable, list[int]] = {}
        given = [
            tuple(spread.constraints_of(self.snapshot, pod, "ScheduleAnyway")) for pod in self.pods
        ]
        for at, (pod, constraints) in enumerate(zip(self.pods, given, strict=True)):
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
                which = self.table(f"spread {number}", (self.cluster.ReplicaSet,), isin)
                found = ite(which[(self.owner(s),)] == 1, body, found)
        if found is not None and sum(map(len, groups.values())) < len(given):
            some = self.cluster.builder.table(
                "spreads", (self.cluster.ReplicaSet,), BOOL, [int(bool(each)) for each in given]
            )
            found = ite(some[(self.owner(s),)], found, 0)
        return found

    def _own(self, pod: Pod) -> bool:
        """Whether only nodes count that have all labels."""
        return bool(pod.spread) or self.snapshot.profile.default_spread is not None

    def _counted(self, pod: Pod, constraint: spread.Constraint) -> tuple[bool, ...]:
        """Of each node whether the pods on it count, beyond itself."""
        return tuple(constraint.concerns(pod, info.node) for info in self.snapshot.nodes)

    def _levelled(
        self,
        name: str,
        members: Sequence[int],
        given: Sequence[Sequence[spread.Constraint]],
        s: Expr,
        n: Expr,
    ) -> Expr:
        """The score of pods whose constraints differ only in whom they select."""
        cluster, nodes = self.cluster, self.snapshot.nodes
        pod, constraints = self.pods[members[0]], given[members[0]]
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
                for other in self.pods
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
        if prod(each.hi + 1 for each in domain) > MOST:
            raise Left("soft topology spread has too many cases")
        values = [
            spread.crowding(
                (cells[2 * i] - 1, cells[2 * i + 1], each.max_skew)
                for i, each in enumerate(constraints)
                if cells[2 * i]
            )
            for cells in product(*(range(each.hi + 1) for each in domain))
        ]
        table = self.table(f"crowding {name}", domain, values)
        crowded = cluster.builder.define(f"crowded {name}", (s, n), table[tuple(arguments)])
        above = IntType(0, crowded.type.hi)
        if (above.hi + 1) ** 2 > MOST:
            raise Left("soft topology spread has too many cases")
        # With one that is as crowded as any, the rest is what it has above them.
        scores = [
            min(spread.levelled(most, rest, most), HIGHEST)
            for rest, most in product(range(above.hi + 1), repeat=2)
        ]
        levels = self.table(f"levels {name}", (above, above), scores)
        extremes = [
            self.among(f"{word} crowded {name}", s, lambda m: crowded[s, m], pick, considered)
            for word, pick in (("least", minimum), ("most", maximum))
        ]
        fewest, most = extremes
        level = levels[within(most + fewest - crowded[s, n], above), most]
        return ite(takes[n], level, 0)

    def _selecting(
        self, members: Sequence[int], given: Sequence[Sequence[spread.Constraint]], at: int
    ) -> Iterator[tuple[Pod, spread.Constraint]]:
        """Of each owner its pod and its constraint in one place; others select as the first does,
        which nobody asks."""
        for of in range(len(self.pods)):
            one = of if of in members else members[0]
            yield self.pods[one], given[one][at]
