"""Vectors of Services: the EndpointSlices that one sync makes from none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checker.conformance.contract import Outcome, Vector, compared
from model.network import endpoints
from model.network.endpoints import Pod, Port, Service, ServicePort

_ZONE = "topology.kubernetes.io/zone"


def judge(vector: Vector) -> Mapping[str, Outcome]:
    given, real = vector.input, vector.output
    zones = {
        each["metadata"]["name"]: each["metadata"].get("labels", {}).get(_ZONE, "")
        for each in given["nodes"]
    }
    pods = [_pod(each) for each in given["pods"]]
    found = endpoints.sync(_service(given["service"]), pods, zones)
    ours = {
        "slices": sorted(map(_slice, found.slices), key=str),
        "fails": bool(found.left_out),
    }
    theirs = {
        "slices": sorted(map(_normal, real["slices"]), key=str),
        "fails": bool(real.get("error")),
    }
    return {"EndpointSlice": compared(theirs, ours)}


def _service(given: Any) -> Service:
    meta, spec = given["metadata"], given["spec"]
    ports = (
        ServicePort(
            each.get("name", ""), each["targetPort"], each["protocol"], each.get("appProtocol")
        )
        for each in spec.get("ports", ())
    )
    return Service(
        meta["namespace"],
        meta["name"],
        spec.get("selector"),
        tuple(ports),
        tuple(spec.get("ipFamilies", ())),
        spec.get("clusterIP", "") in ("", "None"),
        spec["type"] == "ExternalName",
        spec.get("publishNotReadyAddresses", False),
        meta.get("labels", {}),
    )


def _pod(given: Any) -> Pod:
    meta, spec, status = given["metadata"], given["spec"], given["status"]
    sidecars = [e for e in spec.get("initContainers", ()) if e.get("restartPolicy") == "Always"]
    ports = (
        Port(port.get("name", ""), port["containerPort"], port.get("protocol", "TCP"))
        for container in (*spec["containers"], *sidecars)
        for port in container.get("ports", ())
    )
    ready = [e["status"] for e in status.get("conditions", ()) if e["type"] == "Ready"]
    return Pod(
        meta["namespace"],
        meta["name"],
        meta.get("labels", {}),
        tuple(ports),
        tuple(each["ip"] for each in status.get("podIPs", ())),
        ready == ["True"],
        "deletionTimestamp" in meta,
        status["phase"] in ("Succeeded", "Failed"),
        spec.get("nodeName", ""),
        spec.get("hostname", ""),
        spec.get("subdomain", ""),
    )


def _slice(found: endpoints.Slice) -> dict[str, object]:
    return {
        "addressType": found.family,
        "labels": dict(sorted(found.labels.items())),
        "ports": sorted(f"{each.name}:{each.number}/{each.protocol}" for each in found.ports),
        "endpoints": sorted(
            (
                {name: value for name, value in vars(each).items() if value not in ("", None)}
                | {"addresses": list(each.addresses)}
                for each in found.endpoints
            ),
            key=lambda each: str(each["pod"]),
        ),
    }


def _normal(given: Any) -> dict[str, object]:
    """A slice of a vector, in the order of ours."""
    return {
        "addressType": given["addressType"],
        "labels": dict(sorted(given["labels"].items())),
        "ports": given["ports"],
        "endpoints": given["endpoints"],
    }
