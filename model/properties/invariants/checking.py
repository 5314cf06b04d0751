"""Which expressions are read, and what type each has.

The language is that of Kubernetes' ValidatingAdmissionPolicies, as far as what is said can be
decided in every state: every operator and macro over truth values, whole numbers, texts, lists and
objects of the schema. What is accepted means what it means there; everything else is a mistake with
a place and something to write instead.

Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md (Macros,
Standard Definitions).

Omits: floating point and unsigned numbers, bytes, times, maps and objects that are written,
optional values, lists that are compared or indexed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from model.ir.expr import TRUE, ite
from model.properties.invariants import values
from model.properties.invariants.fields import (
    entry,
    field_value,
    holds_key,
    require_shown,
    the_field,
)
from model.properties.invariants.functions import (
    EXTREMES,
    MACROS,
    any_missing,
    extreme,
    require_arguments,
    require_function,
    size,
    tested,
)
from model.properties.invariants.habits import FUNCTIONS, NAMES
from model.properties.invariants.objects import MESSAGES
from model.properties.invariants.objects.cluster import CLUSTER
from model.properties.invariants.objects.workloads import thing
from model.properties.invariants.operators import (
    arithmetic,
    comparison,
    either,
    equality,
    literal,
    membership,
)
from model.properties.invariants.syntax import (
    Call,
    Conditional,
    Index,
    ListOf,
    Literal,
    Name,
    Node,
    Operation,
    Select,
)
from model.properties.invariants.typed import (
    Mistyped,
    Typed,
    Unknown,
    View,
    described,
    instead,
    nearest,
    no_identity,
    require,
)
from model.properties.invariants.types import (
    BOOL,
    INT,
    MAP,
    PRESENCE,
    STRING,
    Type,
    an,
    list_of,
)
from model.properties.invariants.values import (
    Few,
    Number,
    Text,
    Thing,
    Truth,
    Value,
    moved,
)


@dataclass
class Checker:
    """Checks one expression. What it names is collected."""

    #: Whether it is about a step: then it has `object` and `oldObject`.
    step: bool = False
    #: The objects that it names: kind, name, and where that is said.
    named: list[tuple[str, str, int]] = field(default_factory=list)

    def check(self, node: Node, wanted: Type | None = None, what: str = "") -> Typed:
        """The expression with its type. Raises Mistake."""
        found = self._check(node, {})
        if wanted is not None and found.type != wanted:
            said = f"{what or 'this'} is to be {described(wanted)}, and is {described(found.type)}"
            raise Mistyped(said, node.start, instead(found.type, wanted))
        return found

    def message(self, node: Node) -> tuple[Typed, ...]:
        """The parts of a text that is put together: texts, numbers and truth values that `string`
        is asked for. Raises Mistake."""
        if isinstance(node, Operation) and node.operator == "+":
            return tuple(part for each in node.operands for part in self.message(each))
        if isinstance(node, Call) and node.receiver is None and node.function == "string":
            found = [self._check(each, {}) for each in node.arguments]
            require_arguments(node, found, 1)
            if found[0].type in (BOOL, INT, STRING):
                return tuple(found)
            hint = instead(found[0].type, INT)
            raise Mistyped(f"a {found[0].type} is no text", found[0].node.start, hint)
        return (self.check(node, STRING, "a message"),)

    def _check(self, node: Node, known: Mapping[str, Type]) -> Typed:
        match node:
            case Literal():
                return literal(node)
            case Name():
                return self._name(node, known)
            case Select():
                return self._select(node, known)
            case Index():
                return self._index(node, known)
            case ListOf():
                return self._list(node, known)
            case Operation():
                return self._operation(node, known)
            case Conditional():
                return self._conditional(node, known)
            case Call():
                return self._call(node, known)
        raise AssertionError(node)

    # -- names and fields --------------------------------------------------------------------
    def _name(self, node: Name, known: Mapping[str, Type]) -> Typed:
        name = node.name
        if name in known:
            return Typed(node, known[name], lambda view: view.variables[name])
        root = MESSAGES[CLUSTER]
        if self.step:
            if name in ("object", "oldObject"):
                return Typed(node, an(CLUSTER), lambda view: view.variables[name])
            hint = f"write object.{name} (after the step) or oldObject.{name} (before it)"
            if name in root.fields:
                raise Mistyped(f"`{name}` does not say of which state", node.start, hint)
        elif name in root.fields:
            return field_value(node, root.fields[name], lambda _: Thing(None))
        elif name in ("object", "oldObject"):
            hint = "write deployment('NAME'), pods or the like; a `step` has object and oldObject"
            raise Unknown(f"there is no `{name}` here", node.start, hint)
        if name in root.functions:
            hint = f"write {name}('NAME')"
            raise Mistyped(f"`{name}` is a function", node.start, hint)
        there = (*known, *(("object", "oldObject") if self.step else root.fields))
        hint = NAMES.get(name) or nearest(name, there) or f"there are {', '.join(there)}"
        raise Unknown(f"there is nothing called `{name}`", node.start, hint)

    def _select(self, node: Select, known: Mapping[str, Type]) -> Typed:
        operand = self._check(node.operand, known)
        if operand.type == MAP:
            return entry(node, operand, node.field, node.place)
        return field_value(node, the_field(operand, node), operand.compile)

    def _index(self, node: Index, known: Mapping[str, Type]) -> Typed:
        operand = self._check(node.operand, known)
        if operand.type == MAP:
            if isinstance(node.index, Literal) and isinstance(node.index.value, str):
                return entry(node, operand, node.index.value, node.index.start)
            hint = "write the key as a text: labels['app']"
            raise Mistyped("a key has to be known before a run", node.index.start, hint)
        if operand.type.item is not None:
            hint = "use exists, all or filter"
            raise Mistyped("the items of a list have no order", node.index.start, hint)
        raise Mistyped(
            f"{described(operand.type)} has no entries", node.index.start, "leave out the brackets"
        )

    # -- operators ---------------------------------------------------------------------------
    def _list(self, node: ListOf, known: Mapping[str, Type]) -> Typed:
        found = [self._check(each, known) for each in node.items]
        if not found:
            hint = "use size() == 0 to ask for a list without items"
            raise Mistyped("an empty list says nothing of its items", node.start, hint)
        first = found[0].type
        for each in found:
            require(each, first, "the items of a list are of one type")
        if first not in (BOOL, INT, STRING):
            raise Mistyped("lists of objects are not written", node.start, "use filter")
        type = replace(first, most=max(each.type.most for each in found))
        if first == STRING:
            type = either(found, STRING)

        def compiled(view: View) -> Value:
            items = tuple((TRUE, each.compile(view)) for each in found)
            return Few(items, any_missing([item for _, item in items]))

        return Typed(node, list_of(type), compiled)

    def _operation(self, node: Operation, known: Mapping[str, Type]) -> Typed:
        found = [self._check(each, known) for each in node.operands]
        match node.operator:
            case "&&" | "||":
                for each in found:
                    require(each, BOOL, f"`{node.operator}` is between conditions")
                join = values.both if node.operator == "&&" else values.one_of
                return Typed(node, BOOL, lambda view: join([each.truth(view) for each in found]))
            case "!":
                (one,) = found
                require(one, BOOL, "`!` is before a condition")
                return Typed(node, BOOL, lambda view: values.opposite(one.truth(view)))
            case "==" | "!=":
                return equality(node, *found)
            case "<" | "<=" | ">" | ">=":
                return comparison(node, *found)
            case "in":
                return membership(node, *found)
        return arithmetic(node, found)

    def _conditional(self, node: Conditional, known: Mapping[str, Type]) -> Typed:
        test, then, otherwise = (
            self._check(each, known) for each in (node.condition, node.then, node.otherwise)
        )
        require(test, BOOL, "before `?` there is a condition")
        require(otherwise, then.type, "both sides of `:` are of one type")
        if then.type not in (BOOL, INT, STRING):
            hint = "put the choice into the conditions: a ? b : c is (a && b) || (!a && c)"
            raise Mistyped(f"{described(then.type)} cannot be chosen", node.then.start, hint)
        no_identity(then, otherwise)
        most = max(then.type.most, otherwise.type.most)
        type = either([then, otherwise], then.type) if then.type == STRING else then.type

        def compiled(view: View) -> Value:
            choice, one, other = test.truth(view), then.compile(view), otherwise.compile(view)
            if isinstance(one, Text):
                assert isinstance(other, Text)
                return values.either_text(view.cluster.builder, choice, one, other)
            assert isinstance(one, Truth | Number)
            assert isinstance(other, Truth | Number)
            missing = choice.missing | ite(choice.value, one.missing, other.missing)
            return replace(one, value=ite(choice.value, one.value, other.value), missing=missing)

        return Typed(node, replace(type, most=most), compiled)

    # -- functions and macros ----------------------------------------------------------------
    def _call(self, node: Call, known: Mapping[str, Type]) -> Typed:
        name = node.function
        if node.receiver is None:
            return self._function(node, known)
        receiver = self._check(node.receiver, known)
        if name in MACROS and receiver.type.item is not None:
            return self._macro(node, receiver, known)
        if name in MACROS:
            hint = "ask for one key: 'app' in labels" if receiver.type == MAP else "it is for lists"
            raise Mistyped(f"`{name}` of {described(receiver.type)} is not read", node.place, hint)
        if receiver.type.message == CLUSTER and name in MESSAGES[CLUSTER].functions:
            return self._object(node, receiver)
        require_function(node, receiver)
        given = [self._check(each, known) for each in node.arguments]
        if name == "size":
            require_arguments(node, given, 0)
            return size(node, receiver)
        if name in EXTREMES:
            require_arguments(node, given, 0)
            return extreme(node, receiver, name)
        require_arguments(node, given, 1)
        return tested(node, receiver, given[0])

    def _function(self, node: Call, known: Mapping[str, Type]) -> Typed:
        name = node.function
        if name == "has":
            return self._has(node, known)
        if name in MESSAGES[CLUSTER].functions:
            if self.step:
                hint = f"write object.{name}(…) (after the step) or oldObject.{name}(…) (before it)"
                raise Mistyped(f"`{name}` does not say of which state", node.start, hint)
            here = Typed(node, an(CLUSTER), lambda _: Thing(None))
            return self._object(node, here)
        if name == "size":
            given = [self._check(each, known) for each in node.arguments]
            require_arguments(node, given, 1)
            return size(node, given[0])
        if name in MACROS:
            raise Mistyped(f"`{name}` comes after a list", node.start, f"write pods.{name}(p, …)")
        functions = (*MESSAGES[CLUSTER].functions, "has", "size")
        hint = FUNCTIONS.get(name) or nearest(name, functions)
        hint = hint or f"there are {', '.join(functions)}"
        raise Unknown(f"there is no function `{name}`", node.start, hint)

    def _object(self, node: Call, receiver: Typed) -> Typed:
        function = MESSAGES[CLUSTER].functions[node.function]
        if len(node.arguments) != 1:
            hint = f"write {node.function}('NAME')"
            raise Mistyped(f"`{node.function}` wants one name", node.place, hint)
        (given,) = node.arguments
        if not isinstance(given, Literal) or not isinstance(given.value, str):
            hint = f"write {node.function}('NAME')"
            raise Mistyped("a name has to be known before a run", given.start, hint)
        name = given.value
        self.named.append((function.kind, name, given.start))

        def compiled(view: View) -> Value:
            at = receiver.compile(view)
            assert isinstance(at, Thing)
            found = thing(view.cluster, function.kind, name)
            return moved(found, at.moment)

        return Typed(node, function.type, compiled)

    def _has(self, node: Call, known: Mapping[str, Type]) -> Typed:
        if len(node.arguments) != 1 or not isinstance(node.arguments[0], Select):
            hint = "write has(p.spec.nodeName)"
            raise Mistyped("`has` asks for a field", node.start, hint)
        (asked,) = node.arguments
        assert isinstance(asked, Select)
        operand = self._check(asked.operand, known)
        if operand.type == MAP:
            require_shown(operand, asked.field, asked.place)
            return holds_key(node, operand, asked.field)
        found = the_field(operand, asked)
        if not found.optional:
            hint = "leave out has(…)"
            raise Mistyped(f"`{asked.field}` is always there", asked.place, hint)
        presence = found.type == PRESENCE

        def compiled(view: View) -> Value:
            at = operand.compile(view)
            assert isinstance(at, Thing)
            value = moved(found.read(view.cluster, at.of), at.moment)
            there = value.value if presence and isinstance(value, Truth) else ~value.missing
            return Truth(there, at.missing)

        return Typed(node, BOOL, compiled)

    def _macro(self, node: Call, receiver: Typed, known: Mapping[str, Type]) -> Typed:
        name, item = node.function, receiver.type.item
        assert item is not None
        wanted = (2, 3) if name == "map" else (2,)
        if len(node.arguments) not in wanted or not isinstance(node.arguments[0], Name):
            hint = f"write {name}(p, …) with a name for the items"
            raise Mistyped(f"`{name}` wants a variable and a condition", node.place, hint)
        variable, *others = node.arguments
        assert isinstance(variable, Name)
        inner = {**known, variable.name: item}
        *tests, last = [self._check(each, inner) for each in others]
        for each in tests:
            require(each, BOOL, "what selects is a condition")

        def at(view: View, part: Typed) -> Callable[[Value], Value]:
            return lambda value: part.compile(view.where(variable.name, value))

        def test(view: View, part: Typed) -> Callable[[Value], Truth]:
            return lambda value: part.truth(view.where(variable.name, value))

        if name == "map":
            if last.type.item is not None or last.type in (MAP, PRESENCE):
                hint = "map to a number, a text or a condition"
                raise Mistyped(f"a list of {last.type} is not read", last.node.start, hint)

            def mapping(view: View) -> Value:
                items = receiver.items(view)
                for each in tests:
                    items = values.narrowed(items, test(view, each))
                return values.mapped(items, at(view, last))

            return Typed(node, list_of(last.type), mapping)
        require(last, BOOL, f"`{name}` wants a condition")
        if name == "filter":
            return Typed(
                node,
                receiver.type,
                lambda view: values.narrowed(receiver.items(view), test(view, last)),
            )
        ask = {
            "all": values.everywhere,
            "exists": values.somewhere,
            "exists_one": values.exactly_once,
        }[name]
        return Typed(node, BOOL, lambda view: ask(receiver.items(view), test(view, last)))
