"""The portfolio: children race, the first decisive answer wins, and nobody is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checker import ladder
from checker.budget import Budget
from checker.engines import ENGINES, engine
from checker.ladder import Climb
from checker.portfolio import race as racing
from checker.portfolio.contest import Contest
from checker.portfolio.race import Mistake, proportional, race
from checker.portfolio.wire import pack, unpack
from checker.verdict import Extent, Verdict
from model.instance import Instance
from model.ir.interpret import Step
from model.ir.trace import Rejected, Trace
from tests.checker import fakes, racers
from tests.checker.racers import Racer
from tests.checker.test_ladder import large, misled

ROOT = Path(__file__).parents[2]

SCRIPT = "import sys; from tests.checker.racers import main; sys.exit(main(sys.argv[1:]))"

Run = Callable[..., dict[str, Verdict]]


def long() -> Budget:
    """More time than any test needs, and no patience limit that matters."""
    return Budget(seconds=60.0, patience=60.0)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Has racers work on the hand-made cluster; the verdicts by property."""

    def call(budget: Budget | None = None, **workers: type[Racer]) -> dict[str, Verdict]:
        for worker in racers.WORKERS:
            name = workers.get(worker, racers.Refusing).__name__
            monkeypatch.setitem(ENGINES, worker, f"tests.checker.racers:{name}")
        return {verdict.property: verdict for verdict in contest(budget or long()).verdicts}

    return call


def contest(budget: Budget, found: dict[str, Verdict] | None = None) -> Climb:
    instance = fakes.instance(fakes.scenario())
    on = Contest(instance, instance.system.properties, dict(found or {}), True, budget)
    race([on], budget)
    for job in on.jobs:
        assert job.child is None or job.child.status is not None, "a child is left"
    return on.result(budget.exhausted() or "")


def test_the_first_decisive_answer_wins_and_the_others_are_killed(run: Run) -> None:
    """A worker that would go on for ever does not matter once everything is answered."""
    found = run(explicit=racers.Deaf, swarm=racers.Proving)
    assert {(v.outcome, v.engine) for v in found.values()} == {("proved", "proving")}


def test_an_early_answer_closes_its_property(run: Run) -> None:
    """What an engine hands over early is taken although the engine goes on."""
    found = run(replace(long(), seconds=1.5), explicit=racers.Early)
    assert found["surge-bounded"].engine == "early"
    assert found["surge-bounded"].outcome == "proved"
    assert found["no-overcommit"].outcome == "unknown"
    assert found["no-overcommit"].extent == Extent(9)


def test_one_processor_is_shared(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one processor a worker that goes on for ever does not keep the others from theirs."""
    monkeypatch.setattr(racing, "cores", lambda: 1)
    found = run(explicit=racers.Deaf, induction=racers.Deaf, bmc=racers.Proving)
    assert {v.outcome for v in found.values()} == {"proved"}


def test_a_trace_crosses_as_numbers_and_is_run_again(run: Run) -> None:
    """The violation of a child is one of the parent's own system."""
    found = run(replace(long(), seconds=2.0), swarm=racers.Finding)
    trace = found["surge-bounded"].trace
    assert trace is not None
    assert [s.action.name for s in trace.steps] == ["create pod", "start pod", "create pod"]
    system = fakes.pods_system()
    verdict = replace(found["surge-bounded"], trace=None)
    # Steps know actions by identity, so those of another system mean nothing here.
    assert all(step.action not in system.actions for step in trace.steps)
    assert unpack(pack(verdict, system), system) == verdict


def test_a_trace_that_does_not_run_is_rejected() -> None:
    """What a child claims is believed by the interpreter only."""
    system = fakes.pods_system()
    start = Step(system.action("kubelet", "start pod"), (0,))
    trace = Trace((system.initial[0],) * 2, (start,))
    packed = pack(Verdict("surge-bounded", "violated", "x", 0.0, trace=trace), system)
    with pytest.raises(Rejected):
        unpack(packed, system)


@pytest.mark.parametrize(
    ("racer", "said"),
    [
        (racers.Dying, "explicit stopped: killed by SIGKILL"),
        (racers.Uninstalled, "explicit stopped: ImportError: no such solver"),
        (racers.Hungry, "explicit stopped: out of memory"),
    ],
)
def test_who_cannot_go_on_is_named(run: Run, racer: type[Racer], said: str) -> None:
    """A child that ends for reasons beyond this program leaves the answer to others, and a note."""
    found = run(explicit=racer)
    assert {v.outcome for v in found.values()} == {"unknown"}
    assert all(said in v.reason for v in found.values())
    found = run(explicit=racer, bmc=racers.Proving)
    assert {v.outcome for v in found.values()} == {"proved"}


def test_a_bug_in_a_child_is_a_bug(run: Run) -> None:
    """Our own mistakes are not hidden in notes: they end the run, with the child's traceback."""
    with pytest.raises(Mistake, match="a bug of this engine"):
        run(explicit=racers.Buggy, bmc=racers.Looking)


def test_the_end_of_the_time_brings_what_is_known(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers are told to stop and say how far they came; a deaf one is killed."""
    monkeypatch.setattr(racing, "WIND_UP", 1.0)
    found = run(Budget(seconds=0.6), explicit=racers.Looking, swarm=racers.Deaf)
    for verdict in found.values():
        assert (verdict.outcome, verdict.extent) == ("unknown", Extent(9))
        assert "out of time (0.6 s)" in verdict.reason


def test_patience_ends_what_has_an_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked for a depth and has it waits no longer than patience lasts; an open question
    waits for the end of the time."""
    budget = Budget(seconds=60.0, depth=5, patience=0.1)
    names = [prop.name for prop in fakes.pods_system().properties]
    known = {n: Verdict(n, "holds", "explicit", 0.0, extent=Extent(5)) for n in names}
    monkeypatch.setattr(racing, "WIND_UP", 0.2)
    began = time.monotonic()
    run(replace(budget, seconds=0.01), bmc=racers.Deaf)
    found = contest(budget, known)
    assert {v.extent for v in found.verdicts} == {Extent(5)}
    assert time.monotonic() - began < 30
    short = Budget(seconds=1.0, depth=8, patience=0.1)
    assert contest(short, known).verdicts[0].outcome == "unknown"
    assert short.exhausted() is not None


@pytest.mark.parametrize("order", [("Proving", "Finding"), ("Finding", "Proving")])
def test_contradictions_are_unknown_and_kept(run: Run, order: tuple[str, str]) -> None:
    """Neither of two answers that contradict each other is believed; both are kept."""
    one, other = (getattr(racers, name) for name in order)
    names = [prop.name for prop in fakes.pods_system().properties]
    run(explicit=racers.Refusing)
    instance = fakes.instance(fakes.scenario())
    on = Contest(instance, instance.system.properties, {}, True, long())
    on.jobs[:] = []
    from checker.portfolio.contest import Job

    for racer in (one, other):
        job = Job(on, "bmc", ())
        for verdict in racer().check(instance.system, instance.system.properties, long()):
            on.take(job, verdict)
    found = {v.property: v for v in on.result("").verdicts}
    assert set(found) == set(names)
    surge = found["surge-bounded"]
    assert surge.outcome == "unknown"
    assert surge.reason.startswith("engines disagree: ")
    assert {v.outcome for v in surge.conflict} == {"proved", "violated"}
    assert found["no-overcommit"].outcome == "proved"


@pytest.mark.skipif(not proportional(os.getpid()), reason="the system does not tell memory")
def test_the_largest_process_gives_memory_back(run: Run) -> None:
    """Over the limit the largest child has to stop; what it knows is kept, and the note says
    why it stopped."""
    limit = proportional(os.getpid()) + (100 << 20)
    found = run(Budget(60.0, limit, patience=60.0), explicit=racers.Growing)
    verdict = found["surge-bounded"]
    assert verdict.outcome == "unknown"
    assert verdict.extent is not None
    assert "explicit stopped: out of memory" in verdict.reason
    assert verdict.extent.depth is not None
    assert 0 < verdict.extent.depth < racers.MOST


@pytest.mark.skipif(not proportional(os.getpid()), reason="the system does not tell memory")
def test_who_does_not_give_memory_back_is_killed(run: Run) -> None:
    """One that does not listen loses what it knows; the others go on."""
    limit = proportional(os.getpid()) + (100 << 20)
    found = run(Budget(60.0, limit, patience=60.0), explicit=racers.Hoarding)
    assert found["surge-bounded"].outcome == "unknown"
    assert "explicit stopped: out of memory" in found["surge-bounded"].reason


def explorer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real explorer and the walks that its rungs need, and nobody else."""
    for worker in set(racers.WORKERS) - {"explicit", "swarm"}:
        monkeypatch.setitem(ENGINES, worker, "tests.checker.racers:Refusing")


def _rungs(instance: Instance, *names: str) -> Contest:
    """A contest about the properties of these names, or about all."""
    budget = Budget(seconds=600.0, patience=1.5)
    properties = [p for p in instance.system.properties if not names or p.name in names]
    on = Contest(instance, properties, {}, True, budget)
    race([on], budget)
    return on


def test_rungs_answer_where_nobody_can_exhaust_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the explorer proves on smaller instances `holds` with their sizes, and patience ends
    the rest."""
    explorer_alone(monkeypatch)
    for verdict in _rungs(large()).result("").verdicts:
        assert verdict.outcome == "holds"
        assert verdict.extent is not None
        assert "of 40 replicas" in verdict.extent.limits[0]


def test_walks_of_the_whole_come_before_what_rungs_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """A violation that only the whole has is found by them, and is the answer."""
    explorer_alone(monkeypatch)
    monkeypatch.setattr(ladder, "WALK", 1 << 22)
    found = {v.property: v for v in _rungs(misled(), "rollout-completes").result("").verdicts}
    verdict = found["rollout-completes"]
    assert (verdict.outcome, verdict.engine) == ("violated", "swarm")


def test_a_violation_on_a_rung_crosses_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is run again on the rung's own system, and shown beside the unknown of the whole."""
    explorer_alone(monkeypatch)
    broken = large(mutations=frozenset({"pending-scale-down-ignored"}))
    climb = _rungs(replace(large(), smaller=broken.smaller)).result("")
    unknown = {v.property for v in climb.verdicts if v.outcome == "unknown"}
    assert "rollout-keeps-available" in unknown
    shown = {verdict.property: (rung, verdict) for rung, verdict in climb.unconfirmed}
    assert set(shown) == unknown
    rung, verdict = shown["rollout-keeps-available"]
    assert "of 40 replicas" in rung.scenario.name
    assert verdict.trace is not None
    assert all(step.action in rung.system.actions for step in verdict.trace.steps)


def test_what_is_done_in_any_case_is_waited_for() -> None:
    """The rungs, the walks and a part of the search of the whole, however long they take; nothing
    else works on a whole that has rungs, as long as these may be all that it takes."""
    instance = large()
    on = Contest(instance, instance.system.properties, {}, True, long())
    jobs = {job.worker: job for job in on.jobs}
    ladder, whole, walker, seeker = (jobs[w] for w in ("ladder", "explicit", "swarm", "bmc"))
    assert [job.due for job in (ladder, whole, walker)] == [True] * 3
    assert seeker.rests
    assert ladder.rank < whole.rank
    whole.tried = True
    assert not whole.due
    assert whole.rests
    on.walked = ladder.over = True
    assert not on.due
    # Nothing is known, so all go on, the search of the whole last.
    assert not any(job.rests for job in (whole, walker, seeker))
    assert whole.rank > seeker.rank
    for prop in instance.system.properties:
        on.rungs.held[prop.name] = "few", Verdict(prop.name, "proved", "explicit", 0.0)
    assert on.useful
    assert all(job.rests for job in (whole, walker, seeker))
    # What a rung violates may be confirmed.
    on.rungs.take(instance, "few", [Verdict(prop.name, "violated", "explicit", 0.0)])
    assert not any(job.rests for job in (whole, walker, seeker))


def _start(*arguments: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": ""}
    command = [sys.executable, "-c", SCRIPT, *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    )


def _is_there(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
@pytest.mark.parametrize("racer", ["Telling", "Deaf"])
def test_no_orphans(manifest: str, racer: str) -> None:
    """Children of a run that is killed are gone with it, whether they listen or not."""
    process = _start("explicit=Telling", f"bmc={racer}", f"swarm={racer}", "--", manifest)
    assert process.stderr is not None
    # The quick look is in the process itself; the children come after it.
    numbers = [int(process.stderr.readline()) for _ in range(3)]
    assert numbers[0] == process.pid
    assert all(map(_is_there, numbers))
    process.kill()
    process.communicate(timeout=30)
    end = time.monotonic() + 30
    while any(map(_is_there, numbers)) and time.monotonic() < end:
        time.sleep(0.01)
    assert not any(map(_is_there, numbers))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_brings_what_the_children_know(manifest: str, number: int) -> None:
    """Ctrl-C gives what children have covered so far, exit code as for any other answer, and no
    traceback."""
    process = _start("explicit=Telling", "--", manifest)
    assert process.stderr is not None
    process.stderr.readline()
    process.stderr.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (3, False)
    assert "unknown: interrupted; holds within 9 steps" in " ".join(out.split())
    assert "Interrupted: the answers above are partial." in out


def test_a_bug_in_a_child_exits_with_4(manifest: str) -> None:
    """The report for the tracker has the child's traceback."""
    process = _start("explicit=Looking", "bmc=Buggy", "--", manifest)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (4, "")
    assert "please report what follows" in err
    assert "KeyError: 'a bug of this engine'" in err


def test_the_parent_does_not_load_solvers(manifest: str) -> None:
    """Child processes are only had where Z3 was not used before; the portfolio itself does not."""
    probe = (
        "import sys; from checker.portfolio import first, race; "
        "assert not {'z3', 'scipy', 'multiprocessing'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True)
    assert engine("auto").name == "auto"
