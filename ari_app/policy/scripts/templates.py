"""
Words with merge fields in them: a small corner of Jinja2, read strictly before anything of it runs.

There are fields as `{{ operator.name }}`, one filter as `{{ list.source | default("…") }}`, and `{% if %}` with `and`,
`or`, `not`, `==` and `!=`. Whatever else Jinja2 knows is refused here: loops, calls, sets, includes, arithmetic. What
is left runs in its sandbox all the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_CHARACTERS = 8_000
"""Of a template, and of what comes out of it: nobody says more in one step."""
_ALLOWED = 'what can be written is {{ a.field }}, {{ a.field | default("words") }} and {% if a.field %} … {% endif %}'


class TemplateFault(Exception):  # noqa: N818  the message says what would be right
    """Words that cannot be read as a template."""


class EmptyField(Exception):  # noqa: N818  a signal to `fill`
    """A field that is to be said is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A field at one place in the words."""

    field: str
    bare: bool
    """It is said as it is there: were it empty, there would be a gap."""
    given: frozenset[str]
    """Fields that cannot be empty where it stands, since an `if` around it asked for them."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A template that was read."""

    template: Template
    uses: tuple[Use, ...]
    speaks: bool
    """Something is said whichever way its `if`s go."""


@lru_cache(maxsize=4096)
def read_words(text: str) -> Words:
    """The words as a template; raises TemplateFault."""
    if len(text) > MOST_CHARACTERS:
        raise TemplateFault(f"holds more than {MOST_CHARACTERS} characters; part it into steps")
    try:
        tree = _ENVIRONMENT.parse(text)
        uses = tuple(_uses(tree.body, frozenset()))
        template = _ENVIRONMENT.from_string(tree)
    except TemplateError as error:
        raise TemplateFault(f"is no template: {error.message or error}; {_ALLOWED}") from error
    except (RecursionError, MemoryError, ValueError, SyntaxError) as error:  # nested as nobody means it
        raise TemplateFault(f"cannot be read, it is nested too deeply; {_ALLOWED}") from error
    return Words(template, uses, _speaks(tree.body))


def said(words: Words, fields: Mapping[str, object]) -> str:
    """What the words come to. Raises TemplateFault: they do not run; EmptyField: something would be missing."""
    told: list[str] = []
    length = 0
    try:
        for part in words.template.generate(dict(fields)):
            length += len(part)
            if length > MOST_CHARACTERS:
                raise TemplateFault(f"comes to more than {MOST_CHARACTERS} characters")
            told.append(part)
    except TemplateError as error:
        raise TemplateFault(f"does not run: {error.message or type(error).__name__}") from error
    return "".join(told)


def _said_value(value: object) -> object:
    if not isinstance(value, str):
        raise TemplateFault("only text can be said")
    if not value.strip():
        raise EmptyField
    return value


def _or_else(value: object, words: str) -> object:
    return value if isinstance(value, str) and value.strip() else words


def _environment() -> ImmutableSandboxedEnvironment:
    # What comes out is text, and is escaped by whoever makes a page of it. Nothing is at hand but the one filter.
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=_said_value,
        autoescape=False,
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters.clear()
    environment.filters["default"] = _or_else
    return environment


_ENVIRONMENT = _environment()


def _uses(body: Sequence[nodes.Node], given: frozenset[str]) -> Iterator[Use]:
    for node in body:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    yield from _said_uses(part, given)
            case nodes.If():
                yield from _if_uses(node, given)
            case _:
                raise TemplateFault(f"holds {_name_of(node)}; {_ALLOWED}")


def _said_uses(node: nodes.Node, given: frozenset[str]) -> Iterator[Use]:
    match node:
        case nodes.TemplateData():
            if "{" in node.data or "}" in node.data:
                raise TemplateFault(f"has a single brace in its words; {_ALLOWED}")
        case nodes.Getattr():
            yield Use(field=_field(node), bare=True, given=given)
        case nodes.Filter(name="default", node=nodes.Getattr() as of, args=[nodes.Const(value=str(words))], kwargs=[]):
            if node.dyn_args is not None or node.dyn_kwargs is not None or not words.strip():
                raise TemplateFault('default needs words to say instead, as default("our list")')
            yield Use(field=_field(of), bare=False, given=given)
        case nodes.Filter():
            raise TemplateFault(f"the filter {node.name} is not known as it stands; {_ALLOWED}")
        case _:
            raise TemplateFault(f"holds {_name_of(node)}; {_ALLOWED}")


def _if_uses(node: nodes.If, given: frozenset[str]) -> Iterator[Use]:
    for each in (node, *node.elif_):
        yields, otherwise = _asked(each.test)
        yield from (Use(field=field, bare=False, given=given) for field in _fields_of(each.test))
        yield from _uses(each.body, given | yields)
        given |= otherwise
    yield from _uses(node.else_, given)


def _asked(test: nodes.Node) -> tuple[frozenset[str], frozenset[str]]:
    """Which fields cannot be empty where the test holds, and where it does not."""
    nothing = frozenset[str]()
    match test:
        case nodes.Getattr():
            return frozenset({_field(test)}), nothing
        case nodes.Not():
            holds, otherwise = _asked(test.node)
            return otherwise, holds
        case nodes.And() | nodes.Or():
            (left, not_left), (right, not_right) = _asked(test.left), _asked(test.right)
            if isinstance(test, nodes.And):
                return left | right, not_left & not_right
            return left & right, not_left | not_right
        case nodes.Compare(
            expr=nodes.Getattr() as of, ops=[nodes.Operand(op="eq" | "ne" as how, expr=nodes.Const(value=str(words)))]
        ):
            field = frozenset({_field(of)})
            equal = (field, nothing) if words.strip() else (nothing, field)
            return equal if how == "eq" else (equal[1], equal[0])
        case _:
            raise TemplateFault(f"asks for {_name_of(test)} in an if; {_ALLOWED}")


def _fields_of(test: nodes.Node) -> Iterator[str]:
    if isinstance(test, nodes.Getattr):
        yield _field(test)
        return
    for inner in test.iter_child_nodes():
        yield from _fields_of(inner)


def _field(node: nodes.Getattr) -> str:
    if isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    raise TemplateFault(f"reaches below a field with .{node.attr}; {_ALLOWED}")


def _speaks(body: Sequence[nodes.Node]) -> bool:
    return any(_always_says(node) for node in body)


def _always_says(node: nodes.Node) -> bool:
    if isinstance(node, nodes.If):
        return all(_speaks(each.body) for each in (node, *node.elif_)) and _speaks(node.else_)
    parts: list[Any] = getattr(node, "nodes", [])
    return any(not isinstance(part, nodes.TemplateData) or part.data.strip() for part in parts)


def _name_of(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return f"{node.name}, which is no field"
    return f"something else ({type(node).__name__.lower()})"
