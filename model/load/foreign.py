"""What a document is that is no Kubernetes object: by its content, never by its name.

A file in a folder that is one of these is skipped; a file that was named is a mistake that says
what it is. What looks like an object with a mistake in it is none of these.
"""

from __future__ import annotations

from collections.abc import Callable

from model.load.tree import Mapping, Scalar, Sequence, Value, as_text, items_of

_Test = Callable[[Mapping], bool]

#: A document that nothing below knows.
UNKNOWN = "a document without apiVersion and kind"


def _has(*keys: str) -> _Test:
    return lambda tree: all(key in tree.entries for key in keys)


def _any(*keys: str) -> _Test:
    return lambda tree: any(key in tree.entries for key in keys)


def _all(*tests: _Test) -> _Test:
    return lambda tree: all(test(tree) for test in tests)


def _under(key: str, *inner: str) -> _Test:
    """Whether some entry of the mapping under a key has one of the inner keys."""

    def test(tree: Mapping) -> bool:
        found = tree.at(key)
        entries = found.entries.values() if isinstance(found, Mapping) else items_of(found)
        return any(isinstance(item, Mapping) and _any(*inner)(item) for item in entries)

    return test


def _says(key: str, part: str) -> _Test:
    return lambda tree: part in as_text(tree.at(key))


def _jobs(key: str) -> _Test:
    return lambda tree: any(
        isinstance(i, Mapping) and key in i.entries for i in tree.entries.values()
    )


def _only(*keys: str) -> _Test:
    return lambda tree: bool(tree.entries) and tree.entries.keys() <= set(keys)


#: Fields of a kustomization, which may leave out its apiVersion and kind
#: (kubernetes-sigs/kustomize api/types/kustomization.go at v5.8).
KUSTOMIZATION = (
    *("apiVersion", "kind", "metadata", "openapi", "namePrefix", "nameSuffix", "namespace"),
    *("commonLabels", "labels", "commonAnnotations", "patchesStrategicMerge", "patchesJson6902"),
    *("patches", "images", "imageTags", "replacements", "replicas", "vars", "sortOptions"),
    *("resources", "components", "crds", "bases", "configMapGenerator", "secretGenerator"),
    *("helmGlobals", "helmCharts", "helmChartInflationGenerator", "generatorOptions"),
    *("configurations", "generators", "transformers", "validators", "buildMetadata"),
)

#: What a mapping is, the first that fits. A tool's own kinds come first: they have apiVersion and
#: kind as objects have.
_MAPPINGS: tuple[tuple[str, _Test], ...] = (
    ("a Skaffold configuration", _says("apiVersion", "skaffold/")),
    (
        "a kubeconfig",
        _all(_has("clusters", "contexts"), lambda t: as_text(t.at("kind")) == "Config"),
    ),
    (
        "a Helm chart's Chart.yaml",
        _all(_has("apiVersion", "name", "version"), lambda t: "kind" not in t.entries),
    ),
    ("a kustomization", _all(_only(*KUSTOMIZATION), _any(*KUSTOMIZATION[3:]))),
    ("a docker-compose file", _under("services", "image", "build", "container_name", "extends")),
    ("a GitHub workflow", _all(_has("jobs"), _any("on", "true"))),
    ("a GitHub action", _all(_has("runs"), _any("name", "inputs"))),
    ("a CircleCI configuration", _all(_has("version", "jobs"), _any("workflows", "orbs"))),
    ("a GitLab pipeline", _any("stages", "before_script")),
    ("a GitLab pipeline", _jobs("script")),
    (
        "a Grafana dashboard",
        _all(_has("panels"), _any("schemaVersion", "templating", "uid", "title")),
    ),
    ("a Grafana dashboard", lambda tree: isinstance(tree.at("dashboard", "panels"), Sequence)),
    ("a lock file", _any("lockfileVersion")),
    (
        "a package.json",
        _all(_has("name"), _any("dependencies", "devDependencies", "scripts", "engines")),
    ),
    ("a TypeScript configuration", _any("compilerOptions")),
    ("a JSON schema", _says("$schema", "json-schema.org")),
    (
        "a JSON schema",
        _all(_any("$defs", "definitions", "properties"), _any("type", "$ref", "$id")),
    ),
    ("an OpenAPI description", _any("openapi", "swagger")),
    ("a Prometheus rule file", _under("groups", "rules")),
    ("a Prometheus configuration", _any("scrape_configs")),
    ("an Alertmanager configuration", _has("route", "receivers")),
    ("a pre-commit configuration", _under("repos", "hooks")),
    ("a Dependabot configuration", _has("version", "updates")),
    ("an MkDocs configuration", _has("site_name")),
    ("a file that planecheck wrote", _says("format", "planecheck ")),
    ("Helm values", _any("replicaCount", "nameOverride", "fullnameOverride", "podAnnotations")),
    ("Helm values", lambda tree: tree.at("image", "repository") is not None),
    ("Helm values", lambda tree: tree.at("image", "tag") is not None),
)

_ITEMS: tuple[tuple[str, _Test], ...] = (
    ("a JSON patch", _has("op", "path")),
    ("an Ansible playbook", _all(_has("hosts"), _any("tasks", "roles"))),
    ("a list of Ansible tasks", _has("name")),
)

#: Those that have apiVersion and kind, and that no API server would take all the same.
_OBJECT_LIKE = ("a Skaffold configuration", "a kubeconfig")

_CHART = "a chart is checked by its folder, or so: `helm template . | check -`"
#: What is rendered before it is checked, by what it is.
RENDERED = {
    "a Helm chart's Chart.yaml": _CHART,
    "Helm values": _CHART,
    "a kustomization": "a kustomization is checked by its folder, or so: "
    "`kubectl kustomize . | check -`",
}


def what(document: Value) -> str | None:
    """What a document is, with its article; None for an object, or what is meant as one."""
    if isinstance(document, Sequence):
        items = [item for item in document.items if isinstance(item, Mapping)]
        if not items or len(items) < len(document.items):
            return "a list"
        return next((name for name, test in _ITEMS if all(map(test, items))), "a list")
    if isinstance(document, Scalar):
        return "plain text"
    assert isinstance(document, Mapping)
    known = next((name for name, test in _MAPPINGS if test(document)), None)
    has = {"apiVersion", "kind"} & document.entries.keys()
    if len(has) == 2:
        return known if known in _OBJECT_LIKE else None
    meant = has and {"metadata", "spec"} & document.entries.keys()
    return known or (None if meant else UNKNOWN)
