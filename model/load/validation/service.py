"""Rules of Services, after what the API server fills in.

Source: kubernetes 1.36 `pkg/apis/core/validation/validation.go` (validateService and what it
calls), `pkg/apis/core/v1/defaults.go` (SetDefaults_Service), `pkg/api/service/util.go`.

Omits: what only allocation finds out: addresses and ports that others have, families that the
cluster does not serve.
"""

from __future__ import annotations

from model.load import labels
from model.load.tree import as_int, as_text, texts_of
from model.load.validation import addresses
from model.load.validation.contract import At
from model.load.validation.handlers import port

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_FAMILIES = ("IPv4", "IPv6")
_BALANCER_ONLY = ("loadBalancerSourceRanges", "allocateLoadBalancerNodePorts", "loadBalancerClass")


def service(whole: At) -> None:
    """A Service; the labels of its selector are checked where they are read."""
    at = whole.child("spec") or At(whole.tree, "spec", whole.report)
    if not whole.given("spec"):
        whole.required("spec", hint="with ports, and a selector")
        return
    kind = at.text("type", default="ClusterIP")
    at.one_of("type", _TYPES)
    ips = at.texts("clusterIPs") or ([at.text("clusterIP")] if at.text("clusterIP") else [])
    headless = ips == ["None"]
    if kind == "ExternalName":
        _external_name(at, ips)
    else:
        _addresses(at, ips, headless=headless)
    if headless and kind in ("LoadBalancer", "NodePort"):
        at.forbidden("clusterIP", f"must not be None for a {kind}")
    _ports(at, kind, needed=not headless and kind != "ExternalName")
    _sessions(at)
    _traffic(at, kind)
    _balancer(at, kind)
    _annotated(whole, kind)
    for index, text in enumerate(at.texts("externalIPs")):
        if not addresses.is_ip(text):
            at.wrong_item("P200", "externalIPs", index, f"`{text}` is not an IP address")
        elif addresses.special(text):
            at.wrong_item("P200", "externalIPs", index, f"is {addresses.special(text)}")


def _external_name(at: At, ips: list[str]) -> None:
    name = at.text("externalName").removesuffix(".")
    if not name:
        at.required("externalName")
    elif not labels.is_name(name):
        at.misnamed("externalName", f"`{name}` is not a domain")
    if ips:
        field = "clusterIPs" if at.texts("clusterIPs") else "clusterIP"
        at.forbidden(field, "is not for ExternalName")
    for field in ("ipFamilies", "ipFamilyPolicy"):
        if at.given(field) and (field == "ipFamilyPolicy" or at.texts(field)):
            at.forbidden(field, "is not for ExternalName")


def _addresses(at: At, ips: list[str], *, headless: bool) -> None:
    families, first = at.texts("ipFamilies"), at.text("clusterIP")
    if ips and first != ips[0]:
        at.forbidden("clusterIPs", "must begin with `clusterIP`")
    for index, family in enumerate(families):
        if family not in _FAMILIES:
            at.wrong_item("P201", "ipFamilies", index, "must be IPv4 or IPv6")
        elif family in families[:index]:
            at.wrong_item("P205", "ipFamilies", index, f"{family} is given twice")
    policies = ("PreferDualStack", "RequireDualStack", "SingleStack")
    at.one_of("ipFamilyPolicy", policies, needed=at.given("ipFamilyPolicy"))
    if headless:
        return
    wrong = [text for text in ips if not addresses.is_ip(text)]
    field = "clusterIPs" if at.texts("clusterIPs") else "clusterIP"
    if wrong:
        at.invalid(field, f"has `{wrong[0]}`, which is not an IP address")
        return
    versions = [addresses.version(text) for text in ips]
    if len(versions) > 2 or len(set(versions)) < len(versions):
        at.invalid(field, "may have one address of each family")
    for family, version in zip(families, versions, strict=False):
        if family in _FAMILIES and family != f"IPv{version}":
            at.forbidden(field, f"has an address that is not {family}, as ipFamilies says")


def _ports(at: At, kind: str, *, needed: bool) -> None:
    ports = list(at.children("ports"))
    if needed and not ports:
        at.required("ports")
    names: set[str] = set()
    taken: set[tuple[str, str, int]] = set()
    for each in ports:
        name, protocol = each.text("name"), each.text("protocol", default="TCP")
        if not name and len(ports) > 1:
            each.required("name", hint="each of several ports needs one")
        if name:
            labels.check_dns_label(name, each.at("name"), each.place("name"), each.report)
            if name in names:
                each.twice("name", f"`{name}` is given twice")
        names.add(name)
        each.one_of("protocol", ("TCP", "UDP", "SCTP"))
        if not 1 <= each.number("port") <= 65535:
            each.invalid("port", "must be from 1 to 65535")
        target = each.tree.at("targetPort")
        if as_int(target) or as_text(target):  # otherwise it is the port
            port(each, "targetPort")
        application = each.text("appProtocol")
        if each.given("appProtocol") and not labels.is_qualified(application):
            each.misnamed("appProtocol", f"`{application}` is not a valid name")
        if each.number("nodePort") and kind == "ClusterIP":
            each.forbidden("nodePort", "is not for type ClusterIP")
        for field in ("port", "nodePort"):
            number = each.number(field)
            if number and (field, protocol, number) in taken:
                each.twice(field, f"{number}/{protocol} is given twice")
            taken.add((field, protocol, number))


def _sessions(at: At) -> None:
    at.one_of("sessionAffinity", ("ClientIP", "None"))
    seconds = at.child("sessionAffinityConfig", "clientIP")
    if at.text("sessionAffinity") == "ClientIP" and seconds is not None:
        seconds.within("timeoutSeconds", 1, 86400)


def _traffic(at: At, kind: str) -> None:
    outside = kind in ("LoadBalancer", "NodePort") or (
        kind == "ClusterIP" and bool(at.texts("externalIPs"))
    )
    policy = at.text("externalTrafficPolicy")
    if policy and not outside:
        at.forbidden("externalTrafficPolicy", "is for Services that are reached from outside")
    else:
        at.one_of("externalTrafficPolicy", ("Cluster", "Local"))
    check = "healthCheckNodePort"
    if at.number(check):
        if kind != "LoadBalancer" or policy != "Local":
            at.forbidden(check, "goes with LoadBalancer and externalTrafficPolicy Local only")
        else:
            at.within(check, 1, 65535)
    internal = "internalTrafficPolicy"
    at.one_of(internal, ("Cluster", "Local"), needed=at.given(internal))
    choices = ("PreferClose", "PreferSameNode", "PreferSameZone")
    at.one_of("trafficDistribution", choices, needed=at.given("trafficDistribution"))


def _balancer(at: At, kind: str) -> None:
    for field in _BALANCER_ONLY:
        empty = field == "loadBalancerSourceRanges" and not at.texts(field)
        if kind != "LoadBalancer" and at.given(field) and not empty:
            at.forbidden(field, "is for type LoadBalancer only")
    name = at.text("loadBalancerClass")
    if kind == "LoadBalancer" and at.given("loadBalancerClass") and not labels.is_qualified(name):
        at.misnamed("loadBalancerClass", f"`{name}` is not a valid name")
    for index, text in enumerate(at.texts("loadBalancerSourceRanges")):
        if not addresses.is_network(text.strip()):
            why = f"`{text}` is not a network such as 10.0.0.0/8"
            at.wrong_item("P200", "loadBalancerSourceRanges", index, why)


def _annotated(whole: At, kind: str) -> None:
    found = texts_of(whole.tree.at("metadata", "annotations"))
    hints, mode = (f"service.kubernetes.io/topology-{each}" for each in ("aware-hints", "mode"))
    if hints in found and mode in found and found[hints] != found[mode]:
        whole.forbidden("metadata.annotations", f"must not have {hints} and {mode} that differ")
    key = "service.beta.kubernetes.io/load-balancer-source-ranges"
    if key in found and not whole.given("spec", "loadBalancerSourceRanges"):
        ranges = found[key].strip()
        if kind != "LoadBalancer":
            whole.forbidden("metadata.annotations", f"has {key}, for type LoadBalancer only")
        if ranges and not all(addresses.is_network(each.strip()) for each in ranges.split(",")):
            whole.invalid("metadata.annotations", f"has {key}, which are not networks")
