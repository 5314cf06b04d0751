"""Files, folders and standard input, and everything that can be wrong with them."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.load import Loaded, load
from model.load.files import MAX_BYTES
from tests.model.load.helpers import check_document, deployment


def load_paths(*paths: Path | str) -> Loaded:
    return load([str(path) for path in paths], property_names=())


def names(loaded: Loaded) -> list[str]:
    assert loaded.plan is not None, [d.render() for d in loaded.diagnostics]
    return list(dict.fromkeys(s.workload.name for s in loaded.plan.scenarios))


def found(loaded: Loaded) -> list[tuple[str, int, str]]:
    assert loaded.plan is None
    return [(os.path.basename(d.source.file), d.source.line, d.code) for d in loaded.diagnostics]


def test_a_missing_file(tmp_path: Path) -> None:
    """Named, with the reason of the system."""
    assert found(load_paths(tmp_path / "a.yaml")) == [("a.yaml", 1, "P001")]


def test_an_unreadable_file(tmp_path: Path) -> None:
    """A link that leads round in circles stands for whatever the system refuses to open."""
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert found(load_paths(tmp_path / "a.yaml")) == [("a.yaml", 1, "P001")]


def test_a_path_with_a_nul() -> None:
    """Not a path at all."""
    assert [d.code for d in load_paths("a\0b").diagnostics] == ["P001"]


def test_no_path() -> None:
    """Nothing given is nothing to check."""
    assert names(load_paths()) == []


@pytest.mark.parametrize("content", ["", "\n\n", "# nothing\n", "---\n---\n", "\ufeff"])
def test_a_file_without_objects(tmp_path: Path, content: str) -> None:
    """A file that holds nothing is said to, and nothing is checked."""
    (tmp_path / "a.yaml").write_text(content, encoding="utf-8")
    loaded = load_paths(tmp_path / "a.yaml")
    assert names(loaded) == []
    assert [(d.severity, d.code) for d in loaded.diagnostics] == [("warning", "P004")]


def test_a_file_without_objects_in_a_folder(tmp_path: Path) -> None:
    """In a folder it is skipped."""
    (tmp_path / "a.yaml").write_text("# nothing\n")
    (tmp_path / "b.yaml").write_text(deployment())
    loaded = load_paths(tmp_path)
    assert names(loaded) == ["web"]
    assert loaded.plan is not None
    assert [skipped.what for skipped in loaded.plan.skipped] == ["an empty file"]


def test_a_folder_without_manifests(tmp_path: Path) -> None:
    """Other files are not looked at."""
    (tmp_path / "readme.md").write_text("x")
    loaded = load_paths(tmp_path)
    assert names(loaded) == []
    assert [d.code for d in loaded.diagnostics] == ["P004"]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"a: 1\nb: \xff\n", (2, "P003")),
        (b"\x7fELF\x02\x01\x01\x00\x00", (1, "P003")),
        (b"a: 1\nb: \x00\n", (2, "P003")),
        (b"\xff\xfea", (1, "P003")),
        (b"a: \xe2\x82", (1, "P003")),
    ],
)
def test_what_is_not_text(tmp_path: Path, content: bytes, place: tuple[int, str]) -> None:
    """The first byte that cannot be text is pointed at."""
    (tmp_path / "a.yaml").write_bytes(content)
    assert found(load_paths(tmp_path / "a.yaml")) == [("a.yaml", *place)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """UTF-8 and UTF-16 with a byte order mark are text."""
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    (tmp_path / "a.yaml").write_bytes((mark + deployment()).encode(encoding))
    assert names(load_paths(tmp_path / "a.yaml")) == ["web"]


def test_windows_line_ends(tmp_path: Path) -> None:
    """Lines are counted right, and excerpts do not end in a carriage return."""
    (tmp_path / "a.yaml").write_bytes(deployment("replica: 3").replace("\n", "\r\n").encode())
    (mistake,) = load_paths(tmp_path / "a.yaml").diagnostics
    assert (mistake.source.line, mistake.excerpt) == (7, "  replica: 3")


def test_a_huge_file_fails_fast(tmp_path: Path) -> None:
    """50 MB are refused before they are read."""
    with open(tmp_path / "a.yaml", "wb") as file:
        file.truncate(50 * 10**6)
    start = time.process_time()
    assert found(load_paths(tmp_path / "a.yaml")) == [("a.yaml", 1, "P002")]
    assert time.process_time() - start < 1


def test_huge_standard_input() -> None:
    """Standard input is bounded too."""
    loaded = load(["-"], property_names=(), stdin=io.StringIO("a" * (MAX_BYTES + 1)))
    assert found(loaded) == [("<stdin>", 1, "P002")]


def test_standard_input_in_bytes() -> None:
    """A text stream over bytes is decoded by the loader, so that bad bytes have a place."""
    stream = io.TextIOWrapper(io.BytesIO(b"a: \xff\n"), encoding="utf-8")
    assert found(load(["-"], property_names=(), stdin=stream)) == [("<stdin>", 1, "P003")]


def test_no_standard_input() -> None:
    """A program that gives none gets a diagnostic."""
    assert found(load(["-"], property_names=())) == [("<stdin>", 1, "P001")]


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    """Recursive, sorted, hidden files and other suffixes skipped."""
    for path, name in {
        "b.yml": "second",
        "a.yaml": "first",
        "sub/c.json": "third",
        ".hidden.yaml": "no",
        ".git/d.yaml": "no",
        "e.txt": "no",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(deployment(name=name))
    assert names(load_paths(tmp_path)) == ["first", "second", "third"]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    """Through the folder and by name it is still one file."""
    (tmp_path / "a.yaml").write_text(deployment())
    assert names(load_paths(tmp_path, tmp_path / "a.yaml")) == ["web"]


def test_mistakes_of_all_files_come_together(tmp_path: Path) -> None:
    """Sorted by file, line and column, whatever the order of the arguments."""
    (tmp_path / "b.yaml").write_text(deployment("replica: 1", "hostname: 3"))
    (tmp_path / "a.yaml").write_text("a: [\n")
    loaded = load_paths(tmp_path / "b.yaml", tmp_path / "missing.yaml", tmp_path / "a.yaml")
    assert found(loaded) == [
        ("a.yaml", 2, "P010"),
        ("b.yaml", 7, "P102"),
        ("b.yaml", 11, "P103"),
        ("missing.yaml", 1, "P001"),
    ]


def test_the_same_object_in_two_files(tmp_path: Path) -> None:
    """Equal ones are one; of different ones the later counts, and one warning says so."""
    for file in ("a.yaml", "b.yaml"):
        (tmp_path / file).write_text(deployment() + "---\n" + deployment(name="other"))
    loaded = load_paths(tmp_path)
    assert names(loaded) == ["web", "other"]
    assert loaded.diagnostics == ()
    both = deployment("replicas: 7") + "---\n" + deployment("replicas: 7", name="other")
    (tmp_path / "b.yaml").write_text(both)
    loaded = load_paths(tmp_path)
    assert loaded.plan is not None
    assert {s.workload.replicas for s in loaded.plan.scenarios} == {7}
    (warning,) = loaded.diagnostics
    assert (warning.severity, warning.code) == ("warning", "P106")
    assert os.path.basename(warning.source.file) == "b.yaml"
    assert "a.yaml:1" in warning.message
    assert "Deployment/default/other" in warning.message


def test_a_spec_points_at_manifests(tmp_path: Path) -> None:
    """Paths are relative to the spec; what it names is checked with it only."""
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "web.yaml").write_text(deployment())
    (tmp_path / "spec.yaml").write_text(check_document("manifests: [apps]\nscenario: {steady: {}}"))
    loaded = load_paths(tmp_path)
    assert names(loaded) == ["web"]
    assert loaded.plan is not None
    assert [s.name for s in loaded.plan.scenarios] == ["steady"]


def test_a_spec_that_points_nowhere(tmp_path: Path) -> None:
    """The path is reported where it was written."""
    (tmp_path / "spec.yaml").write_text(check_document("manifests:\n- no.yaml"))
    assert found(load_paths(tmp_path / "spec.yaml")) == [
        ("spec.yaml", 1, "P302"),
        ("spec.yaml", 5, "P001"),
    ]


def test_specs_beside_each_other(tmp_path: Path) -> None:
    """Each file with a Check stands alone: equal names in two of them do not clash."""
    for file, scenario in {"a.yaml": "steady", "b.yaml": "apply"}.items():
        text = deployment() + "---\n" + check_document(f"scenario: {{{scenario}: {{}}}}")
        (tmp_path / file).write_text(text)
    loaded = load_paths(tmp_path)
    assert loaded.plan is not None
    assert [s.name for s in loaded.plan.scenarios] == ["steady", "apply"]


def test_a_spec_given_beside_manifests(tmp_path: Path) -> None:
    """A spec without manifests of its own is about those given beside it."""
    (tmp_path / "web.yaml").write_text(deployment())
    (tmp_path / "spec.yaml").write_text(check_document("scenario: {steady: {}}"))
    loaded = load_paths(tmp_path / "web.yaml", tmp_path / "spec.yaml")
    assert loaded.plan is not None
    assert [(s.workload.name, s.name) for s in loaded.plan.scenarios] == [("web", "steady")]


def test_nodes_given_beside_a_spec(tmp_path: Path) -> None:
    """Files without workloads, such as the cluster's nodes, count for every Check."""
    (tmp_path / "nodes.yaml").write_text("apiVersion: v1\nkind: Node\nmetadata: {name: mine}\n")
    for file in ("a.yaml", "b.yaml"):
        (tmp_path / file).write_text(
            deployment() + "---\n" + check_document("scenario: {steady: {}}")
        )
    loaded = load_paths(tmp_path)
    assert loaded.plan is not None
    assert [[n.name for n in s.nodes] for s in loaded.plan.scenarios] == [["mine"], ["mine"]]


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=300)
def test_no_bytes_raise(data: bytes) -> None:
    """Whatever comes in, there is a plan or an error."""
    stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
    loaded = load(["-"], property_names=(), stdin=stream)
    assert (loaded.plan is None) == any(d.severity == "error" for d in loaded.diagnostics)
