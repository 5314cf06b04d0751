"""The page tells what was found out about a violation, in order, with and without the script."""

from __future__ import annotations

import re
from dataclasses import replace

from counterexamples.render.contract import Look
from counterexamples.render.html import render
from counterexamples.render.html.violation import violations
from model.api.source import Source
from model.suppression import Suppression
from tests.checker.fakes import instance, scenario
from tests.counterexamples.test_html import PLAIN, Page, report_of, with_facts


def told(said: str = "SAID") -> str:
    """The page of violations about which everything is known."""
    report = report_of(instance(scenario()))
    results = tuple(with_facts(result, said) for result in report.results)
    return render(replace(report, results=results), PLAIN)


def first_violation(text: str) -> str:
    """The visible text of a page's first violation."""
    page = Page(text).text
    start = page.index("surge-bounded is violated")
    return page[start : page.index("Reproduce:", start)]


def test_what_to_do_comes_before_how_it_comes_about() -> None:
    """Verdict, lines, repairs, steps, beliefs, the end, and what matters least."""
    text = first_violation(told())
    headings = (
        "surge-bounded is violated after 3 steps",
        "Where to look",
        "Any one of these fixes it",
        "How it comes about",
        "Steps 2 to 3 repeat for ever.",
        "What was believed, and was not so",
        "In the end",
        "What else was found",
    )
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)


def test_a_blamed_line_says_what_it_comes_to() -> None:
    """Under the field, at its column; the label is not told again where the line has it."""
    page = Page(told("two of them"))
    assert "▶    5 |   replicas: 2           ^ two of them" in page.text
    assert "^" not in first_violation(told("replicas: 2"))


def test_repairs_have_verdicts_and_prices() -> None:
    """Each says what was shown, whether it weakens the promise, and what it breaks."""
    text = first_violation(told())
    for said in (
        "SAID ✓ passes",
        "lower SAID ✓ passes within the bounds: SAID but weakens what you asked for",
        "break SAID ✓ passes ✗ but breaks SAID",
        "fourth SAID ✓ passes",
        "1 more",
        "Checked in scenario apply, with one change and no other.",
    ):
        assert said in text, said


def test_steps_link_to_what_they_need() -> None:
    """Each step has an anchor, and each link of a step leads to one."""
    text = told()
    anchors = set(re.findall('<li id="([^"]*)"', text))
    links = re.findall('<a href="#([^"]*-step-[^"]*)"', text)
    assert links
    assert set(links) <= anchors
    third = text[text.index('<li id="violation-1-step-3"') :]
    assert re.findall('href="#violation-1-step-(.)"', third[: third.index("</ol>")]) == list("122")


def test_steps_tell_faults_beliefs_and_quarrels() -> None:
    """What a step is, what its actor took for true, and whose work it takes back."""
    text = first_violation(told())
    for said in (
        "fault creates pod web-1 ⚡ fault",
        "↻ repeats not needed for the violation",
        "needs step 1 and step 2",
        "undoes step 2 (kubelet): SAID",
        "SAID believed what was not so:SAID: believed SAID, in truth true",
        "Step 3 (replicaset-controller) undoes the kubelet's step 2: SAID.",
        "step 3, SAID: SAID: SAID (in truth true)",
    ):
        assert said in text, said


def test_the_diagram_gets_what_it_marks() -> None:
    """Causes, faults, beliefs and steps that are not needed."""
    first, second, last = Page(told()).data[0]["steps"]
    assert (first["fault"], second["fault"], last["fault"]) == (True, False, False)
    assert (second["idle"], last["idle"]) == (True, False)
    assert (second["believed"], last["believed"]) == (False, True)
    assert last["needs"] == [1, 2]


def test_a_stalled_watch_is_a_fault() -> None:
    """A fault that an actor suffers itself is known by the budget that allows it."""
    report = report_of(instance(scenario()))
    result = with_facts(report.results[0], "x")
    example = result.counterexample
    assert example is not None
    stalls = replace(example.moves[1], why="spec.faults.slowWatches lets events be late")
    told = replace(example, moves=(example.moves[0], stalls, example.moves[2]))
    found = violations(replace(report, results=(replace(result, counterexample=told),)), Look())
    assert found[0].data()["steps"][1]["fault"]


def test_nothing_is_claimed_where_nobody_asked() -> None:
    """Without a diagnosis there is no word of repairs."""
    text = first_violation(render(report_of(instance(scenario())), PLAIN))
    assert "fixes it" not in text
    assert "What else was found" not in text
    assert "believed" not in text


def test_what_counts_is_not_told_with_what_is_suppressed() -> None:
    """Equal runs of two scenarios are one violation, unless only one of them is accepted."""
    report = report_of(instance(scenario("apply")), instance(scenario("rollout")))
    together = violations(report, PLAIN)
    assert [len(each.results) for each in together] == [2] * len(together)
    accepted = Suppression("surge-bounded", "known", "spec", Source("web.yaml", 1))
    results = tuple(
        replace(r, suppressed=accepted if r.scenario == "apply" else None) for r in report.results
    )
    apart = violations(replace(report, results=results), PLAIN)
    assert [len(each.results) for each in apart] == [1] * (2 * len(together))
