"""Random expressions over the schema, each of a type that is wanted."""

from __future__ import annotations

from random import Random

Scope = dict[str, str]

_TEXTS = {
    "pod": (
        "{v}.metadata.name",
        "{v}.metadata.namespace",
        "{v}.metadata.labels.app",
        "{v}.metadata.labels['tier']",
        "{v}.metadata.labels.nothing",
        "{v}.spec.nodeName",
        "{v}.status.phase",
        "{v}.status.conditions.filter(c, c.type == 'Ready').map(c, c.status)",
    ),
    "node": ("{v}.metadata.name", "{v}.metadata.labels.zone", "{v}.metadata.labels.size"),
    "set": ("{v}.metadata.name", "{v}.metadata.namespace"),
}
_TRUTHS = {
    "pod": (
        "{v}.status.ready",
        "{v}.status.available",
        "has({v}.spec.nodeName)",
        "has({v}.metadata.deletionTimestamp)",
        "has({v}.metadata.labels.tier)",
        "'tier' in {v}.metadata.labels",
        "{v}.status.phase == 'Pending'",
        "{v}.status.phase in ['Running', 'Pending']",
        "{v}.status.phase in ['Running']",
        "({v}.status.ready ? 'Running' : {v}.metadata.labels.app) == {v}.status.phase",
        "({v}.status.ready ? 'web' : 'api') != {v}.metadata.labels.app",
        "{v}.spec.nodeName == 'big'",
        "{v}.spec.nodeName.startsWith('b')",
        "{v}.metadata.labels.app != 'web'",
        "{v}.metadata.labels.tier == 'front'",
        "{v}.metadata.labels['tier'].contains('a')",
        "{v}.metadata.labels.app.matches('^w.b$')",
        "{v}.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
        "{v}.status.conditions.all(c, c.status != 'True')",
    ),
    "node": (
        "{v}.spec.unschedulable",
        "{v}.status.ready",
        "{v}.status.up",
        "{v}.metadata.name == 'small'",
        "{v}.metadata.labels.size == 'big'",
        "has({v}.metadata.labels.size)",
        "{v}.metadata.labels.zone in ['a', 'c']",
        "{v}.status.conditions.exists_one(c, c.status == 'Unknown')",
    ),
    "set": ("{v}.spec.replicas > 1", "{v}.status.revision == 1"),
}
_NUMBERS = {
    "pod": ("{v}.status.revision", "{v}.spec.terminationGracePeriodSeconds"),
    "node": (),
    "set": ("{v}.spec.replicas", "{v}.status.availableReplicas", "{v}.status.revision"),
}
_LISTS = {"pod": "pods", "node": "nodes", "set": "replicasets"}


class Maker:
    """Makes expressions from a seed; `workloads` are what functions name."""

    def __init__(self, random: Random, workloads: tuple[str, ...]) -> None:
        self.random, self.workloads, self.count = random, workloads, 0

    def _one(self, choices: list[str] | tuple[str, ...]) -> str:
        return self.random.choice(choices)

    def truth(self, depth: int, scope: Scope) -> str:
        """A condition over variables of known kinds."""
        here = [(v, kind) for v, kind in scope.items()]
        if depth <= 0 or (here and self.random.random() < 0.25):
            if not here:
                return self._one(["true", "false", f"{self.number(0, scope)} > 1"])
            variable, kind = self.random.choice(here)
            return self._one(_TRUTHS[kind]).format(v=variable)
        match self.random.randrange(11):
            case 0 | 1:
                return f"({self.truth(depth - 1, scope)} && {self.truth(depth - 1, scope)})"
            case 2 | 3:
                return f"({self.truth(depth - 1, scope)} || {self.truth(depth - 1, scope)})"
            case 4:
                return f"!({self.truth(depth - 1, scope)})"
            case 5:
                operator = self._one(["<", "<=", ">", ">=", "==", "!="])
                return f"{self.number(depth - 1, scope)} {operator} {self.number(depth - 1, scope)}"
            case 6:
                test, one, other = (self.truth(depth - 1, scope) for _ in range(3))
                return f"({test} ? {one} : {other})"
            case 7 if len(here) > 1:
                return self._texts(scope)
        kind, items = self._items(depth - 1, scope)
        variable = self._fresh()
        macro = self._one(["all", "exists", "exists_one"])
        return f"{items}.{macro}({variable}, {self.truth(depth - 1, {**scope, variable: kind})})"

    def _texts(self, scope: Scope) -> str:
        """Two texts that are compared, of whatever objects there are."""
        kinds = list(scope.items())
        (one, first), (other, second) = self.random.sample(kinds, 2)
        left, right = (
            self._one([t for t in _TEXTS[kind] if "conditions" not in t])
            for kind in (first, second)
        )
        identities = {"pod", "set"}
        if first in identities and left == "{v}.metadata.name":
            right = "{v}.metadata.name"
            if first != second:
                return "true"
        elif second in identities and right == "{v}.metadata.name":
            right = "{v}.metadata.namespace"
        if "phase" in left + right and left != right:
            return "false"
        operator = self._one(["==", "!="])
        return f"{left.format(v=one)} {operator} {right.format(v=other)}"

    def number(self, depth: int, scope: Scope) -> str:
        """A number."""
        choices = [str(self.random.randrange(-2, 4))]
        for workload in self.workloads:
            choices.append(f"{workload}.spec.replicas")
            if workload.startswith("deployment"):
                choices.append(f"{workload}.spec.strategy.rollingUpdate.maxSurge")
                choices.append(f"{workload}.status.wantedRevision")
        for variable, kind in scope.items():
            choices += [each.format(v=variable) for each in _NUMBERS[kind]]
        if depth <= 0:
            return self._one(choices)
        match self.random.randrange(8):
            case 0:
                return self._one(choices)
            case 1:
                operator = self._one(["+", "-", "*"])
                one, other = self.number(depth - 1, scope), self.number(depth - 1, scope)
                return f"({one} {operator} {other})"
            case 2:
                divisor = self._one(["2", "-2", "3", "-3"])
                return f"({self.number(depth - 1, scope)} {self._one(['/', '%'])} {divisor})"
            case 3:
                test = self.truth(depth - 1, scope)
                one, other = self.number(depth - 1, scope), self.number(depth - 1, scope)
                return f"({test} ? {one} : {other})"
        kind, items = self._items(depth - 1, scope)
        if self.random.random() < 0.5:
            return f"{items}.size()"
        variable = self._fresh()
        return (
            f"{items}.filter({variable}, {self.truth(depth - 1, {**scope, variable: kind})}).size()"
        )

    def _items(self, depth: int, scope: Scope) -> tuple[str, str]:
        """A list of objects."""
        kind = self._one(["pod", "pod", "pod", "node", "set"])
        found = _LISTS[kind]
        while depth > 0 and self.random.random() < 0.35:
            variable = self._fresh()
            test = self.truth(depth - 1, {**scope, variable: kind})
            found = f"{found}.filter({variable}, {test})"
            depth -= 1
        return kind, found

    def _fresh(self) -> str:
        self.count += 1
        return f"x{self.count}"
