"""Shared by the loader's tests: loading from text, and manifests to vary."""

from __future__ import annotations

import io
import re
from textwrap import indent

from model.api.workload import Workload
from model.load import Loaded, LoadOptions, load
from model.plan import Plan

NO_OPTIONS = LoadOptions()
PROPERTIES = ("replicas-converge", "surge-bounded", "drain-completes")


def load_text(text: str, options: LoadOptions = NO_OPTIONS) -> Loaded:
    """Load one document stream from standard input."""
    return load(["-"], property_names=PROPERTIES, stdin=io.StringIO(text), options=options)


def plan_of(text: str, options: LoadOptions = NO_OPTIONS) -> Plan:
    loaded = load_text(text, options)
    assert loaded.plan is not None, "\n".join(d.render() for d in loaded.diagnostics)
    return loaded.plan


def workload_of(text: str) -> Workload:
    return plan_of(text).scenarios[0].workload


def findings(loaded: Loaded) -> list[tuple[int, str]]:
    """(line, code) of every diagnostic, in the order reported."""
    return [(found.source.line, found.code) for found in loaded.diagnostics]


def marked(text: str) -> list[tuple[int, str]]:
    """(line, code) of every `# <- CODE` in a text: where its mistakes are."""
    return [
        (number, code)
        for number, line in enumerate(text.splitlines(), 1)
        for code in re.findall(r"# <- (P\d+(?: P\d+)*)", line)
        for code in code.split()
    ]


def deployment(
    spec: str = "",
    pod: str = "",
    container: str = "",
    *,
    name: str = "web",
    selector: str = "selector: {matchLabels: {app: web}}",
    containers: str = "- name: web\n  image: nginx:1.27",
    kind: str = "Deployment",
) -> str:
    """A Deployment with lines added to its spec, its pod's spec and its container."""
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n"
        + indent(selector + "\n" + spec.strip("\n") + "\n", "  ").replace("\n\n", "\n")
        + "  template:\n    metadata: {labels: {app: web}}\n    spec:\n"
        + indent(pod.strip("\n") + "\n", "      ").lstrip("\n")
        + "      containers:\n"
        + indent(containers + "\n", "      ")
        + indent(container.strip("\n") + "\n", "        ").lstrip("\n")
    )


def check_document(spec: str = "", metadata: str = "") -> str:
    """A Check document with the given lines under spec."""
    return (
        "apiVersion: planecheck.dev/v1alpha1\nkind: Check\n"
        + (f"metadata: {metadata}\n" if metadata else "")
        + ("spec:\n" + indent(spec.strip("\n") + "\n", "  ") if spec else "")
    )
