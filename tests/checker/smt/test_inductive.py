"""Proofs for every size: what is true is proved, what is not is refused, both can be checked."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from checker.budget import Budget
from checker.engines.explicit import Explicit
from checker.engines.induction import Induction, Search
from checker.smt.certificate import Certificate, Malformed, parse, recheck, write
from checker.smt.inductive import cones
from checker.smt.lemmas import Lemma
from checker.smt.linear import Linear, named, number
from model.ir.system import Property, System
from model.ir.types import ModelError
from tests.shipped import checked, scenario
from tests.systems import peterson, random_system, two_phase_commit


def workload(spec: str, name: str, *mutations: str) -> tuple[System, Property]:
    """The system of a shipped spec, with seeded faults, and one of its properties."""
    given = replace(
        scenario(f"specs/{spec}.yaml"), mutations=frozenset(mutations), properties=(name,)
    )
    system = checked(given)[0].system
    return system, system.property(name)


def certified(spec: str, name: str, *mutations: str) -> tuple[Certificate | None, str]:
    """The certificate that is found, and what is said of it."""
    system, prop = workload(spec, name, *mutations)
    return Search(system, [prop], Budget(seconds=120)).certificate(prop)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("default-strategy", "surge-bounded"),
        ("default-strategy", "no-overcommit"),
        ("default-strategy", "no-duplicate-pods"),
        ("default-strategy", "rollout-keeps-available"),
        ("deployment", "surge-bounded"),
        ("deployment", "no-overcommit"),
        ("drain", "budget-respected"),
        ("full-nodes", "no-overcommit"),
    ],
)
def test_proved_for_every_size(spec: str, name: str) -> None:
    """One proof covers every number of pods, nodes, replicas and every strategy of the kind."""
    system, prop = workload(spec, name)
    (verdict,) = Induction().check(system, [prop], Budget(seconds=120))
    assert verdict.outcome == "proved"
    assert verdict.reason.startswith("for every number of pods, nodes, replicas")


@pytest.mark.parametrize(
    ("spec", "name", "mutation", "blamed"),
    [
        ("deployment", "surge-bounded", "surge-one-too-many", "deployment-controller: scale up"),
        ("full-nodes", "no-overcommit", "fit-off-by-one", "at the start"),
        (
            "default-strategy",
            "no-duplicate-pods",
            "creates-one-too-many",
            "replicaset-controller: create pod",
        ),
        (
            "default-strategy",
            "rollout-keeps-available",
            "unavailable-one-too-many",
            "replicaset-controller: delete pod",
        ),
        (
            "half-unavailable",
            "rollout-keeps-available",
            "pending-scale-down-ignored",
            "replicaset-controller: delete pod",
        ),
        ("drain", "budget-respected", "eviction-ignores-budget", "user: evict pod"),
    ],
)
def test_seeded_faults_are_refused(spec: str, name: str, mutation: str, blamed: str) -> None:
    """The system is as before but for the fault; the proof fails at a step that it enables."""
    certificate, reason = certified(spec, name, mutation)
    assert certificate is None
    assert blamed in reason


def test_a_fault_without_a_family_is_not_proved_for_every_size() -> None:
    """Where percentages round wrongly there is no text for every count."""
    system, _ = workload("default-strategy", "surge-bounded", "surge-rounds-down")
    assert system.family() is None


def test_a_violation_among_the_samples_is_reported_with_its_trace() -> None:
    """An engine that has seen a violation says so."""
    system, prop = workload("deployment", "surge-bounded", "surge-one-too-many")
    (verdict,) = Induction().check(system, [prop], Budget(seconds=60))
    assert verdict.outcome == "violated"
    assert verdict.trace is not None
    assert len(verdict.trace.steps) == 2


@pytest.fixture(scope="module")
def surge() -> tuple[System, Certificate]:
    system, prop = workload("default-strategy", "surge-bounded")
    certificate, _ = Search(system, [prop], Budget()).certificate(prop)
    assert certificate is not None
    return system, certificate


def test_a_certificate_survives_writing(surge: tuple[System, Certificate]) -> None:
    """What is read back says the same, and a solver that knows nothing accepts it."""
    system, certificate = surge
    again = parse(write(certificate))
    assert write(again) == write(certificate)
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


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "parts": 3}'])
def test_what_is_no_certificate_is_said_to_be_none(text: str) -> None:
    """Any other text is a mistake of the user."""
    with pytest.raises(Malformed):
        parse(text)


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
        (verdict,) = Induction().check(system, [prop], Budget(seconds=20))
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
        (verdict,) = Induction().check(system, [prop], Budget(seconds=30))
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
