"""What pods of a template like and do not need, for the scheduler's scores.

Mistakes in it are told where it is validated.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Labels
from dataclasses import replace

from model.api.affinity import WeightedPodAffinityTerm
from model.api.wishes import Wishes
from model.load.affinity import PREFERRED, inside, keyed_term, read_affinity
from model.load.diagnostics import Report
from model.load.spread import spread_of
from model.load.tree import Mapping, as_mapping, as_text, items_of, mappings_of
from model.plugins.spreading import CONTROLLERS


def read_wishes(spec: Mapping, own: Labels[str, str], namespace: str, path: str) -> Wishes:
    """Those of the pod that `spec` describes; `own` are its labels, as far as they are written."""
    report = Report()
    whole = as_mapping(spec.at("affinity")) or Mapping(spec.source)
    affinity = read_affinity(spec, namespace, f"{path}.affinity", report)
    everyone = [c for f in ("initContainers", "containers") for _, c in mappings_of(spec.at(f))]
    sources = (as_text(v.at("image", "reference")) for _, v in mappings_of(spec.at("volumes")))

    def keyed(
        kind: str, terms: tuple[WeightedPodAffinityTerm, ...]
    ) -> tuple[WeightedPodAffinityTerm, ...]:
        written = (inside(tree) for _, tree in mappings_of(whole.at(kind, PREFERRED)))
        return tuple(
            replace(each, term=keyed_term(each.term, tree, own))
            for each, tree in zip(terms, written, strict=True)
        )

    return Wishes(
        affinity.preferred_nodes,
        keyed("podAffinity", affinity.preferred),
        keyed("podAntiAffinity", affinity.anti_preferred),
        tuple(
            each
            for each in spread_of(spec, "topologySpreadConstraints", path, report)
            if each.when_unsatisfiable == "ScheduleAnyway"
        ),
        (*(as_text(c.at("image")) for c in everyone), *filter(None, sources)),
        len(everyone),
        tuple(_unread(whole, path)),
    )


def _unread(whole: Mapping, path: str) -> Iterator[str]:
    """Preferences for pods by what is not known of them before they are made."""
    for kind in ("podAffinity", "podAntiAffinity"):
        for index, weighted in mappings_of(whole.at(kind, PREFERRED)):
            term, where = inside(weighted), f"{path}.affinity.{kind}.{PREFERRED}[{index}]"
            selector = as_mapping(term.at("namespaceSelector"))
            if selector is not None and selector.keys:
                yield f"{where}.podAffinityTerm.namespaceSelector"
            for field in ("matchLabelKeys", "mismatchLabelKeys"):
                if {as_text(item) for item in items_of(term.at(field))} & CONTROLLERS:
                    yield f"{where}.podAffinityTerm.{field}"
