"""What placing one pod costs by direct calculation: `python -m benchmarks.placing`.

1,000 nodes that hold 5,000 pods, all plugins of the default profile on. The pods are those with
which the real scheduler was timed: a plain one, one with hard spread over zones and soft spread
over hosts, one with required anti-affinity by host; and one with preferences of every kind among
pods that have some.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace

from model.api.affinity import Affinity, PodAffinityTerm, WeightedPodAffinityTerm
from model.api.node import ZONE, Node
from model.api.pod import Pod, PodTemplate
from model.api.selector import LabelSelector
from model.api.topologyspread import TopologySpreadConstraint
from model.plugins.filters import HOSTNAME
from model.plugins.placing import place
from model.plugins.snapshot import Snapshot

NODES, PODS, TIMES = 1000, 5000, 15
_WEB = LabelSelector({"app": "web"})
_BY_HOST = PodAffinityTerm(HOSTNAME, _WEB, frozenset({"default"}))
_BY_ZONE = PodAffinityTerm(ZONE, _WEB, frozenset({"default"}))


def cluster(preferring: bool) -> Snapshot:
    """Nodes and pods; the latter may prefer to be away from one another."""
    draw = random.Random(7)
    nodes = [
        Node(
            f"n{i}",
            {HOSTNAME: f"n{i}", ZONE: f"z{i % 3}"},
            allocatable={"cpu": 16000, "memory": 64 << 30, "pods": 110},
        )
        for i in range(NODES)
    ]
    preference = Affinity(anti_preferred=(WeightedPodAffinityTerm(10, _BY_HOST),))
    pods = (
        replace(
            plain(f"p{i}", draw.choice(("web", "db", "cache"))),
            node=f"n{draw.randrange(NODES)}",
            affinity=preference if preferring else Affinity(),
        )
        for i in range(PODS)
    )
    return Snapshot.of(nodes, pods)


def plain(name: str, app: str) -> Pod:
    """A pod that asks for amounts only."""
    template = PodTemplate({"app": app}, ("nginx",), {"cpu": 500, "memory": 512 << 20})
    return Pod("default", name, template)


def pods() -> Iterator[tuple[str, Pod]]:
    """What is placed."""
    web = plain("incoming", "web")
    yield "plain", web
    yield (
        "spread",
        replace(
            web,
            spread=(
                TopologySpreadConstraint(5, ZONE, "DoNotSchedule", _WEB),
                TopologySpreadConstraint(1, HOSTNAME, "ScheduleAnyway", _WEB),
            ),
        ),
    )
    yield "required anti-affinity", replace(web, affinity=Affinity(anti_required=(_BY_HOST,)))
    wishes = Affinity(
        preferred=(WeightedPodAffinityTerm(50, _BY_ZONE),),
        anti_preferred=(WeightedPodAffinityTerm(100, _BY_HOST),),
    )
    yield "preferences", replace(web, affinity=wishes)


def main() -> None:
    """Print medians of processor time in milliseconds."""
    for said, snapshot in (("plain pods", cluster(False)), ("pods that prefer", cluster(True))):
        for name, pod in pods():
            times = []
            for _ in range(TIMES):
                start = time.process_time()
                best = place(snapshot, pod).best
                times.append((time.process_time() - start) * 1e3)
            print(f"{said}, {name}: {statistics.median(times):.1f} ms, {len(best)} best nodes")


if __name__ == "__main__":
    main()
