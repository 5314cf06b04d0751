"""Vectors of RBAC: which requests roles and bindings allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared
from model.api.rbac import Binding, ClusterRole, Role, Rule, Subject
from model.api.selector import LabelSelector
from model.apiserver.rbac import Policy, Request, User
from model.controllers.clusterroleaggregation import summed


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    stored = [_cluster_role(each) for each in given["clusterRoles"]]
    sums = {each.name: summed(each, stored) for each in stored if each.sums is not None}
    expected = {
        name: tuple(map(_rule, rules)) for name, rules in real.get("aggregated", {}).items()
    }
    policy = Policy(
        [_role(each) for each in given["roles"]],
        [replace(each, rules=sums.get(each.name, each.rules)) for each in stored],
        [_binding(each) for each in (*given["roleBindings"], *given["clusterRoleBindings"])],
    )
    ours = [policy.allows(_user(each), _request(each)) for each in given["requests"]]
    return {
        "RBAC": compared(real["allowed"], ours),
        "aggregated ClusterRoles": compared(expected, sums),
    }


def _role(given: Any) -> Role:
    meta = given["metadata"]
    return Role(meta["namespace"], meta["name"], _rules(given))


def _cluster_role(given: Any) -> ClusterRole:
    meta, sums = given["metadata"], None
    if given.get("aggregationRule") is not None:
        sums = tuple(
            LabelSelector(each.get("matchLabels", {}))
            for each in given["aggregationRule"]["clusterRoleSelectors"]
        )
    return ClusterRole("", meta["name"], _rules(given), labels=meta.get("labels", {}), sums=sums)


def _rules(given: Any) -> tuple[Rule, ...]:
    return tuple(map(_rule, given.get("rules") or ()))


def _rule(given: Any) -> Rule:
    fields = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
    return Rule(*(tuple(given.get(field) or ()) for field in fields))


def _binding(given: Any) -> Binding:
    meta, role = given["metadata"], given["roleRef"]
    subjects = (
        Subject(each["kind"], each["name"], each.get("namespace", "")) for each in given["subjects"]
    )
    return Binding(
        meta.get("namespace", ""),
        meta["name"],
        tuple(subjects),
        role["kind"] == "ClusterRole",
        role["name"],
    )


def _user(given: Any) -> User:
    return User(given["user"], frozenset(given.get("groups", ())))


def _request(given: Any) -> Request:
    fields = ("apiGroup", "resource", "subresource", "namespace", "name", "path")
    return Request(given["verb"], *(given.get(field, "") for field in fields))
