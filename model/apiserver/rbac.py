"""Which requests roles and bindings allow.

A decision about concrete objects: whoever models requests asks it once for each kind of them.

Source: kubernetes v1.36.3 `plugin/pkg/auth/authorizer/rbac/rbac.go` (Authorize, RuleAllows),
`pkg/registry/rbac/validation/rule.go` (VisitRulesFor, appliesToUser),
`pkg/apis/rbac/v1/evaluation_helpers.go`.

Omits: the other authorizers: members of system:masters may do everything without any role, kubelets
what the objects of their pods need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from model.api.rbac import ALL, Binding, ClusterRole, Role, Rule, Subject

_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True)
class User:
    """Who asks, once authenticated."""

    name: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Request:
    """What is asked. `namespace` is empty for what is of the cluster, `name` for requests about
    many objects, and for those that create one. With a `path` it is not about objects."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


def account(namespace: str, name: str) -> User:
    """A ServiceAccount as a user: what its pods are."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    return User(f"{_ACCOUNT}{namespace}:{name}", frozenset((*groups, "system:authenticated")))


class Policy:
    """All roles and bindings of a cluster. Of several of one name the last counts."""

    def __init__(
        self,
        roles: Iterable[Role] = (),
        cluster_roles: Iterable[ClusterRole] = (),
        bindings: Sequence[Binding] = (),
    ) -> None:
        self._roles: Mapping[tuple[str, str], Role] = {(r.namespace, r.name): r for r in roles}
        self._cluster_roles: Mapping[str, ClusterRole] = {r.name: r for r in cluster_roles}
        self._bindings = bindings

    def allows(self, user: User, request: Request) -> bool:
        return any(allows(rule, request) for rule in self.rules(user, request.namespace))

    def rules(self, user: User, namespace: str) -> Iterator[Rule]:
        """What somebody may do in a namespace, or to objects of the cluster if that is empty."""
        for binding in self._bindings:
            if binding.namespace in ("", namespace) and any(
                _is(subject, user, binding.namespace) for subject in binding.subjects
            ):
                role = self._role(binding)
                yield from role.rules if role else ()

    def _role(self, binding: Binding) -> Role | None:
        if binding.to_cluster_role:
            return self._cluster_roles.get(binding.role)
        return self._roles.get((binding.namespace, binding.role)) if binding.namespace else None


def allows(rule: Rule, request: Request) -> bool:
    """Whether one rule allows a request."""
    if not {ALL, request.verb} & set(rule.verbs):
        return False
    if request.path:
        return any(_covers(path, request.path) for path in rule.paths)
    return (
        bool({ALL, request.group} & set(rule.groups))
        and bool(_names(request) & set(rule.resources))
        and (not rule.names or request.name in rule.names)
    )


def _names(request: Request) -> set[str]:
    """How a rule may name what a request is about. `pods/*` names nothing."""
    if not request.subresource:
        return {ALL, request.resource}
    whole = f"{request.resource}/{request.subresource}"
    return {ALL, whole, f"{ALL}/{request.subresource}"}


def _covers(path: str, asked: str) -> bool:
    return path in (ALL, asked) or (path.endswith("*") and asked.startswith(path.rstrip("*")))


def _is(subject: Subject, user: User, namespace: str) -> bool:
    if subject.kind == "User":
        return subject.name == user.name
    if subject.kind == "Group":
        return subject.name in user.groups
    home = subject.namespace or namespace
    known = subject.kind == "ServiceAccount" and bool(home)
    return known and user.name == f"{_ACCOUNT}{home}:{subject.name}"
