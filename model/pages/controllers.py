"""The page of controllers: `python -m model.pages.controllers > docs/controllers.md`."""

from __future__ import annotations

from model.controllers.contract import Controller
from model.controllers.table import LIMITS, WORKLOADS

_INTRODUCTION = """\
# The controllers

The loops of kube-controller-manager that the model has, under the names that traces and
`spec.faults` call them by. Each obtains what is desired, observes what is there, determines the
difference, and sends requests to reconcile the two, one at a time, while the world moves. What a
sync has decided and not sent yet is part of the state, in one way for all of them ([ADR
20](adr/0020-syncs-keep-what-they-decide.md)). A cluster has those that its objects, its change and
its faults give something to do.

The file of each in `model/controllers` says which of upstream's files it follows.

This page is printed by `python -m model.pages.controllers`.
"""


def page() -> str:
    """The whole page, in markdown."""
    return "\n".join(
        (_INTRODUCTION, *(_section(row.controller()) for row in (*WORKLOADS, *LIMITS)))
    )


def _section(controller: Controller) -> str:
    lines = [
        f"## {controller.name}",
        "",
        f"- watches: {', '.join(controller.watches)}",
        f"- desired: {controller.desired}",
        f"- observed: {controller.observed}",
        f"- difference: {controller.difference}",
        f"- requests: {controller.requests}",
    ]
    lines += [f"- left out: {each}" for each in controller.omits]
    return "\n".join((*lines, ""))


if __name__ == "__main__":
    print(page(), end="")
