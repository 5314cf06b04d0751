"""Proofs for every size: what is true is proved, what is not is refused, both can be checked."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.engines.induction import Induction, Search
from checker.explicit.symmetry import exchangeable
from checker.smt.certificate import (
    Certificate,
    Malformed,
    family_of,
    kinds,
    parse,
    recheck,
    write,
)
from checker.smt.inductive import cones
from checker.smt.lemmas import Lemma
from checker.smt.linear import Linear, named, number
from model.ir.builder import Builder
from model.ir.expr import TRUE, variable
from model.ir.system import Bound, Property, System, assign
from model.ir.types import BOOL, IntType, ModelError, Sort
from tests.effort import busy, effort
from tests.shipped import checked, scenario
from tests.systems import peterson, random_system, two_phase_commit


def workload(spec: str, name: str, *mutations: str) -> tuple[System, Property]:
    """The system of a shipped spec, with seeded faults, and one of its properties."""
    given = replace(
        scenario(f"specs/{spec}.yaml"), mutations=frozenset(mutations), properties=(name,)
    )
    system = checked(given)[0].system
    return system, system.property(name)


def test_a_system_of_fixed_size_has_its_bounds() -> None:
    """What is proved of one size holds as far as its bounds, where a run reaches them: only a proof
    for every size is free of them."""
    b = Builder("counter")
    n = b.function("n", (), IntType(0, 3), 0)
    b.action("up", "it", [], n() < 3, [assign(n(), n() + 1)])
    b.properties.append(Property("small", "always", n() <= 3))
    for at, outcome, limits in ((3, "holds", ("no larger number",)), (4, "proved", ())):
        system = replace(b.build(), bounds=(Bound("numbers", n() >= at, "no larger number"),))
        (verdict,) = Induction().check(system, system.properties, busy(60))
        assert verdict.outcome == outcome
        assert (verdict.extent.limits if verdict.extent else ()) == limits


@pytest.mark.parametrize("first", [True, False])
def test_tables_that_relate_elements_tell_them_apart(first: bool) -> None:
    """Two nodes that a table relates to others are not alike because their own rows are: a proof
    about one is none about the other, and the explorer never exchanges them."""
    b = Builder("pairs")
    node, zone = Sort("Node", ("a", "b"), symmetric=True), Sort("Zone", ("x", "y"))
    domain = (node, node) if first else (zone, node)
    b.table("near", domain, BOOL, [1, 0, 1, 0])
    at = b.function("at", (node,), BOOL, 0)
    b.action("go", "it", [x := variable("x", node)], TRUE, [assign(at[x], True)])
    system = b.build()
    assert kinds(system, node) == [0, 1]
    assert len(set(exchangeable(system).get(node, (0, 1)))) == 2
    alike = replace(system, tables=())
    assert kinds(alike, node) == [0]
    assert exchangeable(alike) == {node: (0, 0)}


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("default-strategy", "surge-bounded"),
        ("default-strategy", "no-overcommit"),
        ("taints", "placement-respected"),
        ("drain", "budget-respected"),
        ("full-nodes", "no-overcommit"),
    ],
)
def test_proved_for_every_size(spec: str, name: str) -> None:
    """One proof covers every number of pods, nodes, replicas and every strategy of the kind."""
    system, prop = workload(spec, name)
    (verdict,) = Induction().check(system, [prop], busy(120))
    assert verdict.outcome == "proved"
    assert verdict.reason.startswith("for every number of pods, nodes, replicas")


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("default-strategy", "no-duplicate-pods"),
        ("default-strategy", "rollout-keeps-available"),
        ("deployment", "rollout-keeps-available"),
    ],
)
def test_hard_for_every_size(spec: str, name: str) -> None:
    """Ranks of victims by pods that share a node are hard sums over all nodes: a proof may take
    longer than anybody waits, and then the answer says that the time was over, nothing else."""
    system, prop = workload(spec, name)
    (verdict,) = Induction().check(system, [prop], busy(effort(1, 60)))
    if verdict.outcome != "proved":
        assert verdict.outcome == "unknown"
        assert "out of time" in verdict.reason


@pytest.mark.parametrize(
    ("spec", "name", "mutation", "blamed"),
    [
        ("taints", "placement-respected", "taints-ignored", "bind"),
        ("deployment", "surge-bounded", "surge-one-too-many", "create ReplicaSet"),
        ("lagging-cache", "no-lost-update", "conflicts-ignored", "scale down"),
        ("drain", "budget-respected", "eviction-ignores-budget", "evict pod"),
    ],
)
def test_seeded_faults_are_refused(spec: str, name: str, mutation: str, blamed: str) -> None:
    """With a fault there is no proof, in more time than the right system's takes, and whom to blame
    is said: what was guessed from the states of the right system is broken by the actor at fault;
    or that the time was over."""
    right, prop = workload(spec, name)
    search = Search(right, [prop], busy(effort(4, 60)))
    wrong, _ = workload(spec, name, mutation)
    search.family = family_of(wrong)
    certificate, reason = search.certificate(prop)
    assert certificate is None
    assert blamed in reason or "out of time" in reason


#: Seeded faults of cluster components, what violates, and the action at fault.
AT_FAULT = {
    "surge-one-too-many": ("surge-bounded", "deployment", "create ReplicaSet"),
    "unavailable-one-too-many": ("rollout-keeps-available", "deployment", "scale down"),
    "unavailable-rounds-up": ("rollout-keeps-available", "default-strategy", "scale down"),
    "surge-rounds-down": ("rollout-keeps-available", "default-strategy", "scale down"),
    "pending-scale-down-ignored": ("rollout-keeps-available", "half-unavailable", "scale down"),
    "recreate-does-not-wait": ("revisions-never-overlap", "recreate", "create ReplicaSet"),
    "conflicts-ignored": ("no-lost-update", "lagging-cache", "scale down"),
    "expectations-forgotten": ("no-duplicate-pods", "lagging-pods", "create pod"),
    "ready-pods-deleted-first": ("scale-down-spares-ready", "min-ready-seconds", "delete pod"),
    "deletes-any-pod": ("scale-down-spares-ready", "min-ready-seconds", "delete pod"),
    "fit-off-by-one": ("no-overcommit", "full-nodes", "bind"),
    "taints-ignored": ("placement-respected", "taints", "bind"),
    "eviction-ignores-budget": ("budget-respected", "drain", "evict pod"),
}


@pytest.mark.parametrize("mutation", sorted(AT_FAULT))
def test_seeded_faults_are_violations(mutation: str) -> None:
    """The engine itself answers with a trace in which the action at fault is taken."""
    name, spec, action = AT_FAULT[mutation]
    system, prop = workload(spec, name, mutation)
    (verdict,) = Induction().check(system, [prop], busy(120))
    assert verdict.outcome == "violated"
    assert verdict.trace is not None
    assert action in [step.action.name for step in verdict.trace.steps]


def test_a_fault_without_a_family_is_not_proved_for_every_size() -> None:
    """Where percentages round wrongly there is no text for every count."""
    system, _ = workload("default-strategy", "surge-bounded", "surge-rounds-down")
    assert system.family() is None


@pytest.fixture(scope="module")
def surge() -> tuple[System, Certificate]:
    system, prop = workload("default-strategy", "surge-bounded")
    certificate, _ = Search(system, [prop], Budget()).certificate(prop)
    assert certificate is not None
    return system, certificate


def test_a_certificate_survives_writing(surge: tuple[System, Certificate]) -> None:
    """What is read back says the same, and a solver that knows nothing accepts it."""
    system, certificate = surge
    data = json.loads(json.dumps(write(certificate)))
    again = parse(certificate.property, data)
    assert again == certificate
    assert recheck(again, system, Budget()) is None


def forged(certificate: Certificate, *some: Lemma) -> Certificate:
    (part,) = certificate.parts
    return replace(certificate, parts=(replace(part, lemmas=some),))


def test_a_certificate_that_proves_nothing_is_refused(surge: tuple[System, Certificate]) -> None:
    """Without its lemmas, with a false one, or with one that is no invariant, it does not check."""
    system, certificate = surge
    assert recheck(forged(certificate), system, Budget()) is not None
    asked = named("replicas[web-rev1]")
    for form in (asked.shifted(1), named("desired") - asked):
        lies = forged(certificate, *certificate.parts[0].lemmas, Lemma((), form, form))
        assert "a lemma" in str(recheck(lies, system, Budget()))
    strange = named("unheard of")
    assert "unheard of" in str(
        recheck(forged(certificate, Lemma((), strange, strange)), system, Budget())
    )


def test_a_certificate_is_about_one_system(surge: tuple[System, Certificate]) -> None:
    """It is not accepted for a system that differs."""
    _, certificate = surge
    other, _ = workload("default-strategy", "surge-bounded", "surge-one-too-many")
    assert recheck(certificate, other, Budget()) == "the certificate is about another system"


def test_a_certificate_serves_every_size(surge: tuple[System, Certificate]) -> None:
    """A proof that was found with 3 replicas is one for 5."""
    _, certificate = surge
    given = scenario("specs/default-strategy.yaml")
    larger = replace(
        given, workload=replace(given.workload, replicas=5), properties=("surge-bounded",)
    )
    system = checked(larger)[0].system
    assert recheck(certificate, system, Budget()) is None


@pytest.mark.parametrize(
    "data", [{}, {"parts": 3}, {"parts": [{"like": None}], "forEvery": "", "model": ""}]
)
def test_what_is_no_certificate_is_said_to_be_none(data: dict[str, object]) -> None:
    """Any other data is a mistake of the user."""
    with pytest.raises(Malformed):
        parse("surge-bounded", data)


def test_a_formula_is_what_its_parts_say(surge: tuple[System, Certificate]) -> None:
    """A reader can trust the readable line."""
    _, certificate = surge
    data = write(certificate)
    data["parts"][0]["lemmas"][0]["formula"] = "replicas[web-rev1] <= 1"
    with pytest.raises(Malformed, match="reads 'replicas"):
        parse(certificate.property, data)


def test_certificates_are_small(surge: tuple[System, Certificate]) -> None:
    """Lemmas that nothing rests on are left out: here, that nobody asks for less than nothing is
    enough. Z3's cores are small and not always the smallest: it may be one more."""
    _, certificate = surge
    lemmas = {str(lemma) for part in certificate.parts for lemma in part.lemmas}
    assert lemmas >= {"0 <= replicas[web-rev1]", "0 <= replicas[web-rev2]"}
    assert len(lemmas) <= 3


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("seed", range(60))
def test_random_systems_are_never_proved_wrongly(seed: int, symmetric: bool) -> None:
    """What induction proves, the explorer does not violate, and what it violates is violated."""
    system = random_system(seed, 2, symmetric=symmetric)
    props = [prop for prop in system.properties if prop.kind == "always"]
    if not props:
        return
    try:
        expected = Explicit().check(system, props, Budget(seconds=20))
    except ModelError:  # an update leaves its interval: the system has no meaning
        return
    for prop, other in zip(props, expected, strict=True):
        (verdict,) = Induction().check(system, [prop], busy(20))
        assert {verdict.outcome, other.outcome} != {"proved", "violated"}, prop.p
        assert {verdict.outcome, other.outcome} != {"holds", "violated"}, prop.p


@pytest.mark.parametrize(
    "system", [two_phase_commit(3, symmetric=True), peterson()], ids=lambda s: s.name
)
def test_textbook_safety_is_not_contradicted(system: System) -> None:
    """Safety of textbook protocols holds; induction proves it or does not know."""
    props = [prop for prop in system.properties if prop.kind == "always"]
    expected = Explicit().check(system, props, Budget())
    for prop, other in zip(props, expected, strict=True):
        (verdict,) = Induction().check(system, [prop], busy(30))
        assert verdict.outcome in (other.outcome, "unknown")


def test_cones_grow_from_the_property_to_everything() -> None:
    """The first set is what the property reads, the last is all."""
    system, prop = workload("default-strategy", "surge-bounded")
    family = system.family()
    assert family is not None
    found = cones(family, family.member.property(prop.name))
    assert [f.name for f in found[0]] == ["replicas"]
    assert all(a < b for a, b in pairwise(found))
    assert found[-1] == frozenset(family.member.functions)


def test_linear_forms() -> None:
    """Forms are equal if and only if they mean the same."""
    x, y = named("x"), named("y")
    assert x + y - x == y
    assert (x - x) == number(0)
    assert str(x.scaled(2) - y + number(3)) == "2 * x - y + 3"
    assert Linear((("x", 2),), 1).evaluate({"x": 5}.__getitem__) == 11
