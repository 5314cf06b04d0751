"""What the API server's admission adds to pods when they are created.

Source: kubernetes v1.36.3 `plugin/pkg/admission/defaulttolerationseconds/admission.go`.

Omits: the other plugins; webhooks.
"""

from __future__ import annotations

from model.api.pod import PodTemplate, Toleration

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
#: Seconds that a pod which does not say so stays on a node that is not ready or unreachable.
DEFAULT_SECONDS = 300


def admitted_tolerations(template: PodTemplate) -> tuple[Toleration, ...]:
    """A pod's tolerations once the DefaultTolerationSeconds plugin has seen it.

    It adds one for a node that is not ready and one for an unreachable node, each unless a
    toleration of the pod names that key (or none) and that effect (or none), whatever its operator
    and value.
    """
    given = template.tolerations
    covered = {toleration.key for toleration in given if toleration.effect in ("", "NoExecute")}
    added = (
        Toleration(key, "Exists", "", "NoExecute", DEFAULT_SECONDS)
        for key in (NOT_READY, UNREACHABLE)
        if not {"", key} & covered
    )
    return *given, *added
