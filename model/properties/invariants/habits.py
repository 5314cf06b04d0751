"""What to write instead of what users are used to: from admission policies, `kubectl`, and other
languages.

Source: kubernetes v1.36.3 `staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/
plugin.go` and `staging/src/k8s.io/apiserver/pkg/cel/environment/base.go` (the variables of
ValidatingAdmissionPolicies, the libraries that they have).
"""

from __future__ import annotations

from collections.abc import Mapping

_REQUEST = (
    "that is of one request to an admission policy: an invariant is about the cluster, such as "
    "deployment('NAME') and pods"
)
_BUDGETS = "the property budget-respected is about PodDisruptionBudgets"
_TRAFFIC = "the properties service-always-answers and no-traffic-to-stopped are about Services"
_CRON = "the property cron-concurrency-respected is about CronJobs"
_QUOTA = "the property quota-respected is about ResourceQuotas"

_KINDS: Mapping[str, str] = {
    "poddisruptionbudget": _BUDGETS,
    "pdb": _BUDGETS,
    "service": _TRAFFIC,
    "endpoints": _TRAFFIC,
    "endpointslice": _TRAFFIC,
    "cronjob": _CRON,
    "resourcequota": _QUOTA,
}

#: Names that nothing has here.
NAMES: Mapping[str, str] = {
    **dict.fromkeys(("request", "params", "variables", "namespaceObject", "authorizer"), _REQUEST),
    **{
        f"{kind}s": f"write {kind}('NAME')"
        for kind in ("deployment", "statefulset", "daemonset", "job")
    },
    **_KINDS,
    **{f"{kind.removesuffix('s')}s": hint for kind, hint in _KINDS.items()},
}

_FIELDS = "fields of the modelled state are truth values, whole numbers and texts: compare those"

#: Functions that there are not.
FUNCTIONS: Mapping[str, str] = {
    "len": "write size(…), or pods.size()",
    "count": "write pods.filter(p, …).size()",
    "string": "compare numbers and truth values as they are; a message may have string(…)",
    **dict.fromkeys(
        (
            "int",
            "uint",
            "double",
            "bytes",
            "bool",
            "type",
            "dyn",
            "timestamp",
            "duration",
            "quantity",
            "semver",
            "ip",
            "cidr",
            "url",
        ),
        _FIELDS,
    ),
    **NAMES,
}

#: Functions that lists do not have.
OF_LISTS: Mapping[str, str] = {
    "count": "write filter(p, …).size()",
    **dict.fromkeys(("len", "length"), "write size()"),
    **dict.fromkeys(("any", "some"), "write exists(p, …)"),
    **dict.fromkeys(("every", "forall", "forAll"), "write all(p, …)"),
    **dict.fromkeys(("where", "select", "find"), "write filter(p, …)"),
    "contains": "write x in …, or exists(p, …)",
    "existsOne": "write exists_one(p, …)",
}
