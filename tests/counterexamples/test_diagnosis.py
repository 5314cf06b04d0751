"""What is asked to explain a violation, and what is made of the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from checker.verdict import Extent, Verdict
from counterexamples.diagnosis import Diagnosis, Spent, diagnose
from counterexamples.render.diagnosis import remarks, says
from model.api.intstr import IntOrPercent
from model.scenario import Faults, Scenario
from tests.shipped import scenario

NAME, OTHER = "rollout-completes", "surge-bounded"

#: Whether a property of a scenario is violated.
Rule = Callable[[Scenario], bool]


def verdict(name: str, outcome: str, **more: object) -> Verdict:
    return Verdict(name, outcome, "fake", 0.0, **more)  # type: ignore[arg-type]


class Answers:
    """Answers by a rule, and remembers what was asked."""

    def __init__(self, violated: Rule, *, most: int = 1000, breaks: Rule = lambda _: False) -> None:
        self.violated, self.breaks, self.left = violated, breaks, most
        self.asked: list[Scenario] = []

    def __call__(
        self, scenario: Scenario, names: Sequence[str] | None
    ) -> Mapping[str, Verdict] | None:
        if not self.left:
            raise Spent
        self.left -= 1
        self.asked.append(scenario)
        broken = {NAME: self.violated(scenario), OTHER: self.breaks(scenario)}
        return {
            name: verdict(name, "violated" if bad else "proved")
            for name, bad in broken.items()
            if names is None or name in names
        }


def ask(given: Scenario, answers: Answers) -> Diagnosis:
    return diagnose(given, given.workload.subject, NAME, {NAME: 3}, answers)


def rollout(replicas: int = 9) -> Scenario:
    found = scenario("specs/broken/no-room.yaml")
    workload = replace(
        found.workload,
        replicas=replicas,
        max_surge=IntOrPercent(1),
        max_unavailable=IntOrPercent(0),
    )
    return replace(found, workload=workload)


def test_the_smallest_edit_is_found() -> None:
    """Far from the value that is given, halfway and halfway again; each step is asked about."""
    given = rollout()
    field = "spec.strategy.rollingUpdate.maxUnavailable"
    answers = Answers(lambda s: s.workload.max_unavailable.value != 7)
    # Of larger values not all help: those that are left open together do not.
    assert f"set {field} to 7" not in [repair.text for repair in ask(given, answers).repairs]
    answers = Answers(lambda s: s.workload.max_unavailable.value < 7)
    found = ask(given, answers)
    texts = [repair.text for repair in found.repairs]
    assert f"set {field} to 7 or more (up to 9)" in texts
    assert found.complete


def test_only_some_of_the_larger_values_help() -> None:
    """Then the value stands alone."""
    answers = Answers(lambda s: bool(s.open) or s.workload.max_unavailable.value < 1)
    texts = [repair.text for repair in ask(rollout(), answers).repairs]
    assert "set spec.strategy.rollingUpdate.maxUnavailable to 1" in texts


def test_what_breaks_nothing_else_comes_first() -> None:
    """A repair that breaks something is the last, and says so."""
    answers = Answers(
        lambda s: s.workload.max_unavailable.value < 1 and s.workload.strategy != "Recreate",
        breaks=lambda s: s.workload.max_unavailable.value == 1,
    )
    found = ask(rollout(2), answers)
    assert found.repairs[0].breaks == ()
    texts = {repair.text: repair for repair in found.repairs}
    # One that breaks nothing is looked for among the next values of the field.
    assert texts["set spec.strategy.rollingUpdate.maxUnavailable to 2"].breaks == ()
    always = Answers(answers.violated, breaks=lambda s: s.workload.max_unavailable.value > 0)
    (last,) = [repair for repair in ask(rollout(2), always).repairs if repair.breaks]
    assert last.breaks == (OTHER,)
    assert says(last).endswith("but breaks surge-bounded")


def test_a_search_that_was_cut_short_repairs_nothing() -> None:
    """What holds to some depth may be violated beyond it; what is vacuous is no repair either."""

    def short(scenario: Scenario, names: Sequence[str] | None) -> Mapping[str, Verdict]:
        if scenario.workload.strategy == "Recreate":
            return {NAME: verdict(NAME, "unknown", reason="it never happens that …", vacuous=True)}
        if scenario.workload.max_unavailable.value == 1:
            return {NAME: verdict(NAME, "holds", extent=Extent(4))}
        return {NAME: verdict(NAME, "violated")}

    given = rollout(1)
    found = diagnose(given, given.workload.subject, NAME, {NAME: 3}, short)
    assert found.repairs == ()
    assert found.undecided[0] == "set spec.strategy.rollingUpdate.maxUnavailable to 1"
    assert any("Ran out of time for" in sentence for sentence in remarks(found))


def test_bounds_of_the_model_stay_with_a_repair() -> None:
    """A repair that holds within the model's bounds names them."""

    def within(scenario: Scenario, names: Sequence[str] | None) -> Mapping[str, Verdict]:
        if scenario.workload.max_unavailable.value == 1:
            extent = Extent(None, ("at most 5 pods at once",))
            return {NAME: verdict(NAME, "holds", extent=extent)}
        return {NAME: verdict(NAME, "violated")}

    given = rollout(1)
    (repair,) = diagnose(given, given.workload.subject, NAME, {NAME: 3}, within).repairs
    assert says(repair).endswith(": passes within the bounds: at most 5 pods at once")


def test_the_time_ends() -> None:
    """What is known by then is kept, and what is not is said."""
    found = ask(rollout(), Answers(lambda s: s.workload.max_unavailable.value < 1, most=1))
    (repair,) = found.repairs
    assert repair.text == "set spec.strategy.rollingUpdate.maxUnavailable to 1"
    assert not found.complete
    assert "Stopped looking for fixes; try `--explain 30s`." in remarks(found)


def test_nothing_repairs_it() -> None:
    found = ask(rollout(), Answers(lambda _: True))
    assert found.repairs == ()
    assert "No change of a single field that was tried fixes it." in remarks(found)
    # All that can be left out can be left out together.
    assert found.irrelevant == ("the request for cpu", "the request for memory")
    # The run that is shown may need them all the same: no more is said than what was asked.
    both = "Without the request for cpu and the request for memory it fails as well"
    assert f"{both}, perhaps in another way." in remarks(found)


def test_what_only_seems_not_to_matter() -> None:
    """Each alone can go, both together can not: one of them is kept."""

    def needs_one(given: Scenario) -> bool:
        return any(given.workload.template.requests.values())

    assert ask(rollout(), Answers(needs_one)).irrelevant == ("the request for cpu",)


def test_the_smallest_set_of_faults() -> None:
    """A crash is needed, twice; a failing pod and a stalled watch are not."""
    faults = Faults(node_crashes=4, pod_failures=1, slow_watches={"deployment-controller": 1})
    found = ask(replace(rollout(), faults=faults), Answers(lambda s: s.faults.node_crashes >= 2))
    assert found.faults == ("2 node crashes",)
    assert found.fault_fields == ("spec.faults.nodeCrashes",)
    assert found.needless == ("1 failure of a pod", "1 stall of the deployment-controller's watch")


def test_all_faults_are_needed() -> None:
    """That needs no question about the whole scenario."""
    faults = Faults(node_crashes=1, pod_failures=1)
    given = replace(rollout(), faults=faults)
    answers = Answers(lambda s: bool(s.faults.node_crashes and s.faults.pod_failures))
    assert ask(given, answers).faults == ("1 node crash", "1 failure of a pod")
    assert given not in answers.asked


def test_a_seeded_fault_is_to_blame_alone() -> None:
    """Nothing else is tried where the model without the fault is right."""
    given = replace(rollout(), mutations=frozenset({"fit-off-by-one"}))
    found = ask(given, Answers(lambda s: bool(s.mutations)))
    assert [repair.text for repair in found.repairs] == [
        "leave out the seeded fault fit-off-by-one"
    ]


def test_faults_that_are_not_needed_prove_nothing_dispensable() -> None:
    """With crashes it is violated whatever the requests are; without them only because of those, so
    the requests are not told to be dispensable."""
    given = replace(rollout(), faults=Faults(node_crashes=2))

    def violated(scenario: Scenario) -> bool:
        requests = scenario.workload.template.requests
        return bool(scenario.faults.node_crashes or requests["cpu"])

    found = ask(given, Answers(violated))
    assert found.needless == ("2 node crashes",)
    assert found.irrelevant == ("the request for memory",)


def test_what_repairs_only_without_needless_faults_says_so() -> None:
    """Nothing helps while nodes may crash: the same is asked without crashes."""
    given = replace(rollout(), faults=Faults(node_crashes=2))
    answers = Answers(lambda s: bool(s.faults.node_crashes) or s.workload.strategy != "Recreate")
    (repair,) = ask(given, answers).repairs
    assert repair.without == ("2 node crashes",)
    assert says(repair).endswith(": passes (without 2 node crashes)")


def test_a_repair_that_helps_with_all_faults_names_none() -> None:
    given = replace(rollout(), faults=Faults(node_crashes=2))
    (repair,) = ask(given, Answers(lambda s: s.workload.strategy != "Recreate")).repairs
    assert repair.without == ()


def test_no_answer_is_not_taken_for_no() -> None:
    """Whether it comes about with fewer crashes nobody knows, so what it needs is not said."""
    given = replace(rollout(1), faults=Faults(node_crashes=2))

    def slow(scenario: Scenario, names: Sequence[str] | None) -> Mapping[str, Verdict]:
        if scenario.faults.node_crashes < 2:
            return {NAME: verdict(NAME, "unknown", reason="out of time (1 s)")}
        return {NAME: verdict(NAME, "violated")}

    found = diagnose(given, given.workload.subject, NAME, {NAME: 3}, slow)
    assert found.faults is None
    assert found.fault_fields == ()
    assert not [sentence for sentence in remarks(found) if "needs" in sentence]


def test_what_can_only_be_vacuous_is_no_repair() -> None:
    """A rollout that never begins completes in no way."""

    def vacuous(scenario: Scenario, names: Sequence[str] | None) -> Mapping[str, Verdict]:
        if scenario.workload.strategy == "Recreate":
            return {NAME: verdict(NAME, "unknown", reason="it never happens that …", vacuous=True)}
        return {NAME: verdict(NAME, "violated")}

    given = rollout(1)
    found = diagnose(given, given.workload.subject, NAME, {NAME: 3}, vacuous)
    assert found.repairs == ()
    assert found.undecided == ()


def test_a_repair_that_is_known_outlives_the_time() -> None:
    """One that breaks something is kept while a better one is looked for and the time ends."""
    answers = Answers(
        lambda s: s.workload.max_unavailable.value < 1,
        breaks=lambda s: s.workload.max_unavailable.value == 1,
        most=1,
    )
    (repair,) = ask(rollout(), answers).repairs
    assert repair.breaks == (OTHER,)


def test_a_field_that_repairs_is_not_called_dispensable() -> None:
    """More tolerations repair it and without any it is violated as well: that says nothing."""
    given = scenario("specs/broken/untolerated-taint.yaml")
    answers = Answers(lambda s: len(s.workload.template.tolerations) < 2)
    found = ask(given, answers)
    assert found.repairs[0].text.startswith("tolerate the taint")
    assert "the tolerations" not in found.irrelevant


def test_a_repair_with_fewer_of_the_needed_faults_is_none() -> None:
    """One crash is enough, and with one Recreate would help; with the two that there may be it does
    not, so it is no repair."""
    given = replace(rollout(), faults=Faults(node_crashes=2))

    def violated(scenario: Scenario) -> bool:
        crashes = scenario.faults.node_crashes
        return crashes > (scenario.workload.strategy == "Recreate")

    found = ask(given, Answers(violated))
    assert found.faults == ("1 node crash",)
    assert found.repairs == ()
