"""The jobs beside the main one: `check NAME …`."""

from __future__ import annotations

#: The other jobs by name: "module:click command". Imported when asked for.
JOBS: dict[str, str] = {
    "cluster-trace": "checker.following.command:cluster_trace",
    "config": "checker.configured:config",
    "conformance": "checker.conformance.command:conformance",
    "explain": "checker.explaining:explain",
    "invariants": "checker.claiming:invariants",
    "place": "checker.placing:place",
    "raft-trace": "checker.recorded:raft_trace",
    "recheck": "checker.recheck:recheck",
    "replay": "checker.replaying:replay",
}
