"""Which required affinity to pods the model follows, and whom it is about.

Source: kubernetes v1.36.3 `pkg/scheduler/framework/plugins/interpodaffinity/filtering.go`
(satisfyPodAffinity).

Omits: terms with a namespaceSelector that selects some namespaces, and by labels that controllers
give to pods, such as pod-template-hash; affinity of pods of DaemonSets and Jobs, and to them; of
pods that nobody gives, so that whom they are to be near is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model.api.affinity import PodAffinityTerm
from model.api.selector import LabelSelector
from model.plugins.interpodaffinity import all_match
from model.plugins.spreading import CONTROLLERS
from model.setting import Pods, Setting, mappings, texts

_TERMS = "spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[*]"


def is_followed(setting: Setting, terms: Sequence[PodAffinityTerm]) -> bool:
    """Whether the model follows required terms of a setting's workload."""
    workload = setting.scenario.workload
    kind = workload.by_replicasets or workload.is_pod or workload.stateful is not None
    if not kind or workload.template.node_name or setting.scenario.open:
        return False
    if not all(map(_is_plain, terms)) or any(_keyed(setting)):
        return False
    meant = [each for each in setting.around.pods if all_match(terms, each)]
    return bool(meant) and not setting.strangers(meant)


def _is_plain(term: PodAffinityTerm) -> bool:
    """Whether templates alone tell whom a term selects."""
    if term.namespace_selector not in (None, LabelSelector()):
        return False
    selector = term.selector or LabelSelector()
    keys = {*selector.match_labels, *(each.key for each in selector.match_expressions)}
    return not keys & CONTROLLERS


def _keyed(setting: Setting) -> Iterator[str]:
    """The labels of controllers that terms match by, or by which they do not."""
    for term in setting.own.manifest.written(_TERMS):
        for each in mappings([term.value]):
            for field in ("matchLabelKeys", "mismatchLabelKeys"):
                yield from CONTROLLERS.intersection(texts(each.get(field)))


def wanted(setting: Setting) -> Iterator[Pods]:
    """Those near whom pods are to be: the workload's near others', or others' near its own."""
    own = [each.template.near for each in setting.scenario.versions]
    for other in setting.others:
        theirs = all_match(other.template.near, setting.own)
        if theirs or any(all_match(terms, other) for terms in own):
            yield other
