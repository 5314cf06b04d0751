"""What roles allow: the situations of upstream's rbac_test.go and
clusterroleaggregation_controller_test.go (v1.36.3), in a form of our own."""

from __future__ import annotations

from itertools import product

import pytest

from model.api.rbac import Binding, ClusterRole, Role, Rule, Subject
from model.api.selector import LabelSelector
from model.apiserver.rbac import Policy, Request, User, account, allows
from model.controllers.clusterroleaggregation import summed


def on(verbs: str, groups: str, *resources: str, names: tuple[str, ...] = ()) -> Rule:
    """Words of `verbs` and of `groups` are separated by commas; the group of pods is `core`."""
    known = tuple("" if group == "core" else group for group in groups.split(","))
    return Rule(tuple(verbs.split(",")), known, resources, names)


def at(verb: str, *paths: str) -> Rule:
    return Rule((verb,), paths=paths)


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (on("*", "g1", "r1"), {"v1 g1 r1", "v2 g1 r1"}),
        (on("v1", "*", "r1"), {"v1 g1 r1", "v1 g2 r1"}),
        (on("v1", "g1", "*"), {"v1 g1 r1", "v1 g1 r2", "v1 g1 r1/s1", "v1 g1 r2/s1"}),
        (
            on("v1,v2", "g1,g2", "r1", "r2"),
            {" ".join(each) for each in product(("v1", "v2"), ("g1", "g2"), ("r1", "r2"))},
        ),
        (on("v1", "*", "r1/s1"), {"v1 g1 r1/s1", "v1 g2 r1/s1"}),
        (on("v1", "g1", "*/s1"), {"v1 g1 r1/s1", "v1 g1 r2/s1"}),
        (on("v1", "g1", "r1/*"), set()),
        (on("v1", "g1", "*/*"), set()),
        (at("*", "*"), set()),
    ],
)
def test_a_rule_allows_verbs_on_resources(rule: Rule, allowed: set[str]) -> None:
    asked = product(("v1", "v2"), ("g1", "g2"), ("r1", "r2", "r1/s1", "r2/s1"))
    found = set()
    for verb, group, whole in asked:
        resource, _, subresource = whole.partition("/")
        if allows(rule, Request(verb, group, resource, subresource)):
            found.add(f"{verb} {group} {whole}")
    assert found == allowed


PATHS = ("/foo", "/foo/bar", "/foo/bar/one", "/notfoo", "/notfoo/bar")


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (at("v1", "*"), set(PATHS)),
        (at("v1", "/foo/*"), {"/foo/bar", "/foo/bar/one"}),
        (at("v1", "/foo*"), {"/foo", "/foo/bar", "/foo/bar/one"}),
        (at("*", "/foo", "/foo/bar/one"), {"/foo", "/foo/bar/one"}),
        (at("v2", "*"), set()),
        (on("*", "*", "*"), set()),
    ],
)
def test_a_rule_allows_paths(rule: Rule, allowed: set[str]) -> None:
    assert {path for path in PATHS if allows(rule, Request("v1", path=path))} == allowed


def test_names_of_objects() -> None:
    """A rule with names allows no request without one: no list, no create."""
    rule = on("*", "core", "secrets", names=("a", "b"))
    asked = {
        name: allows(rule, Request("get", "", "secrets", name=name)) for name in ("a", "c", "")
    }
    assert asked == {"a": True, "c": False, "": False}


ADMIN = ClusterRole("", "admin", (on("*", "*", "*"),))


@pytest.mark.parametrize(
    ("user", "groups", "namespace", "allowed"),
    [
        ("admin", "", "ns1", True),
        ("joe", "admins", "ns1", True),
        ("joe", "group1,admins", "ns1", True),
        ("admin", "", "ns2", False),
        ("admin", "admins", "ns2", False),
        # Nodes are of no namespace.
        ("admin", "admins", "", False),
        ("joe", "", "ns1", False),
    ],
)
def test_a_role_binding_gives_a_cluster_role_in_its_namespace(
    user: str, groups: str, namespace: str, allowed: bool
) -> None:
    subjects = (Subject("User", "admin"), Subject("Group", "admins"))
    policy = Policy((), [ADMIN], [Binding("ns1", "b", subjects, True, "admin")])
    asked = Request("get", "", "pods", namespace=namespace)
    assert policy.allows(User(user, frozenset(groups.split(","))), asked) is allowed


def test_a_cluster_role_binding_gives_it_everywhere() -> None:
    policy = Policy((), [ADMIN], [Binding("", "b", (Subject("User", "u"),), True, "admin")])
    assert policy.allows(User("u"), Request("get", "", "pods", namespace="ns1"))
    assert policy.allows(User("u"), Request("delete", "", "nodes", name="n1"))


@pytest.mark.parametrize(
    ("subject", "bound", "allowed"),
    [
        (Subject("ServiceAccount", "web", "ns1"), "ns1", True),
        (Subject("ServiceAccount", "web", "ns1"), "", True),
        # Without a namespace it is that of the binding, if that has one.
        (Subject("ServiceAccount", "web"), "ns1", True),
        (Subject("ServiceAccount", "web"), "", False),
        (Subject("ServiceAccount", "web", "ns2"), "ns1", False),
        (Subject("User", "system:serviceaccount:ns1:web"), "ns1", True),
        (Subject("Group", "system:serviceaccounts:ns1"), "ns1", True),
        (Subject("Group", "system:serviceaccounts"), "ns1", True),
        (Subject("Group", "system:serviceaccounts:ns2"), "ns1", False),
        (Subject("User", "web"), "ns1", False),
    ],
)
def test_a_service_account_is_a_user_of_three_groups(
    subject: Subject, bound: str, allowed: bool
) -> None:
    policy = Policy((), [ADMIN], [Binding(bound, "b", (subject,), True, "admin")])
    asked = Request("list", "", "pods", namespace="ns1")
    assert policy.allows(account("ns1", "web"), asked) is allowed


def test_a_role_is_of_its_namespace() -> None:
    """A binding elsewhere, or to a role that is not there, gives nothing."""
    role = Role("ns1", "reader", (on("get", "core", "pods"),))
    subjects = (Subject("User", "u"),)
    for bound, name, allowed in (
        ("ns1", "reader", True),
        ("ns2", "reader", False),
        ("ns1", "x", False),
    ):
        policy = Policy([role], [], [Binding(bound, "b", subjects, False, name)])
        asked = Request("get", "", "pods", namespace=bound, name="p")
        assert policy.allows(User("u"), asked) is allowed
    everywhere = Policy([role], [], [Binding("", "b", subjects, False, "reader")])
    assert not everywhere.allows(User("u"), Request("get", "", "pods", namespace="ns1"))


HAMMER = (on("hammer", "core", "nails"), on("hammer", "core", "wedges"))
CHISEL = (on("chisel", "core", "mortises"),)
SAW = (on("saw", "core", "boards"),)
YES, NO = {"foo": "bar"}, {"foo": "not-bar"}


def role(name: str, labels: dict[str, str], rules: tuple[Rule, ...]) -> ClusterRole:
    return ClusterRole("", name, rules, labels=labels)


@pytest.mark.parametrize(
    ("others", "selected", "before", "after"),
    [
        ([role("hammer", YES, HAMMER)], [YES], SAW, HAMMER),
        ([role("hammer", NO, HAMMER)], [YES], HAMMER, ()),
        (
            [role("hammer", YES, HAMMER), role("chisel", YES, CHISEL), role("saw", NO, SAW)],
            [YES],
            (),
            CHISEL + HAMMER,
        ),
        (
            [role("hammer", YES, HAMMER), role("chisel", YES, CHISEL), role("saw", NO, SAW)],
            [YES, NO],
            (),
            CHISEL + HAMMER + SAW,
        ),
        ([role("saw", YES, SAW), role("other-saw", NO, SAW)], [YES, NO], (), SAW),
        ([role("hammer", YES, HAMMER)], [YES], HAMMER, HAMMER),
        ([role("hammer", YES, HAMMER)], [], SAW, ()),
    ],
)
def test_a_sum_has_the_rules_of_those_it_selects(
    others: list[ClusterRole],
    selected: list[dict[str, str]],
    before: tuple[Rule, ...],
    after: tuple[Rule, ...],
) -> None:
    """Never its own, though it may select itself."""
    sums = tuple(LabelSelector(each) for each in selected)
    sum_of = ClusterRole("", "combined", before, labels=YES, sums=sums)
    assert summed(sum_of, [*others, sum_of]) == after


def test_a_role_that_is_no_sum_keeps_its_rules() -> None:
    assert summed(role("saw", YES, SAW), [role("hammer", YES, HAMMER)]) == SAW
