"""The table of what the model leaves out although manifests may ask for it.

May enter: the rows of components. May not enter: how a row is found (that is the component's), what
becomes of verdicts (that is `checker.omitted`), and the page that shows them (`model.pages`).
"""

from __future__ import annotations

from model.apiserver import omitted as admission
from model.controllers import disruption
from model.controllers import omitted as controllers
from model.network import omitted as networking
from model.node import omitted as nodes
from model.omission import Omission
from model.scheduler import omitted as scheduling

#: By the names that users accept them by, in the order in which reports have them.
OMISSIONS: dict[str, Omission] = {
    row.name: row
    for row in (
        *controllers.OMITTED,
        *admission.OMITTED,
        *scheduling.OMITTED,
        *nodes.OMITTED,
        *networking.OMITTED,
        *disruption.OMITTED,
    )
}

#: What stands for all of them.
EVERYTHING = "all"
