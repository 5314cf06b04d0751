"""What a Job's own fields may say.

Source: kubernetes 1.36 `pkg/apis/batch/validation/validation.go` (ValidateJob, validateJobSpec,
validatePodFailurePolicy, validateSuccessPolicy, validateGeneratedSelector).
"""

from __future__ import annotations

from model.load import labels
from model.load.job import ACTIONS, MODES, MOST_INDEXES, NAME_LABELS, REPLACEMENTS, indexes_of
from model.load.tree import as_int, as_mapping, items_of, texts_of
from model.load.validation import pod
from model.load.validation.contract import At

_COUNTS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)
#: Pods of an Indexed Job at a time; completions from which on there are more limits, and those.
_MOST, _MANY, _FEWER, _FAILED = 100_000, 100_000, 10_000, 10_000
_MOST_RULES, _MOST_CODES = 20, 255


def spec(at: At) -> None:
    """A spec, but for its template; the selector of a Job is read elsewhere."""
    at.at_least(0, *_COUNTS)
    at.one_of("completionMode", MODES)
    if at.given("maxFailedIndexes") and not at.given("backoffLimitPerIndex"):
        at.required("backoffLimitPerIndex", hint="maxFailedIndexes goes with it")
    if at.text("completionMode") == "Indexed":
        _indexed(at)
    else:
        for field in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
            if at.given(field):
                at.wrong("P200", field, "requires completionMode Indexed")
    managed = at.text("managedBy")
    if at.given("managedBy") and (not labels.is_qualified(managed) or "/" not in managed):
        at.misnamed("managedBy", f"`{managed}` is no name such as example.com/controller")
    elif len(managed) > 63:
        at.invalid("managedBy", "must have at most 63 characters")
    _failures(at)
    allowed = ("Failed",) if at.given("podFailurePolicy") else REPLACEMENTS
    at.one_of("podReplacementPolicy", allowed)


def named(at: At, spec: At) -> None:
    """The name of a Job, which its pods' names and labels are made of."""
    name, completions = at.text("metadata", "name"), spec.number("completions")
    indexed = spec.text("completionMode") == "Indexed"
    if name and indexed and completions and not labels.is_dns_label(f"{name}-{completions - 1}"):
        message = f"`metadata.name`: `{name}-{completions - 1}` cannot be the name of a pod"
        hint = "the names of pods of an Indexed Job end with their index, and are host names"
        at.report.error("P206", message, at.place("metadata", "name"), hint)
    held = as_mapping(spec.tree.at("template", "metadata", "labels"))
    given = texts_of(held)
    for key in () if spec.truth("manualSelector") else NAME_LABELS:
        if name and given.get(key, name) != name and held is not None:
            message = f"`spec.template.metadata.labels`: `{key}` is set by the API server"
            at.report.error("P203", message, held.keys[key], "leave it out")
    if spec.given("selector") and not spec.truth("manualSelector"):
        hint = "leave it out: the API server makes one; or set manualSelector"
        spec.forbidden("selector", "is not allowed without `manualSelector: true`", hint)


def template(at: At) -> None:
    """The template of a Job's pods; `at` is its spec."""
    found = at.child("template")
    if found is None:
        return
    pod.template(found)
    inside = found.child("spec")
    if inside is None:
        found.required("spec")
        return
    policy = inside.text("restartPolicy")
    if policy in ("", "Always"):
        inside.wrong(
            "P201" if policy else "P104",
            "restartPolicy",
            "must be OnFailure or Never in a Job" if policy else "is required in a Job",
            "OnFailure starts failed containers again in their pod, Never makes a new pod",
        )
    else:
        inside.one_of("restartPolicy", ("OnFailure", "Never"))
        if policy == "OnFailure" and at.given("podFailurePolicy"):
            inside.wrong("P201", "restartPolicy", "must be Never where there is a podFailurePolicy")
    inside.within("activeDeadlineSeconds", 1, 2**31 - 1)
    if not list(inside.children("containers")):
        inside.required("containers")


def _indexed(at: At) -> None:
    completions, parallelism = at.number("completions"), at.number("parallelism", default=1)
    if not at.given("completions"):
        at.required("completions", hint="an Indexed Job has so many indexes")
        return
    if parallelism > _MOST:
        at.invalid("parallelism", f"must be at most {_MOST:,} with completionMode Indexed")
    if at.number("maxFailedIndexes") > completions:
        at.invalid("maxFailedIndexes", "must not be more than completions")
    if at.given("backoffLimitPerIndex") and completions > _MANY:
        if not at.given("maxFailedIndexes"):
            at.required("maxFailedIndexes", hint=f"completions are more than {_MANY:,}")
        if parallelism > _FEWER:
            at.invalid("parallelism", f"must be at most {_FEWER:,} with so many completions")
        if at.number("maxFailedIndexes") > _FAILED:
            at.invalid("maxFailedIndexes", f"must be at most {_FAILED:,} with so many completions")
    policy = at.child("successPolicy")
    if policy is None:
        return
    rules = list(policy.children("rules"))
    if not rules:
        policy.required("rules")
    if len(rules) > _MOST_RULES:
        policy.invalid("rules", f"must have at most {_MOST_RULES} items")
    for rule in rules:
        _success(rule, completions)


def _success(rule: At, completions: int) -> None:
    number, named = "succeededCount", "succeededIndexes"
    if not (rule.given(number) or rule.given(named)):
        rule.required(number, hint="or succeededIndexes")
    most = completions
    if rule.given(named):
        found = indexes_of(rule.text(named), min(completions, MOST_INDEXES))
        if found is None:
            why = f"must list indexes below {completions} in ascending order, such as 0,2-4"
            rule.invalid(named, why)
        else:
            most = len(found)
    rule.at_least(0, number)
    if rule.number(number) > most:
        rule.invalid(number, f"must be at most {most}, as there are no more indexes")


def _failures(at: At) -> None:
    policy = at.child("podFailurePolicy")
    if policy is None:
        return
    pods = at.child("template", "spec")
    kinds = ("containers", "initContainers")
    names = {} if pods is None else {c.text("name") for kind in kinds for c in pods.children(kind)}
    rules = list(policy.children("rules"))
    if len(rules) > _MOST_RULES:
        policy.invalid("rules", f"must have at most {_MOST_RULES} items")
    for rule in rules:
        rule.one_of("action", ACTIONS, needed=True)
        if rule.text("action") == "FailIndex" and not at.given("backoffLimitPerIndex"):
            rule.invalid("action", "FailIndex requires backoffLimitPerIndex")
        codes, conditions = rule.child("onExitCodes"), list(rule.children("onPodConditions"))
        if codes is not None and conditions:
            rule.forbidden("onPodConditions", "excludes `onExitCodes`", "write two rules")
        if codes is None and not conditions:
            rule.required("onExitCodes", hint="or onPodConditions")
        if codes is not None:
            _codes(codes, set(names))
        for each in conditions:
            if not labels.is_qualified(each.text("type")):
                each.misnamed("type", f"`{each.text('type')}` is not the name of a condition")
            each.one_of("status", ("False", "True", "Unknown"))


def _codes(at: At, containers: set[str]) -> None:
    at.one_of("operator", ("In", "NotIn"), needed=True)
    container = at.text("containerName")
    if at.given("containerName") and container not in containers:
        at.invalid("containerName", f"`{container}` is no container of the template")
    values = [as_int(item) for item in items_of(at.tree.at("values"))]
    numbers = [value for value in values if value is not None]
    if not numbers:
        at.required("values")
    if len(numbers) > _MOST_CODES:
        at.invalid("values", f"must have at most {_MOST_CODES} items")
    if at.text("operator") == "In" and 0 in numbers:
        at.invalid("values", "must not have 0 with operator In")
    if len(set(numbers)) < len(numbers):
        at.twice("values", "has the same code twice")
    elif numbers != sorted(numbers):
        at.invalid("values", "must be in ascending order")
