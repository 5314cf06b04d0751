"""StatefulSets' pods and the requests of a sync, as the cases of tests write them.

Pods are written by ordinal, with a letter for the state and one for the revision: R ready (J: too
short a time for minReadySeconds), N not ready, P pending, F failed, S succeeded, T terminating, X
failed and terminating; o old, n new; - is none. Requests are +1n (create of that revision), -1
(delete), ~1 (update), +claim 1, and =claim 1 with the owners that the claim has afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from model.controllers import ordinals
from model.controllers.claims import Claim
from model.controllers.ordinals import Pod, Request
from model.ir.expr import TRUE

STATES: Mapping[str, ordinals.State] = {
    "R": "Ready",
    "J": "JustReady",
    "N": "NotReady",
    "P": "Pending",
    "F": "Failed",
    "X": "Failed",
    "S": "Succeeded",
    "T": "Terminating",
}


def pods(text: str, claims: Mapping[int, Sequence[Claim]] | None = None) -> list[Pod]:
    """Pods as they are written; the current revision is the old one."""
    found = []
    for ordinal, word in enumerate(text.split()):
        made = (
            ordinals.pod("Absent", updated=False, current=False)
            if word == "-"
            else ordinals.pod(
                STATES[word[0]], updated=word[1] == "n", current=word[1] == "o", waits=True
            )
        )
        if word[0] == "X":
            made = made._replace(terminating=TRUE)
        found.append(made._replace(claims=tuple((claims or {}).get(ordinal, ()))))
    return found


def told(requests: Sequence[Request]) -> str:
    return " ".join(map(_told, requests))


def _told(request: Request) -> str:
    match request.verb:
        case "create":
            return f"+{request.ordinal}{'o' if request.current is TRUE else 'n'}"
        case "delete":
            return f"-{request.ordinal}"
        case "update":
            return f"~{request.ordinal}"
        case "create claim":
            return f"+claim {request.ordinal}"
    assert request.owners is not None
    names = {"set": request.owners.of_set, "pod": request.owners.of_pod}
    owning = [name for name, owns in names.items() if owns is TRUE]
    return f"=claim {request.ordinal}:{'+'.join(owning) or 'nobody'}"
