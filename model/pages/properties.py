"""The page of the properties: `python -m model.pages.properties > docs/properties.md`.

The formulas are those of a small example, printed from the system that engines check.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from inspect import getdoc

from model.api.change import Change, stepwise
from model.api.controlplane import ControlPlane
from model.api.cronjob import CronJob
from model.api.daemonset import DaemonSet
from model.api.horizontalpodautoscaler import Rescale
from model.api.intstr import IntOrPercent
from model.api.job import Job
from model.api.node import Node, Taint
from model.api.pod import PodTemplate
from model.api.poddisruptionbudget import PodDisruptionBudget
from model.api.resourcequota import PodQuota
from model.api.selector import LabelSelector
from model.api.service import Service
from model.api.statefulset import StatefulSet
from model.api.steps import Delete, Load, Pause, Resume, Scale, SetImage
from model.api.topologyspread import HardSpread
from model.api.workload import Workload
from model.apiserver.routing import ANSWERS, STOPPED
from model.cluster import instances
from model.ir.show import show
from model.ir.system import Property
from model.properties import PROPERTIES
from model.properties.concerns import anything
from model.scenario import Faults, Overloads, Scenario

_INTRODUCTION = """\
# Properties

The names are stable: use them with `--property` and in `spec.properties`. This page is printed by
`python -m model.pages.properties`; the formulas are those of a Deployment of two replicas.

Every liveness property assumes weak fairness: a step of the user's drain, of a controller, the
scheduler, a kubelet, a watch or etcd that stays possible is taken in the end, and for each pod,
node or other object by itself: a pod that could be bound, started or stopped all the time is, even
if others come and go for ever. What only waits for quick steps (`spec.model.prompt`) counts as
possible. The user's other changes and all faults are never fair, and each has a budget, so they
stop.

Each property has an occasion that must be reachable. Where it is not, nothing was shown, and the
verdict is `unknown`: not exercised.
"""

MEANING = {
    "always": "in every reachable state",
    "eventually": "every fair run reaches",
    "leads to": "in every fair run, from every state with the first follows one with the second",
    "always eventually": "every fair run has again and again",
    "eventually always": "every fair run has from some point on, for good",
    "reachable": "some run reaches",
}


def examples() -> dict[str, Property]:
    """Every property of the table, as some small scenario has it."""
    found: dict[str, Property] = {}
    for prop in _properties():
        found.setdefault(prop.name, prop)
    return found


def example(name: str) -> Property:
    """A property of the table, as some small scenario has it."""
    return next(prop for prop in _properties() if prop.name == name)


def _properties() -> Iterator[Property]:
    for scenario in _scenarios():
        for instance in instances(scenario):
            yield from instance.system.properties


def formula(prop: Property) -> str:
    """What a property says of states, as text."""
    return show(prop.p) if prop.kind != "leads to" else f"{show(prop.p)}\n  ⇝ {show(prop.q)}"


def definition(name: str) -> str:
    """What the builder of a property says of it; empty for one of another system."""
    build = PROPERTIES[name].build
    return "" if build is None else " ".join((getdoc(build) or "").split())


def _scenarios() -> list[Scenario]:
    template = PodTemplate({"app": "web"}, ("web:1",), {"cpu": 500})
    nodes = tuple(
        Node(f"node-{i}", {"kubernetes.io/hostname": f"node-{i}"}, (), False, _ROOM) for i in (1, 2)
    )

    def workload(strategy: str) -> Workload:
        return Workload(
            "Deployment",
            "default",
            "web",
            2,
            LabelSelector({"app": "web"}),
            template,
            "Recreate" if strategy == "Recreate" else "RollingUpdate",
        )

    stateful = replace(
        workload("RollingUpdate"), kind="StatefulSet", name="db", stateful=StatefulSet(partition=1)
    )
    daemon = replace(workload("RollingUpdate"), kind="DaemonSet", name="agent", daemon=DaemonSet())
    job = replace(
        workload("RollingUpdate"), kind="Job", name="import", job=Job(parallelism=2, completions=3)
    )
    cron = replace(job, kind="CronJob", cron=CronJob(policy="Replace"))
    budget = PodDisruptionBudget(
        "default", "web", LabelSelector({"app": "web"}), max_unavailable=IntOrPercent(1)
    )
    quota = PodQuota("default", "team", 2, "pods")
    paused = stepwise((Pause(), SetImage("web:2"), Resume()))
    rollout = Change("rollout", "web:2", rollback=True)
    slow = Faults(slow_watches={"deployment-controller": 1})
    spread = HardSpread("kubernetes.io/hostname", 1, match_label_keys=("pod-template-hash",))
    even = workload("RollingUpdate")
    even = replace(even, template=replace(template, spread=(spread,)))
    return [
        Scenario("rollout", workload("RollingUpdate"), nodes, rollout, faults=slow),
        Scenario("recreate", workload("Recreate"), nodes, rollout),
        Scenario(
            "drain", workload("RollingUpdate"), nodes, Change("drain", nodes=("node-1",)), (budget,)
        ),
        Scenario(
            "maintenance",
            workload("RollingUpdate"),
            nodes,
            Change("drain", nodes=("node-1", "node-2"), uncordon=True),
        ),
        Scenario(
            "taint",
            workload("RollingUpdate"),
            nodes,
            Change("taint", nodes=("node-1",), taint=Taint("maintenance", "", "NoExecute")),
        ),
        Scenario("quota", workload("RollingUpdate"), nodes, rollout, quotas=(quota,)),
        Scenario(
            "service",
            workload("RollingUpdate"),
            nodes,
            rollout,
            services=(Service("default", "web", {"app": "web"}),),
            properties=(ANSWERS, STOPPED),
        ),
        Scenario("pause", workload("RollingUpdate"), nodes, paused),
        Scenario("delete", workload("RollingUpdate"), nodes, stepwise((Delete("foreground"),))),
        Scenario("orphan", workload("RollingUpdate"), nodes, stepwise((Delete("orphan"),))),
        Scenario("autoscaler", workload("RollingUpdate"), nodes, _scaled()),
        Scenario("spread", even, nodes, Change("rollout", "web:2")),
        Scenario("statefulset", stateful, nodes, rollout),
        Scenario("daemonset", daemon, nodes, rollout),
        Scenario("job", job, nodes, Change("apply"), faults=Faults(pod_failures=1)),
        Scenario("cronjob", cron, nodes, Change("apply")),
        Scenario(
            "overload",
            workload("RollingUpdate"),
            nodes,
            Change("steady"),
            faults=Faults(overloads=Overloads(1)),
        ),
        Scenario(
            "etcd",
            workload("RollingUpdate"),
            nodes,
            Change("steady"),
            control_plane=ControlPlane(zones={"a": 1, "b": 1, "c": 1}),
            faults=Faults(zone_losses=1),
            properties=_beside(),
        ),
    ]


def _scaled() -> Change:
    """A load that an autoscaler follows, and a user who scales as well."""
    name = "HorizontalPodAutoscaler/default/web"
    change = stepwise((Load(3), Scale(2)))
    return replace(change, autoscalers=(name,), rescales=(Rescale(name, 3, 2, 3),))


def _beside() -> tuple[str, ...]:
    """The properties of the systems beside the workload's."""
    return tuple(name for name, row in PROPERTIES.items() if row.build is None)


_ROOM = {"cpu": 4000, "memory": 2**34, "pods": 110}


def page() -> str:
    """The whole page, in markdown."""
    found = examples()
    parts = [_INTRODUCTION]
    for name, row in PROPERTIES.items():
        prop = found[name]
        said = f"{row.text[0].upper()}{row.text[1:]}."
        detail = f" More precisely: {getdoc(row.build)}" if row.build else ""
        about = " ".join((getdoc(row.concerns) or "").split())
        about = "" if row.concerns is anything else f"It concerns {about}.\n\n"
        witness = f"It says something only if {prop.occasion}." if prop.occasion else ""
        fields = ", ".join(f"`{field}`" for field in row.fields)
        parts.append(
            f"## {name}\n\n{said}{detail}\n\n"
            f"Kind: {row.kind}; `{prop.kind}`: {MEANING[prop.kind]}\n\n"
            f"```\n{formula(prop)}\n```\n\n{about}{witness}\n"
            + (f"\nFields to look at first: {fields}.\n" if fields else "")
        )
    return "\n".join(parts)


if __name__ == "__main__":
    print(page(), end="")
