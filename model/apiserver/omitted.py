"""What admission acts on and the model does not, where manifests ask for it.

Source: kubernetes v1.36.3 `plugin/pkg/admission/` (`limitranger`, `runtimeclass`), `staging/src/
k8s.io/apiserver/pkg/admission/plugin/` (`resourcequota`, `webhook`, `policy`;
`webhook/mutating/dispatcher.go`: a patch is applied to the whole object), `pkg/quota/v1/
evaluator/core/pods.go`, `pkg/controller/controller_ref_manager.go` (ClaimPods), `staging/src/
k8s.io/pod-security-admission/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model.apiserver.podsecurity import meets
from model.apiserver.quota import changes_nothing
from model.omission import NEVER_BOUND, NEVER_READY, TOGETHER, Found, Omission, doubts
from model.setting import Manifest, Setting, mappings, texts

#: What pods that are refused cannot do wrong.
_NEVER_MADE = doubts("every-pod-scheduled", "no-duplicate-pods", "no-overcommit")

#: What depends on what the user or a controller wrote. A patch of a webhook may change every field
#: of what is written, so counts and strategies, where pods may run and for how long they end, and
#: labels and owners: a controller does not count a pod that its selector does not match, and makes
#: another one. What is refused for its resourceVersion or by a quota is refused after that still.
_WRITTEN_OTHERWISE = {
    **NEVER_BOUND,
    **doubts("drain-completes", "no-overcommit", "placement-respected", "no-eviction-loop"),
    **doubts("no-duplicate-pods", "surge-bounded", "pause-respected", "revisions-never-overlap"),
    **doubts("spread-kept-after-rollout", "at-most-one-per-identity", "revision-partitioned"),
    **doubts("service-always-answers", "no-traffic-to-stopped"),
    **doubts("deletion-completes", "orphans-stay", "nobody-else-scales", "autoscaler-settles"),
    **doubts("job-parallelism-bounded", "cron-concurrency-respected", "some-node-up"),
}

_POD = "spec.template.spec"


def _quotas(setting: Setting) -> Iterator[Found]:
    # Few namespaces have one, and it costs milliseconds to import.
    for quota in setting.beside("ResourceQuota"):
        from model.apiserver.podquotas import is_followed

        if not is_followed(quota, setting):
            yield Found(quota.label, quota.source)


def _limit_ranges(setting: Setting) -> Iterator[Found]:
    for limits in setting.beside("LimitRange"):
        if not changes_nothing(limits, setting):
            yield Found(limits.label, limits.source)


def _runtime_classes(setting: Setting) -> Iterator[Found]:
    for written in setting.own.manifest.written(f"{_POD}.runtimeClassName"):
        for each in setting.around.of_kind("RuntimeClass"):
            adds = each.value("overhead") or each.value("scheduling")
            if each.name == written.value and adds:
                yield Found(written.path, written.source)


_ANY = "*"
_PODS = {"pods", "pods/*"}
_EVICTION = {"pods/eviction"}
_EVERYTHING = {"*", "*/*"}
#: By the kind of a workload, beside pods: the API group and resources of what is written for it.
_WRITTEN: dict[str, tuple[str, set[str]]] = {
    "CronJob": ("batch", {"cronjobs", "jobs"}),
    "DaemonSet": ("apps", {"daemonsets", "controllerrevisions"}),
    "Deployment": ("apps", {"deployments", "replicasets"}),
    "Job": ("batch", {"jobs"}),
    "Pod": ("", set()),
    "ReplicaSet": ("apps", {"replicasets"}),
    "ReplicationController": ("", {"replicationcontrollers"}),
    "StatefulSet": ("apps", {"statefulsets", "controllerrevisions"}),
}


def _touches(rule: dict[str, Any], setting: Setting) -> bool:
    """Whether an admission rule is about the workload, what its controllers make, or evictions."""
    groups, resources = texts(rule.get("apiGroups")), set(texts(rule.get("resources")))
    operations = set(texts(rule.get("operations")))
    if not operations & {"CREATE", "UPDATE", _ANY}:
        return False
    own, written = _WRITTEN[setting.own.manifest.kind]
    wanted = [("", _PODS), (own, written)]
    if setting.scenario.change.drains:
        wanted.append(("", _EVICTION))
    return any(
        resources & (names | _EVERYTHING) and (group in groups or _ANY in groups)
        for group, names in wanted
    )


def _admission(setting: Setting, *kinds: str) -> Iterator[Found]:
    for kind in kinds:
        for each in setting.around.of_kind(kind):
            if any(_touches(rule, setting) for rule in _rules(each)):
                yield Found(each.label, each.source)


def _rules(manifest: Manifest) -> Iterator[dict[str, Any]]:
    for webhook in mappings(manifest.value("webhooks")):
        yield from mappings(webhook.get("rules"))
    yield from mappings(manifest.value("spec.matchConstraints.resourceRules"))


def _validating(setting: Setting) -> Iterator[Found]:
    yield from _admission(setting, "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy")


def _mutating(setting: Setting) -> Iterator[Found]:
    yield from _admission(setting, "MutatingWebhookConfiguration", "MutatingAdmissionPolicy")


def _pod_security(setting: Setting) -> Iterator[Found]:
    for each in setting.around.of_kind("Namespace"):
        enforced = 'metadata.labels["pod-security.kubernetes.io/enforce"]'
        for written in each.written(enforced):
            if each.name != setting.own.namespace:
                continue
            if not meets(setting.own.manifest, str(written.value)):
                yield Found(f"{written.path} of {each.label}", written.source)


OMITTED = (
    Omission(
        "resource-quota",
        "pods and ReplicaSets beyond a ResourceQuota of their namespace are refused",
        NEVER_READY,
        _NEVER_MADE,
        elsewhere=_quotas,
    ),
    Omission(
        "limit-range",
        "a LimitRange of their namespace gives pods requests and limits, or refuses them",
        NEVER_BOUND,
        _NEVER_MADE,
        elsewhere=_limit_ranges,
    ),
    Omission(
        "runtime-class",
        "a RuntimeClass adds to what pods request, to where they may run, and to what they "
        "tolerate",
        NEVER_BOUND,
        {**NEVER_BOUND, **TOGETHER, **doubts("no-eviction-loop")},
        elsewhere=_runtime_classes,
    ),
    Omission(
        "pod-security",
        "pods that break the namespace's pod security standard are refused",
        NEVER_READY,
        _NEVER_MADE,
        elsewhere=_pod_security,
    ),
    Omission(
        "validating-admission",
        "webhooks and policies may refuse the workload, its pods or their eviction",
        {**NEVER_READY, **doubts("drain-completes")},
        _NEVER_MADE,
        elsewhere=_validating,
    ),
    Omission(
        "mutating-admission",
        "webhooks and policies may change the workload and its pods",
        _WRITTEN_OTHERWISE,
        _WRITTEN_OTHERWISE,
        elsewhere=_mutating,
    ),
)
