"""`check cluster-trace`: its exit codes and what it says.

After a wanted change, `UPDATE_GOLDEN=1 pytest tests/checker/following` writes the transcripts anew.
"""

import gzip
import json
import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from checker.cli import run
from checker.following import follower
from checker.following.command import cluster_trace
from checker.following.search import Search
from tests.checker.following.changes import changes

GOLDEN = Path(__file__).parents[2] / "golden"
#: A run of the model: two replicas, maxSurge 1, maxUnavailable 0, another image on the way.
ROLLOUT = Path(__file__).parent / "data" / "rollout.ndjson"

Line = dict[str, Any]


def lines() -> list[Line]:
    return [json.loads(line) for line in ROLLOUT.read_text().splitlines()]


def write(folder: Path, told: list[Line]) -> Path:
    path = folder / "changed.ndjson"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in told))
    return path


def golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def said(path: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(cluster_trace, [str(path), *options], catch_exceptions=False)
    return result.exit_code, result.output.replace(str(path), path.name)


def test_admitted_transcript() -> None:
    code, text = said(ROLLOUT, "--verbose")
    golden("cluster-trace-admitted.txt", text)
    assert code == 0


@pytest.mark.parametrize("kind", ["scaled too low", "full node", "false status"])
def test_refused_transcripts(tmp_path: Path, kind: str) -> None:
    change = next(change for change in changes(lines()) if change.kind == kind)
    code, text = said(write(tmp_path, change.lines))
    golden(f"cluster-trace-{kind.replace(' ', '-')}.txt", f"# {change.said}\n{text}")
    assert code == 1


def test_a_search_that_ends_early_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither admitted nor refused, unless a rule on numbers forbids something."""
    monkeypatch.setattr(follower, "Search", partial(Search, most=1))
    code, text = said(ROLLOUT)
    assert code == 3
    assert "No explanation was found before the search ended; there may be one." in text
    assert "open: " in text.splitlines()[-1]
    change = next(change for change in changes(lines()) if change.kind == "full node")
    assert said(write(tmp_path, change.lines))[0] == 1


def test_gzipped(tmp_path: Path) -> None:
    path = tmp_path / "rollout.ndjson.gz"
    path.write_bytes(gzip.compress(ROLLOUT.read_bytes()))
    assert said(path)[0] == 0
    assert run(["cluster-trace", str(path)]) == 0


def test_actors_that_nobody_tells_are_presumed(tmp_path: Path) -> None:
    """Without an audit log only the deletion of pods, which several may ask for, is left out."""
    told = lines()
    for line in told:
        del line["actor"]
    code, text = said(write(tmp_path, told))
    assert code == 0
    assert "writes of which nobody says who made them" in text


def _drop(what: Callable[[Line], bool]) -> Callable[[list[Line]], list[Line]]:
    def dropped(told: list[Line]) -> list[Line]:
        first = next(line for line in told if what(line))
        return [line for line in told if line is not first]

    return dropped


def _with(index: int, **given: Any) -> Callable[[list[Line]], list[Line]]:
    return lambda told: [*told[:index], {**told[index], **given}, *told[index + 1 :]]


DAMAGE: dict[str, tuple[Callable[[list[Line]], list[Line]], str]] = {
    "a missing line": (
        _drop(lambda line: line["kind"] == "Pod" and line["type"] == "ADDED"),
        "was never ADDED: a line is missing",
    ),
    "a type": (_with(3, type="CHANGED"), '"type" is "CHANGED": expected one of ADDED'),
    "a version": (_with(3, resourceVersion="x"), '"resourceVersion" is "x": expected a number'),
    "an older version": (_with(9, resourceVersion="1"), "expected a larger one"),
    "no object": (_with(3, object=None), 'without "object"'),
    "a kind": (_with(0, kind="Widget"), "kind Widget is not known"),
    "replicas": (
        _with(2, object={"metadata": {"uid": "d-1"}, "spec": {"replicas": "two"}}),
        "`spec.replicas` is not a number that is not negative",
    ),
    "another uid": (
        _with(5, object={"metadata": {"uid": "another"}}),
        "the lines of its deletion and creation are missing",
    ),
    "a spec": (_with(2, object={"metadata": {"uid": "d-1"}, "spec": "x"}), "`spec` is not an"),
    "nothing": (lambda told: told[:2], "nothing here is followed"),
    "no lines": (lambda _: [], "no change is recorded"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_files(tmp_path: Path, kind: str) -> None:
    """They are told apart from what is not admitted, with the line and what was expected."""
    damage, expected = DAMAGE[kind]
    code, text = said(write(tmp_path, damage(lines())))
    assert code == 2
    assert text.startswith("error: changed.ndjson:")
    assert expected in text
    assert "Traceback" not in text


def _set(version: int, **spec: Any) -> Line:
    """A StatefulSet, alone."""
    return {
        "type": "ADDED",
        "kind": "StatefulSet",
        "namespace": "shop",
        "name": "db",
        "resourceVersion": str(version),
        "actor": "kubectl",
        "object": {"metadata": {"uid": "s-1"}, "spec": spec},
    }


@pytest.mark.parametrize("beside", [True, False])
def test_a_workload_that_is_not_followed(tmp_path: Path, beside: bool) -> None:
    """It is named with the reason, and that all others are admitted is no pass."""
    rolling = {"rollingUpdate": {"maxUnavailable": 2}}
    told = [*(lines() if beside else []), _set(99_999, replicas=2, updateStrategy=rolling)]
    code, text = said(write(tmp_path, told))
    assert code == 3
    assert "- not followed: StatefulSet/shop/db, since it has maxUnavailable" in text
    assert text.endswith(f"of {int(beside)} workload{'s'[beside:]}; 1 workload not followed\n")
    # A write that no step explains is one all the same.
    if beside:
        change = next(change for change in changes(lines()) if change.kind == "scaled too low")
        assert said(write(tmp_path, [*change.lines, told[-1]]))[0] == 1


def test_a_workload_that_is_followed_no_further(tmp_path: Path) -> None:
    """From where the model gives it up nothing is known of it, and that is no pass either."""
    rolling = {"rollingUpdate": {"maxUnavailable": 2}}
    before, after = _set(99_998, replicas=0), _set(99_999, replicas=0, updateStrategy=rolling)
    told = [*lines(), before, {**after, "type": "MODIFIED"}]
    code, text = said(write(tmp_path, told))
    assert code == 3
    assert "  not followed from here on: it has maxUnavailable" in text
    assert text.endswith("of 2 workloads; 1 workload not followed to the end\n")
    # One that is deleted is followed as long as it is there.
    gone = {**_set(99_999, replicas=0), "type": "DELETED"}
    assert said(write(tmp_path, [*lines(), before, gone]))[0] == 0


def test_pods_that_no_workload_owns(tmp_path: Path) -> None:
    """Their bindings are judged."""
    told = [line for line in lines() if line["kind"] in ("Node", "Pod")]
    for line in told:
        line["object"]["metadata"].pop("ownerReferences", None)
    code, text = said(write(tmp_path, told))
    assert code == 0
    assert "✓ nodes: 6 bindings, 0 evictions admitted" in text
    assert "  - Pod of no workload: " in text
    assert text.endswith("admitted: no workload is here; what the rules judge is\n")


def test_kinds_that_decide_nothing_here(tmp_path: Path) -> None:
    """Whatever Kubernetes has besides may be in a recording."""
    claim = {**_set(99_999), "kind": "ResourceClaim"}
    code, text = said(write(tmp_path, [*lines(), claim]))
    assert code == 0
    assert "  - ResourceClaim: 1 write\n" in text


ODD = (None, "x", -1, 10**12, True, [], {}, [1], {"a": None}, 3.5)


def _fields(told: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a line, as a container and a key of it."""
    for key in told if isinstance(told, dict) else range(len(told)):
        yield told, key
        if isinstance(told[key], dict | list):
            yield from _fields(told[key])


@pytest.mark.parametrize("seed", range(40))
def test_odd_values_are_no_crash(tmp_path: Path, seed: int) -> None:
    """Whatever a field holds, there is an answer, or a sentence on what is wrong and where."""
    chance, told = random.Random(seed), lines()
    for _ in range(4):
        container, key = chance.choice(list(_fields(chance.choice(told))))
        container[key] = chance.choice(ODD)
    code, text = said(write(tmp_path, told))
    assert code in (0, 1, 2), text
    assert code != 2 or text.startswith("error: changed.ndjson:")


def test_files_that_are_no_recordings(tmp_path: Path) -> None:
    path = tmp_path / "cut.ndjson.gz"
    path.write_bytes(gzip.compress(ROLLOUT.read_bytes())[:-40])
    assert said(path)[0] == 2
    assert "gzip file is damaged" in said(path)[1]
    path.write_bytes(b"\xff\xfe\x00nonsense")
    assert said(path)[0] == 2
    path.write_text("kind: Deployment\n")
    code, text = said(path)
    assert code == 2
    assert "error: cut.ndjson.gz:1: no JSON" in text
    assert run(["cluster-trace", str(tmp_path / "nowhere")]) == 2
