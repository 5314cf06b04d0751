"""The HTML report as text: complete without JavaScript, closed to the network, and inert."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import islice
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.budget import Budget
from checker.cli import run
from checker.report import Report, Result
from checker.run import check
from checker.verdict import Extent, Verdict
from counterexamples.diagnosis import Diagnosis, Repair
from counterexamples.explain import explain
from counterexamples.loops import Undone
from counterexamples.render.contract import Look
from counterexamples.render.html import render
from counterexamples.render.html.scene import scenes
from model.api.change import Change
from model.api.node import Node
from model.api.pod import PodTemplate
from model.api.selector import LabelSelector
from model.api.source import Source
from model.api.workload import Workload
from model.cluster import instances
from model.instance import Belief, Instance
from model.ir.builder import Builder
from model.ir.expr import FALSE
from model.ir.interpret import steps
from model.ir.system import Property
from model.ir.trace import Trace
from model.ir.types import BOOL, NONE, ElementType, Sort
from model.scenario import Faults, Scenario
from model.suppression import Suppression
from tests.checker.fakes import Naive, instance, scenario

WEB = "kind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n"
PLAIN = Look(texts={"web.yaml": WEB})


class Page(HTMLParser):
    """What a browser would see: elements, attributes, visible text, and the data."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._raw: list[str] = []
        self._inside = ""
        self.feed(text)
        self.close()
        self.data: Any = json.loads(self._raw[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._inside = "data" if ("id", "data") in attrs else tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "data":
            self._raw.append(data)
        elif self._inside not in ("script", "style"):
            self.text += data


def report_of(*instances: Instance) -> Report:
    return Report(check(instances, Naive(), Budget()), arguments=("web.yaml",), seconds=0.3)


def hostile_report(name: str) -> Report:
    """A report with a text wherever manifests can put one."""
    results = report_of(
        instance(replace(scenario(name, workload=name, file=name), assumptions=(name,)))
    ).results
    results = tuple(with_facts(result, name) for result in results)
    known = Suppression("surge-bounded", name, "annotation", Source(name, 1))
    results = (*results, replace(results[0], suppressed=known))
    return Report(results, unchecked=(name,), arguments=(name,))


def with_facts(result: Result, said: str) -> Result:
    """The result, a violation of some steps, with everything that can be found out about one, and
    a text wherever one can be."""
    example = result.counterexample
    if example is None:
        return result
    first, *between, last = example.moves
    count = len(example.moves)
    known = Belief(said, said, said, "true")
    answered = Verdict("surge-bounded", "proved", "explicit", 0.1)
    bounded = replace(answered, outcome="holds", extent=Extent(None, (said,)))
    repairs = (
        Repair(said, said, said, answered),
        Repair(f"lower {said}", said, said, bounded, lowers=True),
        Repair(f"break {said}", said, said, answered, breaks=(said,)),
        Repair(f"fourth {said}", said, said, answered),
    )
    found = Diagnosis(
        repairs, (said,), (said,), (said,), (said,), (said,), smallest=said, complete=False
    )
    moves = (
        replace(first, actor="fault", needs=()),
        *(replace(move, why=said, needs=(1,)) for move in between),
        replace(last, needs=tuple(range(1, count)), believed=(known,)),
    )
    places = tuple(place._replace(now=said) for place in example.places)
    told = replace(
        example,
        moves=moves,
        places=places,
        loop=1,
        idle=tuple(range(2, count)),
        undone=(Undone(count - 1, count, (said,)),),
        diagnosis=found,
    )
    return replace(result, counterexample=told)


@cache
def walk(count: int, nodes: int) -> Report:
    """A violation of so many steps in a cluster of so many nodes: a walk, said to break what can
    never hold."""
    machines = tuple(
        Node(f"node-{i}", allocatable={"cpu": 4000, "memory": 2**34, "pods": 110})
        for i in range(nodes)
    )
    template = PodTemplate({"app": "web"}, ("web:1",), {"cpu": 500, "memory": 2**29})
    workload = Workload("Deployment", "default", "web", 6, LabelSelector({"app": "web"}), template)
    large = Scenario(
        "rollout", workload, machines, Change("rollout", "web:2"), faults=Faults(node_crashes=9)
    )
    found = next(i for i in instances(large) if i.subject == workload.subject)
    claim = Property("never", "always", FALSE)
    system = replace(found.system, properties=(claim,))
    chance = random.Random(1)
    states, taken = [system.initial[0]], []
    while len(taken) < count:
        step, after = chance.choice(list(islice(steps(system, states[-1]), 3)))
        taken.append(step)
        states.append(after)
    trace = Trace(tuple(states), tuple(taken))
    broken = replace(found, system=system)
    verdict = Verdict("never", "violated", "swarm", 1.0, trace=trace)
    return Report((Result(broken, claim, verdict, explain(broken, claim, trace)),))


def test_everything_is_there_without_javascript() -> None:
    """Verdicts, every step with what changed, the loop, the blamed line and the command."""
    page = Page(render(report_of(instance(scenario())), PLAIN))
    for said in (
        "3 checks: 2 violated, 1 proved",
        "surge-bounded is violated after 3 steps",
        "creates pod web-1",
        "because there is one pod too few, web-1",
        "Pod/web-1.status.phase: absent → Pending",
        "the state stays like this for ever",
        "web.yaml:5",
        "▶    5 |   replicas: 2",
        "check --scenario apply --property surge-bounded web.yaml",
        "assumed 3 nodes of 4 CPU",
    ):
        assert said in page.text, said


def test_what_is_suppressed_is_said_in_its_row() -> None:
    """With its reason and place; it is counted apart, and its run stays to be looked at."""
    first, *others = report_of(instance(scenario())).results
    known = Suppression("surge-bounded", "see <b>12</b>", "spec", Source("web.yaml", 9))
    page = Page(render(Report((replace(first, suppressed=known), *others)), PLAIN))
    assert "3 checks: 1 violated, 1 proved, 1 suppressed" in page.text
    assert "suppressed by web.yaml:9: see <b>12</b>" in page.text
    assert "surge-bounded is violated after 3 steps" in page.text


def test_the_page_is_closed() -> None:
    """Nothing is loaded, and only the style and script of the page may run."""
    text = render(report_of(instance(scenario())), PLAIN)
    page = Page(text)
    assert not {"link", "img", "iframe", "object", "form", "base"} & set(page.tags)
    links = [value for name, value in page.attributes if name in ("src", "href")]
    assert all(link and link.startswith("#") for link in links)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    policy = next(v for _, v in page.attributes if v and v.startswith("default-src"))
    assert "unsafe" not in policy
    assert policy.count("'sha256-") == 2


def test_data_are_the_states() -> None:
    """The script gets one scene for each state, of boxes kept once."""
    page = Page(render(report_of(instance(scenario())), PLAIN))
    for violation in page.data:
        assert len(violation["states"]) == len(violation["steps"]) + 1
        used = {box for state in violation["states"] for box in state}
        assert used == set(range(len(violation["boxes"])))
    (last,) = (page.data[0]["boxes"][i] for i in page.data[0]["states"][-1])
    assert sorted(pod["phase"] for pod in last["pods"]) == ["Pending", "Running"]


def test_members_have_their_roles(tmp_path: Any) -> None:
    """etcd's members are lanes and boxes, and two leaders are seen to be two."""
    path = tmp_path / "page.html"
    spec = "specs/broken/two-leaders-by-pause.yaml"
    assert run(["--engine", "explicit", "--output", f"html={path}", spec]) == 1
    (violation,) = Page(path.read_text(encoding="utf-8")).data
    assert {step["from"] for step in violation["steps"]} >= {"candidate-1", "candidate-2"}
    last = [violation["boxes"][i] for i in violation["states"][-1]]
    assert sum("♛ Leader" in box["words"] for box in last) == 2
    first = [violation["boxes"][i] for i in violation["states"][0]]
    assert not any("♛ Leader" in box["words"] for box in first)


def test_what_is_indexed_is_told_unless_empty() -> None:
    """The first element of a sort is a value like any other; none, false and 0 are not told."""
    b = Builder("log")
    members = Sort("Member", ("etcd-1", "etcd-2"))
    leader = ElementType(members, optional=True)
    b.function("entryLeader", (members, members), leader, NONE, "etcd/{0}.log[{1}].leader")
    b.function("granted", (members, members), BOOL, 0, "etcd/{0}.votes[{1}]")
    system = b.build()
    state = (NONE, 0, NONE, 1, 0, 0, 1, 0)
    boxes, ((first, second),) = scenes(system, [state])
    assert boxes[first]["lines"] == ["log[etcd-2].leader: etcd-1"]
    assert boxes[second]["lines"] == ["log[etcd-2].leader: etcd-2", "votes[etcd-1]"]


def test_equal_runs_are_one_violation() -> None:
    """A run that two scenarios share is shown once, with both names."""
    report = report_of(instance(scenario("apply")), instance(scenario("rollout")))
    page = Page(render(report, PLAIN))
    assert len(page.data) == 2
    assert page.text.count("(and likewise: rollout)") == 2


def test_a_long_run_in_a_large_cluster_stays_small() -> None:
    """Less than 500 KB for 50 steps and 10 nodes."""
    text = render(walk(50, 10), Look())
    assert len(Page(text).data[0]["steps"]) == 50
    assert len(text.encode()) < 500_000


EVIL = (
    "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "\"' onmouseover=alert(1) x='",
    "]]>&lt;&#60;\u202e\u2028\x00\ud800\n\r",
)


@settings(deadline=None, max_examples=60)
@given(st.one_of(st.sampled_from(EVIL), st.text(min_size=1, max_size=40)))
def test_no_name_becomes_markup(name: str) -> None:
    """Whatever manifests hold, the page has the elements that it has with a tame name."""
    text = render(hostile_report(name), Look(texts={name: f"\n\n\n\n{name}\n"}))
    text.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text)
    page, tame = (
        Page(text),
        Page(render(hostile_report("tame"), Look(texts={"tame": "\n\n\n\ntame\n"}))),
    )
    quiet = [tag for tag in page.tags if tag not in ("mark", "span", "pre")]
    assert quiet == [tag for tag in tame.tags if tag not in ("mark", "span", "pre")]
    assert not [attribute for attribute, _ in page.attributes if attribute.startswith("on")]
