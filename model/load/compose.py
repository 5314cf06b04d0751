"""YAML and JSON text to trees with places, within limits that hostile input cannot exceed.

PyYAML's parser (libyaml where it is built in) yields events; the trees are built here, without
recursion, so that depth and aliases are bounded before they can hurt.

Omits: several JSON values in one file without `---` between them, which libyaml refuses.
"""

from __future__ import annotations

import base64
import json
import re

import yaml

from model.api.source import Source
from model.load.diagnostics import Report
from model.load.resolve import resolve
from model.load.tree import Mapping, Plain, Scalar, Sequence, Value, describe

MAX_DEPTH = 100
_TOO_DEEP = f"nesting is deeper than {MAX_DEPTH} levels"
#: Scalars, lists and mappings in one file: about thirty thousand Deployments.
MAX_VALUES = 500_000
#: Values that aliases may add to a file beyond those that are written in it.
MAX_ALIASED = 100_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: A character beyond the basic plane, as JSON escapes it; libyaml knows YAML's way only.
_SURROGATES = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)
_TAG = "tag:yaml.org,2002:"
_TEMPLATE_HINT = "this looks like a template; render it first, for example with `helm template`"


def documents(file: str, text: str, report: Report) -> list[Value]:
    """The documents of one file, empty ones left out; mistakes go to `report`.

    Broken YAML ends the file: the documents before it are returned.
    """
    bad = _UNPRINTABLE.search(text)
    if bad:
        source = _place(file, text, bad.start())
        name = f"U+{ord(bad.group()):04X}"
        report.error("P003", f"character {name} is not allowed in YAML", source)
        return []
    written = text
    if text.lstrip().startswith("{"):
        text = _SURROGATES.sub(_joined, text)
    composer = _Composer(file, report)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        source = Source(file, mark.line + 1, mark.column + 1) if mark else Source(file, 1)
        if "maximum nesting depth" in (broken.problem or ""):
            # A newer libyaml stops by itself, before the composer has seen as much.
            report.error("P013", _TOO_DEEP, source)
            return composer.found
        context = f" ({broken.context})" if broken.context else ""
        report.error("P010", f"{broken.problem}{context}", source, _yaml_hint(text, source))
    except _Refused:
        pass
    if composer.found:
        _check_json(file, written, report)
    return composer.found


def _check_json(file: str, text: str, report: Report) -> None:
    """Warn of YAML that begins like JSON: kubectl tries both, the API server goes by the start."""
    if text.lstrip().startswith("{"):
        try:
            json.JSONDecoder().raw_decode(text.lstrip())
        except (ValueError, RecursionError):
            message = "begins like JSON, and is YAML: kubectl reads it, the API server does not"
            report.warning("P017", message, _place(file, text, text.index("{")))


def _joined(pair: re.Match[str]) -> str:
    high, low = (int(pair[group], 16) & 0x3FF for group in (2, 3))
    return f"{pair[1]}\\U{0x10000 + (high << 10) + low:08x}"


def _place(file: str, text: str, index: int) -> Source:
    line = text.count("\n", 0, index) + 1
    return Source(file, line, index - text.rfind("\n", 0, index))


def _yaml_hint(text: str, source: Source) -> str:
    if "{{" in text:
        return _TEMPLATE_HINT
    lines = text.split("\n", source.line)
    around = lines[max(0, source.line - 2) : source.line]
    if any(line[: len(line) - len(line.lstrip())].count("\t") for line in around):
        return "YAML is indented with spaces, never with tabs"
    return ""


class _Refused(Exception):
    """The file is past one of the limits; the diagnostic has been written."""


class _Open:
    """A collection under construction: its value, and the key that waits for one."""

    __slots__ = ("key", "merge_next", "merged", "value")

    def __init__(self, value: Mapping | Sequence) -> None:
        self.value = value
        self.key: Scalar | None = None
        self.merge_next = False
        self.merged: list[Mapping] = []


class _Composer:
    def __init__(self, file: str, report: Report) -> None:
        self.file = file
        self.report = report
        self.found: list[Value] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Value] = {}
        self._aliased = 0
        self._values = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._start(event, Mapping(self._source(event)), "map")
        elif isinstance(event, yaml.SequenceStartEvent):
            self._start(event, Sequence(self._source(event)), "seq")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors = {}

    def _source(self, event: yaml.Event) -> Source:
        mark = event.start_mark
        assert mark is not None
        return Source(self.file, mark.line + 1, mark.column + 1)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        source, text, tag = self._source(event), event.value, event.tag
        value: Plain = text
        if tag is None and event.implicit[0]:
            value = resolve(text)
        elif tag is not None and tag not in ("!", _TAG + "str"):
            value = self._tagged(tag, text, source)
        scalar = Scalar(source, text, value)
        top = self._open[-1] if self._open else None
        awaits_key = top is not None and isinstance(top.value, Mapping) and top.key is None
        if awaits_key and text == "<<" and tag is None and event.implicit[0]:
            assert top is not None
            top.key, top.merge_next = scalar, True
            return
        if event.anchor:
            self._anchors[event.anchor] = scalar
        self._attach(scalar)

    def _tagged(self, tag: str, text: str, source: Source) -> Plain:
        if tag.removeprefix(_TAG) == "binary":
            return self._decoded(text, source)
        if tag.removeprefix(_TAG) == "timestamp":
            return text
        value = resolve(text)
        kinds = {bool: ("bool",), int: ("int", "float"), float: ("float",), type(None): ("null",)}
        if tag.removeprefix(_TAG) not in kinds.get(type(value), ()):
            self.report.error("P014", f"tag `{tag}` does not suit this value", source)
        return value

    def _decoded(self, text: str, source: Source) -> str:
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode()
        except ValueError:
            self.report.error("P014", "not text in base64, as `!!binary` has it", source)
            return text

    def _start(
        self, event: yaml.CollectionStartEvent, value: Mapping | Sequence, kind: str
    ) -> None:
        if event.tag not in (None, "!", _TAG + kind):
            self.report.error("P014", f"tag `{event.tag}` is not supported", value.source)
        if len(self._open) >= MAX_DEPTH:
            self.report.error("P013", _TOO_DEEP, value.source)
            raise _Refused
        self._open.append(_Open(value))
        if event.anchor:
            self._anchors[event.anchor] = value

    def _end(self) -> None:
        closed = self._open.pop()
        if closed.merged:
            assert isinstance(closed.value, Mapping)
            self._merge(closed.value, closed.merged)
        self._attach(closed.value)

    def _alias(self, event: yaml.AliasEvent) -> None:
        source, name = self._source(event), event.anchor or ""
        target = self._anchors.get(name)
        if target is None:
            self.report.error("P014", f"alias `*{name}` names no anchor above it", source)
            target = Scalar(source, "", None)
        elif any(target is opened.value for opened in self._open):
            self.report.error("P014", f"anchor `&{name}` contains itself", source)
            target = Scalar(source, "", None)
        self._aliased += target.size
        if self._aliased > MAX_ALIASED:
            message = f"aliases expand to more than {MAX_ALIASED:,} values"
            self.report.error("P012", message, source, "write the values out")
            raise _Refused
        self._attach(target)

    def _attach(self, value: Value) -> None:
        """Put a finished value where it belongs: the document, a list, a key or its value."""
        self._values += 1
        if self._values > MAX_VALUES:
            message = f"more than {MAX_VALUES:,} values in one file"
            self.report.error("P002", message, value.source, "split it")
            raise _Refused
        if not self._open:
            if not (isinstance(value, Scalar) and value.value is None):
                self.found.append(value)
            return
        top = self._open[-1]
        top.value.size += value.size
        if isinstance(top.value, Sequence):
            top.value.items.append(value)
        elif top.key is None:
            top.key = self._key(value)
        elif top.merge_next:
            top.merged += self._sources_of_merge(value)
            top.key, top.merge_next = None, False
        else:
            self._entry(top.value, top.key, value)
            top.key = None

    def _entry(self, mapping: Mapping, key: Scalar, value: Value) -> None:
        name = str(key.value)
        if name in mapping.entries:
            first = mapping.keys[name].line
            message = f"duplicate key `{name}`, first given on line {first}"
            self.report.error("P011", message, key.source, "keep one of them")
            return
        mapping.entries[name] = value
        mapping.keys[name] = key.source

    def _key(self, value: Value) -> Scalar:
        """A key as JSON would have it: numbers and booleans become strings."""
        if not isinstance(value, Scalar) or value.value is None:
            message = f"a key must be a string, not {describe(value)}"
            hint = _TEMPLATE_HINT if isinstance(value, Mapping) else ""
            self.report.error("P014", message, value.source, hint)
            # Unique, so that it cannot also be a duplicate key.
            return Scalar(value.source, "", f"\0{value.source}")
        if isinstance(value.value, str):
            return value
        is_bool = isinstance(value.value, bool)
        as_json = str(value.value).lower() if is_bool else str(value.value)
        return Scalar(value.source, value.text, as_json)

    def _sources_of_merge(self, value: Value) -> list[Mapping]:
        values = value.items if isinstance(value, Sequence) else [value]
        merged = [item for item in values if isinstance(item, Mapping)]
        if len(merged) < len(values):
            self.report.error("P014", "`<<` merges mappings only", value.source)
        return merged

    def _merge(self, into: Mapping, sources: list[Mapping]) -> None:
        """What the mapping says itself wins, then the earlier source."""
        for mapping in sources:
            for key, value in mapping.entries.items():
                if key not in into.entries:
                    into.entries[key] = value
                    into.keys[key] = mapping.keys[key]
                else:
                    message = f"`{key}` is here and in what `<<` merges: kubectl takes this one, "
                    why = "the API server would refuse it"
                    self.report.warning("P017", message + why, into.keys[key])
