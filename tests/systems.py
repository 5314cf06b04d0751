"""Systems to test engines on: textbook protocols and random small systems.

Textbook systems come with names of their properties that say what must come out. Random systems
use every form of expression, update and property that the intermediate representation has.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from model.ir.expr import (
    FALSE,
    TRUE,
    Expr,
    boolean,
    conj,
    constant,
    disj,
    element,
    greatest,
    integer,
    ite,
    least,
    none,
    variable,
)
from model.ir.quantifier import (
    count,
    exists,
    forall,
    maximum,
    minimum,
    total,
)
from model.ir.system import (
    Bound,
    Builder,
    Definition,
    Fairness,
    Property,
    StateFunction,
    System,
    Table,
    Update,
    assign,
)
from model.ir.types import BOOL, BoolType, ElementType, EnumType, IntType, Sort, Type


def two_phase_commit(managers: int, *, symmetric: bool = False) -> System:
    """Gray and Lamport's two-phase commit: 288 states with 3 resource managers, 8,832 with 5."""
    b = Builder(f"two-phase commit of {managers}")
    sort = Sort("Manager", tuple(f"rm{i}" for i in range(managers)), symmetric)
    local = EnumType("Local", ("working", "prepared", "committed", "aborted"))
    decision = EnumType("Decision", ("init", "committed", "aborted"))
    state = b.function("state", (sort,), local, 0)
    coordinator = b.function("coordinator", (), decision, 0)
    heard = b.function("heard", (sort,), BOOL, 0)
    said = b.function("said", (sort,), BOOL, 0)
    commit = b.function("commit sent", (), BOOL, 0)
    abort = b.function("abort sent", (), BOOL, 0)
    m = variable("m", sort)
    working = state[m] == constant(local, "working")
    undecided = coordinator() == constant(decision, "init")

    def become(name: str) -> Update:
        return assign(state[m], constant(local, name))

    b.action("prepare", "manager", [m], working, [become("prepared"), assign(said[m], True)])
    b.action("choose to abort", "manager", [m], working, [become("aborted")])
    b.action("obey commit", "manager", [m], commit(), [become("committed")])
    b.action("obey abort", "manager", [m], abort(), [become("aborted")])
    b.action("hear", "coordinator", [m], undecided & said[m], [assign(heard[m], True)])
    b.action(
        "commit",
        "coordinator",
        [],
        undecided & forall(sort, lambda r: heard[r]),
        [assign(coordinator(), constant(decision, "committed")), assign(commit(), True)],
    )
    b.action(
        "abort",
        "coordinator",
        [],
        undecided,
        [assign(coordinator(), constant(decision, "aborted")), assign(abort(), True)],
    )

    def some(name: str) -> Expr:
        return exists(sort, lambda r: state[r] == constant(local, name))

    b.properties += [
        Property("consistent", "always", ~(some("aborted") & some("committed"))),
        Property("can commit", "reachable", some("committed")),
        Property("never aborts", "always", ~some("aborted")),
    ]
    return b.build()


def peterson(*, fairness: Fairness = "weak") -> System:
    """Peterson's mutual exclusion for two: exclusive, and nobody starves under weak fairness."""
    b = Builder("Peterson")
    side = Sort("Process", ("left", "right"))
    place = EnumType("Place", ("idle", "asking", "waiting", "critical"))
    at = b.function("at", (side,), place, 0)
    wants = b.function("wants", (side,), BOOL, 0)
    turn = b.function("turn", (), ElementType(side), 0)
    for me, other in (("left", "right"), ("right", "left")):
        i, j = element(side, me), element(side, other)

        def move(source: str, target: str, i: Expr = i) -> tuple[Expr, Update]:
            return at[i] == constant(place, source), assign(at[i], constant(place, target))

        guard, go = move("idle", "asking")
        b.action(f"{me} asks", me, [], guard, [go, assign(wants[i], True)])
        guard, go = move("asking", "waiting")
        b.action(f"{me} yields", me, [], guard, [go, assign(turn(), j)], fairness=fairness)
        guard, go = move("waiting", "critical")
        may = ~wants[j] | (turn() == i)
        b.action(f"{me} enters", me, [], guard & may, [go], fairness=fairness)
        guard, go = move("critical", "idle")
        b.action(f"{me} leaves", me, [], guard, [go, assign(wants[i], False)], fairness=fairness)
    left, right = element(side, "left"), element(side, "right")
    critical, waiting = constant(place, "critical"), constant(place, "waiting")
    b.properties += [
        Property("exclusion", "always", ~((at[left] == critical) & (at[right] == critical))),
        Property("no starvation", "leads to", at[left] == waiting, at[left] == critical),
        Property("left enters", "eventually", at[left] == critical),
    ]
    return b.build()


def semaphore(processes: int, *, fairness: Fairness) -> System:
    """A semaphore of one, acquired by each process through an action of its own.

    "p0 served" needs strong fairness: its acquisition is enabled again and again, never for good.
    """
    b = Builder(f"semaphore of {processes}, {fairness} fairness")
    sort = Sort("Process", tuple(f"p{i}" for i in range(processes)))
    place = EnumType("Place", ("waiting", "critical"))
    at = b.function("at", (sort,), place, 0)
    free = b.function("free", (), BOOL, 1)
    for name in sort.elements:
        me = element(sort, name)
        waiting = at[me] == constant(place, "waiting")
        b.action(
            f"{name} acquires",
            name,
            [],
            free() & waiting,
            [assign(at[me], constant(place, "critical")), assign(free(), False)],
            fairness=fairness,
        )
        b.action(
            f"{name} releases",
            name,
            [],
            ~waiting,
            [assign(at[me], constant(place, "waiting")), assign(free(), True)],
            fairness="weak",
        )
    critical = constant(place, "critical")
    first = at[element(sort, sort.elements[0])]
    b.properties += [
        Property("exclusion", "always", count(sort, lambda p: at[p] == critical) <= 1),
        Property("p0 served", "always eventually", first == critical),
        Property("p0 settles", "eventually always", first == critical),
    ]
    return b.build()


def token_ring(size: int, *, fair: bool = True) -> System:
    """A token that goes round; every member gets it for ever if passing it on is fair."""
    b = Builder(f"token ring of {size}")
    sort = Sort("Member", tuple(f"m{i}" for i in range(size)))
    following = b.table("next", (sort,), ElementType(sort), [(i + 1) % size for i in range(size)])
    holder = b.function("holder", (), ElementType(sort), 0)
    b.action(
        "pass",
        "holder",
        [],
        TRUE,
        [assign(holder(), following[holder()])],
        fairness="weak" if fair else "none",
    )
    last = element(sort, sort.elements[-1])
    b.properties += [
        Property("comes again", "always eventually", holder() == last),
        Property("stays", "eventually always", holder() == last),
    ]
    return b.build()


def rollout(pods: int, nodes: int, *, symmetric: bool = True, crashes: int = 1) -> System:
    """A toy of a rolling update: pods of two revisions are created, bound, run and are deleted."""
    b = Builder(f"rollout of {pods} pods on {nodes} nodes")
    pod = Sort("Pod", tuple(f"pod{i}" for i in range(pods)), symmetric)
    node = Sort("Node", tuple(f"node{i}" for i in range(nodes)), symmetric)
    phases = EnumType("Phase", ("absent", "pending", "starting", "ready", "stopping", "failed"))
    phase = b.function("phase", (pod,), phases, 0)
    placed = b.function("node", (pod,), ElementType(node, optional=True), -1)
    new = b.function("new", (pod,), BOOL, 0)
    up = b.function("up", (node,), BOOL, 1)
    spare = b.function("crashes left", (), IntType(0, max(1, crashes)), crashes)
    wanted = b.function("wanted", (), IntType(0, pods), max(1, pods // 2))
    changed = b.function("changed", (), BOOL, 0)
    p, n = variable("p", pod), variable("n", node)

    def at(e: Expr, name: str) -> Expr:
        return phase[e] == constant(phases, name)

    def to(name: str) -> Update:
        return assign(phase[p], constant(phases, name))

    def used(e: Expr) -> Expr:
        return count(pod, lambda q: placed[q] == e)

    room = -(-pods // nodes)
    live = b.define("live", [p], ~at(p, "absent") & ~at(p, "failed") & ~at(p, "stopping"))
    serving = count(pod, lambda q: at(q, "ready"))
    current = count(pod, lambda q: live[q] & (new[q] == changed()))
    stale = count(pod, lambda q: live[q] & (new[q] != changed()))
    node_up = up.get(placed[p], False)
    b.action("change", "user", [], ~changed(), [assign(changed(), True)])
    b.action(
        "create",
        "replica set",
        [p],
        at(p, "absent") & (current < wanted()) & (current + stale <= wanted()),
        [to("pending"), assign(new[p], changed())],
        fairness="weak",
    )
    b.action(
        "scale down",
        "deployment",
        [p],
        live[p] & (new[p] != changed()) & ((serving >= wanted()) | ~at(p, "ready")),
        [to("stopping")],
        fairness="weak",
    )
    b.action(
        "bind",
        "scheduler",
        [p, n],
        at(p, "pending") & placed[p].is_none() & up[n] & (used(n) < room),
        [assign(placed[p], n), to("starting")],
        fairness="weak",
    )
    b.action("start", "kubelet", [p], at(p, "starting") & node_up, [to("ready")], fairness="weak")
    gone = [
        assign(phase[p], constant(phases, "absent")),
        assign(placed[p], none(node)),
        assign(new[p], False),
    ]
    done = (at(p, "stopping") & (node_up | placed[p].is_none())) | at(p, "failed")
    b.action("remove", "kubelet", [p], done, gone, fairness="weak")
    q = variable("q", pod)
    lost = assign(
        phase[q],
        constant(phases, "failed"),
        q,
        where=(placed[q] == n) & ~at(q, "absent"),
    )
    b.action(
        "crash",
        "fault",
        [n],
        up[n] & (spare() > 0),
        [assign(up[n], False), assign(spare(), spare() - 1), lost],
    )
    b.action("repair", "fault", [n], ~up[n], [assign(up[n], True)], fairness="weak")
    settled = (serving >= wanted()) & (stale == 0)
    b.properties += [
        Property("bounded", "always", current + stale <= wanted() + 1),
        Property("converges", "eventually always", settled & (serving <= wanted())),
        Property("served", "always eventually", settled),
        Property("two at once", "reachable", exists(node, lambda m: used(m) > 1)),
    ]
    return b.build()


class _Maker:
    """Draws one random system from a seed; `size` from 1 to 4 scales everything."""

    def __init__(self, seed: int, size: int) -> None:
        self.random = random.Random(seed)
        self.size = size
        self.builder = Builder(f"random {seed}, size {size}")
        self.sorts: list[Sort] = []
        self.enum = EnumType("Colour", ("red", "green", "blue"))
        self.definitions: list[Definition] = []

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # -- declarations --------------------------------------------------------------------------
    def make(self) -> System:
        for name in ("A", "B", "C")[: self.random.randint(1, min(3, self.size + 1))]:
            self.sorts.append(self.sort(name))
        cells = 0
        for index in range(self.random.randint(2, 2 + self.size)):
            domain = self.domain()
            size = 1
            for sort in domain:
                size *= sort.size
            if cells + size > 4 + 3 * self.size:
                domain, size = (), 1
            cells += size
            type = self.type()
            values = [self.random.randint(type.lo, type.hi) for _ in range(size)]
            self.builder.function(f"f{index}", domain, type, values)
        for index in range(self.random.randint(0, 2)):
            self.table(index)
        for index in range(self.random.randint(0, 2)):
            parameters = [variable(f"d{i}", sort) for i, sort in enumerate(self.domain())]
            body = self.value(self.type(), parameters, 2)
            self.definitions.append(self.builder.define(f"view{index}", parameters, body))
        for index in range(self.random.randint(2, 2 + self.size)):
            self.action(index)
        self.add_properties()
        system = self.builder.build()
        if self.chance(0.2):
            other = tuple(self.random.randint(f.type.lo, f.type.hi) for f, _ in system.cells)
            system = replace(system, initial=(*system.initial, other))
        return system

    def sort(self, name: str) -> Sort:
        elements = tuple(f"{name.lower()}{i}" for i in range(self.random.randint(1, 3)))
        return Sort(name, elements, self.chance(0.5))

    def domain(self) -> tuple[Sort, ...]:
        arity = self.random.choice((0, 1, 1, 1, 2))
        return tuple(self.random.choice(self.sorts) for _ in range(arity))

    def type(self) -> Type:
        kind = self.random.randrange(4)
        if kind == 0:
            return BOOL
        if kind == 1:
            return self.enum
        if kind == 2:
            low = self.random.choice((0, 0, -1, -2, 100, -130))
            return IntType(low, low + self.random.randint(1, 3))
        return ElementType(self.random.choice(self.sorts), self.chance(0.6))

    def table(self, index: int) -> None:
        domain = tuple(
            IntType(self.random.choice((0, -1)), 2)
            if self.chance(0.3)
            else self.random.choice(self.sorts)
            for _ in range(self.random.randint(1, 2))
        )
        size = 1
        for entry in domain:
            size *= entry.size if isinstance(entry, Sort) else entry.hi - entry.lo + 1
        type = self.type()
        values = [self.random.randint(type.lo, type.hi) for _ in range(size)]
        if self.chance(0.4):
            values = [values[0]] * size
        self.builder.table(f"t{index}", domain, type, values)

    def action(self, index: int) -> None:
        sorts = [self.random.choice(self.sorts) for _ in range(self.random.choice((0, 1, 1, 2)))]
        parameters = [variable(f"p{i}", sort) for i, sort in enumerate(sorts)]
        functions = self.random.sample(
            self.builder.functions, min(len(self.builder.functions), self.random.randint(1, 2))
        )
        updates = [self.update(function, parameters) for function in functions]
        parts = [self.boolean(parameters, 2) for _ in range(self.random.randint(1, 3))]
        guard = TRUE if self.chance(0.2) else disj(*parts) if self.chance(0.6) else conj(*parts)
        fairness: Fairness = self.random.choice(("none", "weak", "weak", "strong"))
        self.builder.action(f"act{index}", "someone", parameters, guard, updates, fairness=fairness)

    def update(self, function: StateFunction, parameters: list[Expr]) -> Update:
        arguments: list[Expr] = []
        over: list[Expr] = []
        for i, sort in enumerate(function.domain):
            fitting = [p for p in parameters + over if p.type == ElementType(sort)]
            if fitting and self.chance(0.6):
                arguments.append(self.random.choice(fitting))
            elif not sort.symmetric and self.chance(0.3):
                arguments.append(element(sort, self.random.choice(sort.elements)))
            else:
                over.append(variable(f"o{i}", sort))
                arguments.append(over[-1])
        scope = parameters + over
        where = self.boolean(scope, 1) if self.chance(0.4) else TRUE
        target = function[tuple(arguments)]
        value = self.value(function.type, scope, 2)
        if self.chance(0.75):
            value = self.advance(target, scope)
        return assign(target, value, *over, where=where)

    def advance(self, target: Expr, scope: list[Expr]) -> Expr:
        """A value that differs from the present one, so that random systems move."""
        match target.type:
            case BoolType():
                return ~target
            case IntType(lo, hi):
                return ite(target < hi, least(target + 1, hi), lo)
            case EnumType():
                red, green, blue = (constant(target.type, name) for name in target.type.values)
                return ite(target == red, green, ite(target == green, blue, red))
            case ElementType():
                return self.element(target.type, scope, 1)

    def add_properties(self) -> None:
        for index, kind in enumerate(
            (
                "always",
                "eventually",
                "leads to",
                "always eventually",
                "eventually always",
                "reachable",
            )
        ):
            witness = self.boolean([], 1) if self.chance(0.2) else None
            self.builder.properties.append(
                Property(
                    f"property {index}",
                    kind,  # type: ignore[arg-type]
                    self.boolean([], 2),
                    self.boolean([], 2),
                    witness,
                )
            )
        if self.chance(0.2):
            self.builder.bounds.append(Bound("bound", self.boolean([], 1), "a bound is reached"))

    # -- expressions ---------------------------------------------------------------------------
    def value(self, type: Type, scope: list[Expr], depth: int) -> Expr:
        """An expression whose values all lie in `type`."""
        if isinstance(type, BoolType):
            return self.boolean(scope, depth)
        if isinstance(type, IntType):
            number = self.number(scope, depth)
            return least(greatest(number, type.lo), type.hi)
        if isinstance(type, EnumType):
            return self.colour(scope, depth)
        return self.element(type, scope, depth)

    def lookup(self, wanted: Type, scope: list[Expr], depth: int) -> Expr | None:
        """A function, table or definition of a fitting type, applied; None if there is none."""
        symbols: list[StateFunction | Table | Definition] = [
            s
            for group in (self.builder.functions, self.builder.tables, self.definitions)
            for s in group
            if _fits(s.type, wanted)
        ]
        self.random.shuffle(symbols)
        for symbol in symbols:
            domain = symbol.domain
            if not self.applicable(domain, scope):
                continue
            if len(domain) == 1 and isinstance(domain[0], Sort) and self.chance(0.4):
                argument = self.element(ElementType(domain[0], True), scope, depth - 1)
                return symbol.get(argument, self.default(symbol.type, scope))
            return symbol[
                tuple(
                    self.element(ElementType(entry), scope, depth - 1)
                    if isinstance(entry, Sort)
                    else least(greatest(self.number(scope, depth - 1), entry.lo), entry.hi)
                    for entry in domain
                )
            ]
        return None

    def applicable(self, domain: Sequence[Sort | IntType], scope: Sequence[Expr]) -> bool:
        """Whether arguments can be found: tables can name every element."""
        return True

    def default(self, type: Type, scope: list[Expr]) -> Expr:
        if isinstance(type, ElementType):
            return self.element(type, scope, 0)
        if isinstance(type, IntType):
            return integer(self.random.choice((0, -7, type.hi, 200)))
        if isinstance(type, BoolType):
            return boolean(self.chance(0.5))
        return constant(self.enum, self.random.choice(self.enum.values))

    def element(self, type: ElementType, scope: list[Expr], depth: int) -> Expr:
        """An element expression; of a sort without anything to name it, a table of one value."""
        choices: list[Expr] = [v for v in scope if v.type == ElementType(type.sort)]
        if not type.sort.symmetric:
            choices.append(element(type.sort, self.random.choice(type.sort.elements)))
        if type.optional:
            choices.append(none(type.sort))
        if depth > 0 and self.chance(0.6):
            found = self.lookup(type, scope, depth - 1)
            if found is not None:
                choices = [found]
        if not choices:
            choices = [
                f[tuple(arguments)]
                for f in self.builder.functions
                if f.type == ElementType(type.sort)
                for arguments in [self.variables(f.domain, scope)]
                if arguments is not None
            ]
        if not choices:
            choices.append(self.named(type.sort))
        if depth > 0 and len(choices) > 1 and self.chance(0.3):
            return ite(
                self.boolean(scope, depth - 1),
                self.random.choice(choices),
                self.random.choice(choices),
            )
        return self.random.choice(choices)

    def named(self, sort: Sort) -> Expr:
        """An element of a symmetric sort that only a table can name (which breaks symmetry)."""
        name = f"some {sort.name}"
        for table in self.builder.tables:
            if table.name == name:
                return table[0]
        table = self.builder.table(
            name, (IntType(0, 0),), ElementType(sort), [self.random.randrange(sort.size)]
        )
        return table[0]

    def variables(self, domain: tuple[Sort, ...], scope: list[Expr]) -> list[Expr] | None:
        result: list[Expr] = []
        for sort in domain:
            fitting = [v for v in scope if v.type == ElementType(sort)]
            if not fitting:
                return None
            result.append(self.random.choice(fitting))
        return result

    def colour(self, scope: list[Expr], depth: int) -> Expr:
        if depth > 0 and self.chance(0.5):
            found = self.lookup(self.enum, scope, depth)
            if found is not None:
                return found
        if depth > 0 and self.chance(0.3):
            return ite(
                self.boolean(scope, depth - 1),
                self.colour(scope, depth - 1),
                self.colour(scope, depth - 1),
            )
        return constant(self.enum, self.random.choice(self.enum.values))

    def number(self, scope: list[Expr], depth: int) -> Expr:
        if depth <= 0:
            return integer(self.random.choice((0, 1, 2, -1, 3, 100, -130, 127)))
        sort = self.random.choice(self.sorts)
        a = self.random.choice((1, 2, 3, -2, 50))
        match self.random.randrange(10):
            case 0:
                return self.number(scope, depth - 1) + self.number(scope, depth - 1)
            case 1:
                return self.number(scope, depth - 1) * self.number(scope, depth - 1)
            case 2:
                return self.number(scope, depth - 1) // abs(a)
            case 3:
                return self.number(scope, depth - 1) % abs(a)
            case 4:
                return ite(
                    self.boolean(scope, depth - 1),
                    self.number(scope, depth - 1),
                    self.number(scope, depth - 1),
                )
            case 5:
                return count(sort, lambda v: self.boolean([*scope, v], depth - 1))
            case 6:
                return total(sort, lambda v: self.number([*scope, v], depth - 1))
            case 7:
                pick = minimum if self.chance(0.5) else maximum
                return pick(
                    sort,
                    lambda v: self.number([*scope, v], depth - 1),
                    (lambda v: self.boolean([*scope, v], depth - 1))
                    if self.chance(0.7)
                    else (lambda _: TRUE),
                    default=self.random.choice((-1, 0, 5, 200)),
                )
        found = self.lookup(IntType(0, 0), scope, depth)
        return integer(a) if found is None else found

    def boolean(self, scope: list[Expr], depth: int) -> Expr:
        if depth <= 0:
            found = self.lookup(BOOL, scope, 0)
            return boolean(self.chance(0.5)) if found is None else found
        sort = self.random.choice(self.sorts)
        match self.random.randrange(11):
            case 0:
                return ~self.boolean(scope, depth - 1)
            case 1:
                return self.boolean(scope, depth - 1) & self.boolean(scope, depth - 1)
            case 2:
                return self.boolean(scope, depth - 1) | self.boolean(scope, depth - 1)
            case 3:
                left, right = self.number(scope, depth - 1), self.number(scope, depth)
                return left <= right if self.chance(0.5) else left < right
            case 4:
                return self.number(scope, depth) == self.number(scope, depth - 1)
            case 5:
                return self.colour(scope, depth) == self.colour(scope, depth - 1)
            case 6 | 7:
                type = ElementType(sort, self.chance(0.5) or not self.applicable((sort,), scope))
                return self.element(type, scope, depth) == self.element(type, scope, depth - 1)
            case 8:
                quantifier = forall if self.chance(0.5) else exists
                return quantifier(sort, lambda v: self.boolean([*scope, v], depth - 1))
            case 9:
                return ite(
                    self.boolean(scope, depth - 1),
                    self.boolean(scope, depth - 1),
                    self.boolean(scope, depth - 1),
                )
        found = self.lookup(BOOL, scope, depth)
        return FALSE if found is None else found


def _fits(type: Type, wanted: Type) -> bool:
    if isinstance(type, IntType) and isinstance(wanted, IntType):
        return True
    if isinstance(type, ElementType) and isinstance(wanted, ElementType):
        return type.sort == wanted.sort and (wanted.optional or not type.optional)
    return type == wanted


class _SymmetricMaker(_Maker):
    """Draws systems whose sorts stay symmetric: nothing names an element."""

    def __init__(self, seed: int, size: int) -> None:
        super().__init__(seed, size)
        self.builder.name += ", symmetric"

    def sort(self, name: str) -> Sort:
        elements = tuple(f"{name.lower()}{i}" for i in range(self.random.randint(2, 3)))
        return Sort(name, elements, symmetric=True)

    def domain(self) -> tuple[Sort, ...]:
        arity = self.random.choice((0, 1, 1, 1, 1, 1, 2))
        return tuple(self.random.choice(self.sorts) for _ in range(arity))

    def type(self) -> Type:
        if self.chance(0.3):
            return ElementType(self.random.choice(self.sorts), optional=True)
        return self.random.choice((BOOL, self.enum, IntType(0, 2)))

    def table(self, index: int) -> None:
        sort = self.random.choice(self.sorts)
        values = [self.random.randint(0, 1) for _ in sort.elements]
        if self.chance(0.8):
            values = values[:1] * sort.size
        self.builder.table(f"t{index}", (sort,), IntType(0, 1), values)

    def applicable(self, domain: Sequence[Sort | IntType], scope: Sequence[Expr]) -> bool:
        known = [v.type for v in scope]
        return all(not isinstance(d, Sort) or ElementType(d) in known for d in domain)


def random_system(seed: int, size: int = 2, *, symmetric: bool = False) -> System:
    """The random system of a seed; `size` from 1 (a handful of states) to 4 (some thousands).

    With `symmetric` all its sorts are, and few tables tell their elements apart.
    """
    return (_SymmetricMaker if symmetric else _Maker)(seed, size).make()


def systems(largest: int = 3) -> st.SearchStrategy[System]:
    """Random small systems. Their names hold the arguments that `random_system` wants."""
    seeds = st.integers(0, 2**32 - 1)
    return st.builds(random_system, seeds, st.integers(1, largest), symmetric=st.booleans())
