"""YAML becomes trees with places, and hostile YAML becomes diagnostics."""

from __future__ import annotations

import math
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from model.load import compose
from model.load.diagnostics import Report
from model.load.resolve import resolve
from model.load.tree import Mapping, Scalar, Sequence, Value


def parse(text: str) -> tuple[list[Value], list[tuple[int, int, str]]]:
    """The documents, and (line, column, code) of each diagnostic."""
    report = Report()
    documents = compose.documents("f.yaml", text, report)
    found = [(d.source.line, d.source.column, d.code) for d in report.sorted()]
    return documents, found


def plain(value: Value) -> object:
    """A tree as plain Python data."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.entries.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    assert isinstance(value, Scalar)
    return value.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("On", True),
        ("y", True),
        ("n", False),
        ("off", False),
        ("~", None),
        ("null", None),
        ("nUll", "nUll"),
        ("10", 10),
        ("+10", 10),
        ("-10", -10),
        ("010", 8),
        ("0o10", 8),
        ("08", 8.0),
        ("0x1F", 31),
        ("-0b101", -5),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1e999", "1e999"),
        ("1:30", "1:30"),
        ("2001-01-01", "2001-01-01"),
        ("1.2.3", "1.2.3"),
        ("0x", "0x"),
        ("_1", "_1"),
        ("100m", "100m"),
        ("9" * 1000, "9" * 1000),
    ],
)
def test_plain_scalars_resolve_as_kubectl_sees_them(text: str, value: object) -> None:
    """The YAML 1.1 rules of go-yaml v2, worked out from its tables."""
    resolved = resolve(text)
    assert resolved == value
    assert type(resolved) is type(value)


def test_not_a_number() -> None:
    """.nan and .inf are floats, as in go-yaml."""
    assert math.isnan(float(str(resolve(".nan"))))
    assert resolve("-.inf") == -math.inf


def test_quotes_make_strings() -> None:
    """Quoted scalars are never resolved, whatever they spell."""
    documents, found = parse("a: \"1\"\nb: 'yes'\nc: |\n  1\n")
    assert plain(documents[0]) == {"a": "1", "b": "yes", "c": "1\n"}
    assert not found


def test_keys_become_strings() -> None:
    """JSON has string keys only: numbers and booleans are spelt out, as sigs.k8s.io/yaml does."""
    documents, found = parse("1: a\non: b\n1.5: c\n")
    assert plain(documents[0]) == {"1": "a", "true": "b", "1.5": "c"}
    assert not found


def test_places_of_keys_and_values() -> None:
    """Lines and columns count from 1 and point at the first character."""
    documents, _ = parse("a:\n  - x\n  - b: 'é'\n    key: {c: d}\n")
    root = documents[0]
    assert isinstance(root, Mapping)
    items = root.entries["a"]
    assert isinstance(items, Sequence)
    inner = items.items[1]
    assert isinstance(inner, Mapping)
    assert (inner.keys["b"].line, inner.keys["b"].column) == (3, 5)
    assert (inner.entries["b"].source.line, inner.entries["b"].source.column) == (3, 8)
    flow = inner.entries["key"]
    assert isinstance(flow, Mapping)
    assert (flow.keys["c"].line, flow.keys["c"].column) == (4, 11)


def test_anchors_aliases_and_merge_keys() -> None:
    """A mapping's own entries win over merged ones, and the earlier source over the later."""
    text = "- &a {p: 1, q: 2}\n- &b {q: 3, r: 4}\n- {<<: [*a, *b], p: 9}\n- *a\n"
    documents, found = parse(text)
    assert plain(documents[0]) == [
        {"p": 1, "q": 2},
        {"q": 3, "r": 4},
        {"p": 9, "q": 2, "r": 4},
        {"p": 1, "q": 2},
    ]
    # kubectl takes the later values; the API server itself would refuse them.
    assert found == [(1, 13, "P017"), (3, 18, "P017")]


def test_a_quoted_merge_key_is_a_key() -> None:
    """Only the plain scalar merges."""
    assert plain(parse("'<<': 1\n")[0][0]) == {"<<": 1}


def test_documents_without_content_are_skipped() -> None:
    """Comments and empty documents, as Helm writes them, are no objects."""
    text = "---\n# Source: a.yaml\n---\n---\na: 1\n---\n# end\n"
    documents, found = parse(text)
    assert [plain(document) for document in documents] == [{"a": 1}]
    assert not found


def test_json_is_yaml() -> None:
    """JSON with tabs and escaped slashes reads as YAML does, with places."""
    documents, found = parse('{\n\t"a": [1, true, null],\n\t"b\\/c": "\\u00e9"\n}')
    assert not found
    root = documents[0]
    assert isinstance(root, Mapping)
    assert plain(root) == {"a": [1, True, None], "b/c": "é"}
    assert (root.keys["b/c"].line, root.keys["b/c"].column) == (3, 2)


def test_json_escapes_beyond_the_basic_plane() -> None:
    """JSON escapes them as surrogate pairs; an escaped backslash before `u` is no escape."""
    documents, found = parse(r'{"a": "x\ud83d\ude00", "b": "\\ud83d\\ude00"}')
    assert not found
    assert plain(documents[0]) == {"a": "x\U0001f600", "b": r"\ud83d\ude00"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", [(3, 1, "P011")]),
        ("a: {b: 1, b: 2}\n", [(1, 11, "P011")]),
        ("a: 1\n  b: 2\n", [(2, 4, "P010")]),
        ("a:\n\t- b\n", [(2, 1, "P010")]),
        ("a: [1, 2\n", [(2, 1, "P010")]),
        ("a: 'x\n", [(2, 1, "P010")]),
        ("a: *nobody\n", [(1, 4, "P014")]),
        ("a: &a [*a]\n", [(1, 8, "P014")]),
        ("a: !secret x\n", [(1, 4, "P014")]),
        ("a: !!int x\n", [(1, 4, "P014")]),
        ("? [a]\n: b\n", [(1, 3, "P014")]),
        ("~: b\n", [(1, 1, "P014")]),
        ("<<: 3\n", [(1, 5, "P014")]),
        ("a: \x07\n", [(1, 4, "P003")]),
        ("a: 1\nb: \x00\n", [(2, 4, "P003")]),
    ],
)
def test_broken_yaml_is_a_diagnostic(text: str, expected: list[tuple[int, int, str]]) -> None:
    """Each kind of broken YAML is reported where it is broken, once."""
    assert parse(text)[1] == expected


def test_documents_before_the_broken_one_are_kept() -> None:
    """One broken document does not hide the mistakes of those before it."""
    documents, found = parse("a: 1\n---\nb: [\n")
    assert [plain(document) for document in documents] == [{"a": 1}]
    assert [code for _, _, code in found] == ["P010"]


def test_explicit_tags_that_fit() -> None:
    """Core tags convert; a string tag keeps the text."""
    documents, found = parse("a: !!str 1\nb: !!int 2\nc: !!float 3\nd: ! 4\n")
    assert plain(documents[0]) == {"a": "1", "b": 2, "c": 3, "d": "4"}
    assert not found


def test_exploding_aliases_are_refused_fast() -> None:
    """A billion laughs end in one diagnostic, not in a gigabyte."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    start = time.process_time()
    _, found = parse("\n".join(lines))
    assert [code for _, _, code in found] == ["P012"]
    assert time.process_time() - start < 1


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_fast(opening: str) -> None:
    """Depth is bounded before any recursion could overflow."""
    start = time.process_time()
    _, found = parse(opening * 20_000)
    assert [code for _, _, code in found] == ["P013"]
    assert time.process_time() - start < 1


def test_dense_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of nothing but tiny values is bounded in their number."""
    monkeypatch.setattr(compose, "MAX_VALUES", 100)
    assert not parse("a: [" + "1," * 90 + "]")[1]
    assert [code for _, _, code in parse("a: [" + "1," * 110 + "]")[1]] == ["P002"]


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=300)
def test_no_text_raises(text: str) -> None:
    """Whatever the text, parsing returns."""
    parse(text)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63)
        | st.text("ab: #-é\n'\"", max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner)
        ),
        max_leaves=20,
    ),
    st.booleans(),
)
@settings(deadline=None, max_examples=200)
def test_data_survives_a_round_trip(data: object, flow: bool) -> None:
    """What PyYAML writes of JSON-like data reads back as the same data."""
    documents, found = parse(yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True))
    assert all(code == "P017" for _, _, code in found)
    assert [plain(document) for document in documents] == ([] if data is None else [data])


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=1, max_size=8, unique=True))
@settings(deadline=None, max_examples=100)
def test_every_key_is_where_its_place_says(keys: list[str]) -> None:
    """The text at a key's place is the key, at any depth."""
    text = "".join(f"{'  ' * depth}{key}:\n" for depth, key in enumerate(keys))
    lines = text.splitlines()
    value = parse(text)[0][0]
    while isinstance(value, Mapping):
        (key,) = value.keys
        place = value.keys[key]
        assert lines[place.line - 1][place.column - 1 :] == f"{key}:"
        value = value.entries[key]
