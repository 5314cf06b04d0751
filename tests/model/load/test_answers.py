"""What Kubernetes answers to a mistake stands beneath its place. That the words are the real ones,
`tests/conformance/answers.jsonl.gz` says of hundreds of mistakes."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.api import quantity
from model.load import LoadOptions, answers, labels, load
from model.properties import PROPERTIES

RECORDED = Path(__file__).parents[2] / "conformance" / "answers.jsonl.gz"
SPREAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      topologySpreadConstraints:
      - maxSkew: 0
        topologyKey: zone
        whenUnsatisfiable: DoNotSchedule
      containers:
      - name: web
        image: registry.example/web:1
        ports: [{containerPort: -1}]
        resources: {requests: {memory: 1Gi}}
"""


def recorded() -> list[tuple[str, str]]:
    with gzip.open(RECORDED, "rt", encoding="utf-8") as file:
        found = [json.loads(line)["input"] for line in file]
    return [(each["name"], each["manifest"]) for each in found]


def said(text: str, folder: Path) -> list[str]:
    file = folder / "web.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = load([str(file)], property_names=tuple(PROPERTIES), options=LoadOptions())
    return [each.render().replace(f"{folder}/", "") for each in loaded.diagnostics]


def test_they_stand_beneath_file_and_line(tmp_path: Path) -> None:
    spec = "spec.template.spec"
    assert said(SPREAD, tmp_path) == [
        "web.yaml:10:18: error[P200]: "
        f"`{spec}.topologySpreadConstraints[0].maxSkew` must be at least 1\n"
        "  10 |       - maxSkew: 0\n"
        "     |                  ^\n"
        f"  Kubernetes: {spec}.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be "
        "greater than zero",
        "web.yaml:16:33: error[P200]: "
        f"`{spec}.containers[0].ports[0].containerPort` must be from 1 to 65535\n"
        "  16 |         ports: [{containerPort: -1}]\n"
        "     |                                 ^\n"
        f"  Kubernetes: {spec}.containers[0].ports[0].containerPort: Invalid value: -1: must be "
        "between 1 and 65535, inclusive",
    ]


def test_decoding_ends_at_the_first_mistake(tmp_path: Path) -> None:
    """As it does in the API server, which says nothing of the others then."""
    assert said(SPREAD.replace("1Gi", "1K"), tmp_path) == [
        "web.yaml:17:40: error[P204]: `spec.template.spec.containers[0].resources.requests.memory`:"
        ' the string "1K" is not a quantity\n'
        "  17 |         resources: {requests: {memory: 1K}}\n"
        "     |                                        ^\n"
        '  help: write a quantity such as 100m, 1.5 or "16Gi"\n'
        "  Kubernetes: unable to parse quantity's suffix"
    ]


def test_each_recorded_mistake_has_a_place() -> None:
    """The line that it is on, beneath the first one."""
    for name, manifest in recorded():
        loaded = load(
            ["-"],
            property_names=tuple(PROPERTIES),
            options=LoadOptions(),
            stdin=io.StringIO(manifest),
        )
        for each in loaded.diagnostics:
            assert each.source.line > 1, name
            assert each.excerpt == manifest.split("\n")[each.source.line - 1], name


@given(st.text(st.sampled_from("aZ09-_./ é"), max_size=70))
def test_what_is_refused_has_an_answer(name: str) -> None:
    """And nothing else has."""
    assert bool(answers.label_value("f", name)) != labels.is_label_value(name)
    assert bool(answers.qualified("f", name)) != labels.is_qualified(name)
    assert bool(answers.subdomain("f", name)) != labels.is_name(name)
    assert bool(answers.dns_label("f", name)) != labels.is_dns_label(name)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["", "m", "k", "M", "Ki", "Mi", "Gi"]))
def test_amounts_are_written_without_loss(number: int, suffix: str) -> None:
    text = f"{number}{suffix}"
    assert quantity.parse(quantity.canonical(text)) == quantity.parse(text)
    assert quantity.canonical(quantity.canonical(text)) == quantity.canonical(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("0.5", "500m"), ("1000m", "1"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("2000", "2k")],
)
def test_amounts_as_they_are_kept(text: str, canonical: str) -> None:
    assert quantity.canonical(text) == canonical
