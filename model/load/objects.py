"""From documents to Kubernetes objects: kind and version, lists, names, duplicates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from model.api.kinds import KINDS
from model.api.source import Source
from model.load import foreign, shape
from model.load.diagnostics import Report, suggest
from model.load.kinds import CHECK_VERSION, READ, cluster_scoped, group_of, groups, homes_of
from model.load.tree import (
    Mapping,
    Scalar,
    Sequence,
    Value,
    as_bool,
    as_text,
    describe,
    equal,
    find,
    items_of,
    mappings_of,
    plain,
)
from model.load.validation import RULES
from model.load.validation.contract import At
from model.setting import Written

#: Fields of a Job, which a CronJob has in its template.
_OF_JOBS = ("spec.template", "spec.podFailurePolicy", "spec.managedBy")


@dataclass(frozen=True, eq=False)
class Object:
    """One object; `api_version` is the one that it is read as. `read` is false when unchecked."""

    api_version: str
    kind: str
    namespace: str
    name: str
    tree: Mapping
    read: bool

    @property
    def source(self) -> Source:
        return self.tree.source

    @property
    def label(self) -> str:
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)

    def written(self, path: str) -> Iterator[Written]:
        """See `model.setting.Manifest`."""
        if self.kind == "Pod":
            path = path.removeprefix("spec.template.")  # a pod is what others have a template of
        elif self.kind == "CronJob" and path.startswith(_OF_JOBS):
            path = path.replace("spec.", "spec.jobTemplate.spec.", 1)
        for where, value, place in find(self.tree, path):
            yield Written(where, plain(value), place)

    def value(self, path: str) -> Any:
        """See `model.setting.Manifest`."""
        return next((written.value for written in self.written(path)), None)


def objects_of(documents: list[Value], report: Report) -> Iterator[Object]:
    """The objects of one file, lists expanded; mistakes go to `report`."""
    for document in documents:
        what = foreign.what(document)
        if what not in (None, foreign.UNKNOWN) and not isinstance(document, Scalar):
            message = f"this is {what}, not a manifest"
            report.error("P100", message, document.source, foreign.RENDERED.get(what or "", ""))
        elif isinstance(document, Mapping):
            yield from _objects(document, report)
        else:
            message = f"a Kubernetes object is a mapping, not {describe(document)}"
            report.error("P100", message, document.source)


def _objects(tree: Mapping, report: Report) -> Iterator[Object]:
    kind, version = tree.at("kind"), tree.at("apiVersion")
    if kind is None or version is None:
        _report_missing(tree, kind, version, report)
        return
    for field, value in (("apiVersion", version), ("kind", kind)):
        if not as_text(value):
            report.error("P103", f"`{field}` must be a string", value.source)
    if not as_text(kind) or not as_text(version):
        return
    if _is_list(as_text(kind), as_text(version)):
        yield from _items(tree, as_text(kind), as_text(version), report)
        return
    if not _known(kind, version, report):
        return
    api_version, read = as_text(version), as_text(version) == CHECK_VERSION
    if as_text(kind) in READ:
        current, older = READ[as_text(kind)]
        if api_version in older:
            message = f"upstream no longer serves {as_text(kind)} as {api_version}"
            report.warning("P105", message, version.source, f"read as {current}")
            api_version = current
        read = api_version == current
    elif as_text(kind) in KINDS:
        read = api_version == KINDS[as_text(kind)].api_version
        yield _named(tree, api_version, as_text(kind), read)
        return
    if read and as_text(version) != CHECK_VERSION and shape.check(tree, as_text(kind), report):
        RULES[as_text(kind)](At(tree, "", report))
    yield _named(tree, api_version, as_text(kind), read)


def _report_missing(
    tree: Mapping, kind: Value | None, version: Value | None, report: Report
) -> None:
    fields = [name for name, value in (("apiVersion", version), ("kind", kind)) if value is None]
    missing = " and ".join(f"`{name}`" for name in fields)
    verb = "is" if len(fields) == 1 else "are"
    misspelt = next(filter(None, (_misspelt(field, tree) for field in fields)), "")
    hint = misspelt or "every Kubernetes object has apiVersion and kind"
    report.error("P100", f"{missing} {verb} missing", tree.source, hint)


def _is_list(kind: str, version: str) -> bool:
    """`List`, or a typed list such as `DeploymentList` of a kind that the group has."""
    if not kind.endswith("List"):
        return False
    return kind == "List" or kind.removesuffix("List") in groups().get(group_of(version), ())


def _items(tree: Mapping, kind: str, version: str, report: Report) -> Iterator[Object]:
    items = tree.at("items")
    if items is not None and not isinstance(items, Sequence):
        message = f"`items` must be a list, not {describe(items)}"
        report.error("P103", message, items.source)
    for index, item in enumerate(items_of(items)):
        if isinstance(item, Mapping):
            yield from _objects(_with_kind(item, kind, version), report)
        else:
            message = f"`items[{index}]` must be an object, not {describe(item)}"
            report.error("P100", message, item.source)


def _misspelt(field: str, tree: Mapping) -> str:
    """A hint where a key of the object looks like the one that is missing."""
    key = next((key for key in tree.keys if suggest(key, (field,))), "")
    return f"`{key}` should be `{field}`" if key else ""


def _with_kind(item: Mapping, list_kind: str, version: str) -> Mapping:
    """An item of a typed list, which may leave out its own kind and apiVersion."""
    if list_kind == "List" or item.at("kind") is not None:
        return item
    whole = Mapping(item.source)
    implied = {"kind": list_kind.removesuffix("List"), "apiVersion": version}
    for key, text in implied.items():
        whole.entries[key] = Scalar(item.source, text, text)
        whole.keys[key] = item.source
    whole.entries.update(item.entries)
    whole.keys.update(item.keys)
    return whole


def _known(kind: Value, version: Value, report: Report) -> bool:
    """Whether a kind is served by a built-in group, or its group is a custom one."""
    name, api_version = as_text(kind), as_text(version)
    group = group_of(api_version)
    if "/" not in api_version and api_version != "v1":
        homes = homes_of(name)
        hint = f"{name} is in `{homes[0]}`" if homes else suggest(api_version, ["v1", *groups()])
        report.error("P101", f"unknown apiVersion `{api_version}`", version.source, hint)
    elif group == group_of(CHECK_VERSION):
        if api_version == CHECK_VERSION and name == "Check":
            return True
        place = version if api_version != CHECK_VERSION else kind
        hint = f"the spec is `kind: Check` of `{CHECK_VERSION}`"
        report.error("P101", f"no kind `{name}` in `{api_version}`", place.source, hint)
    elif group not in groups():
        # Groups of custom resources are domain names.
        if "." in group:
            return True
        hint = suggest(group, groups())
        report.error("P101", f"unknown API group `{group}`", version.source, hint)
    elif name not in groups()[group]:
        everything = [known for kinds in groups().values() for known in kinds]
        homes = homes_of(name)
        hint = f"{name} is in `{homes[0]}`" if homes else ""
        hint = hint or suggest(name, groups()[group]) or suggest(name, everything)
        report.error("P101", f"no kind `{name}` in `{api_version}`", kind.source, hint)
    elif name in READ and api_version not in (READ[name][0], *READ[name][1]):
        hint = f"{name} is in `{READ[name][0]}`"
        report.error("P101", f"no kind `{name}` in `{api_version}`", version.source, hint)
    else:
        return True
    return False


def _named(tree: Mapping, api_version: str, kind: str, read: bool) -> Object:
    name = as_text(tree.at("metadata", "name"))
    generated = as_text(tree.at("metadata", "generateName"))
    namespace = as_text(tree.at("metadata", "namespace"))
    if kind in cluster_scoped():
        namespace = ""
    elif not namespace and (read or group_of(api_version) in groups()):
        namespace = "default"
    return Object(api_version, kind, namespace, name or generated, tree, read)


def owned_by_deployment(found: Object) -> bool:
    owners = mappings_of(found.tree.at("metadata", "ownerReferences"))
    return any(
        as_text(owner.at("kind")) == "Deployment" and as_bool(owner.at("controller"), True)
        for _, owner in owners
    )


def distinct(found: list[Object], report: Report) -> list[Object]:
    """The objects without those that are given again: of two in different files the later one
    counts, as if the files were applied one after the other. Two in one file are a mistake."""
    kept: dict[object, Object] = {}
    differing: list[tuple[Object, Object]] = []
    for item in found:
        named = item.name and item.kind != "Check"
        key = (group_of(item.api_version), item.kind, item.namespace, item.name)
        earlier = kept.get(key) if named else None
        kept[key if named else item] = item
        if earlier is None or earlier.tree is item.tree:
            continue
        if earlier.source.file == item.source.file:
            message = f"{item.label} is given twice, first at {_place(earlier)}"
            report.error("P106", message, item.source, "keep one of them, or rename one")
        elif not equal(earlier.tree, item.tree):
            differing.append((earlier, item))
    if differing:
        earlier, later = differing[0]
        message = (
            f"{later.label} differs from that at {_place(earlier)}: this one, the later, counts"
        )
        others = dict.fromkeys(i.label for _, i in differing if i.label != later.label)
        if others:
            message += f"; likewise {', '.join(list(others)[:5])}{' …' if len(others) > 5 else ''}"
        hint = "check the folders one by one if they are for different clusters"
        report.warning("P106", message, later.source, hint)
    return list(kept.values())


def _place(found: Object) -> str:
    return f"{found.source.file}:{found.source.line}"
