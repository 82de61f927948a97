"""The questionnaire in harmonised terms, once for all waves; reads and checks data/instrument.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from barometer.conditions import Condition, variables
from barometer.documents import Node, Text, nearest, shown
from barometer.errors import Problem, ReportError
from barometer.questionnaire import Reader, check_identifier, known_answers
from barometer.variables import Base, Composite, Item, Option, Question, Register, Variable

__all__ = [
    "Base",
    "Composite",
    "Instrument",
    "Item",
    "Option",
    "Question",
    "Register",
    "Variable",
    "load_instrument",
]

_SECTIONS = ("scales", "bases", "register", "questions", "composites")


@dataclass(frozen=True)
class Instrument:
    """A whole questionnaire; its dictionaries keep the order of the file."""

    title: Text
    unit: Text
    languages: tuple[str, ...]
    dont_know_in_base: bool
    bases: Mapping[str, Base]
    register: Mapping[str, Register]
    questions: Mapping[str, Question]
    composites: Mapping[str, Composite]

    def _find(self, name: str) -> Variable | None:
        whole, dot, part = name.partition(".")
        question = self.questions.get(whole)
        if not dot:
            return question or self.composites.get(name) or self.register.get(name)
        items = question.items if question else ()
        return next((question.variable(item) for item in items if question and item.id == part), None)

    def has(self, name: str) -> bool:
        """Tell whether the questionnaire has the variable."""
        return self._find(name) is not None

    def variable(self, name: str) -> Variable:
        """Return a variable: ``reuse``, ``factors.employees``, ``innovative``, ``sector``.

        Raises
        ------
        ReportError
            For an unknown name, with the nearest known one.
        """
        found = self._find(name)
        if found is None:
            problem = Problem(
                f"'{name}'", "a variable of the questionnaire", remedy=nearest(name, self.names())
            )
            raise ReportError("A variable is not in the questionnaire", [problem])
        return found

    def names(self) -> tuple[str, ...]:
        """Return the name of every variable: registers, questions, items of grids, composites."""
        items = (name for question in self.questions for name in (question, *self.expand(question)))
        return tuple(dict.fromkeys((*self.register, *items, *self.composites)))

    def expand(self, name: str) -> tuple[str, ...]:
        """Return the items of a grid as variables (``factors.employees``, ...); anything else is itself."""
        variable = self.variable(name)
        items = variable.items if isinstance(variable, Question) else ()
        return tuple(f"{name}.{item.id}" for item in items) or (name,)

    def label(self, name: str, option: str, language: str) -> str:
        """Return the words for an option, or for the variable itself where the option is empty."""
        variable = self.variable(name)
        return (variable.option(option) if option else variable).label[language]

    def parts(self, name: str) -> tuple[str, ...]:
        """Return the questions, items and registers that a variable is counted from."""
        variable = self.variable(name)
        if not isinstance(variable, Composite):
            return self.expand(name)
        direct = (part for condition in variable.recipe.values() for part in variables(condition))
        return tuple(dict.fromkeys(part for each in direct for part in self.parts(each)))


def load_instrument(path: Path) -> Instrument:
    """Read and check a questionnaire file; its form is explained at the top of data/instrument.yaml.

    Raises
    ------
    ReportError
        Once, with every problem: unknown names with the nearest known one, missing languages, ids
        that stand twice, keys that mean nothing, conditions that go round in a circle.
    """
    root = Node.root(path)
    found = root.fields(
        ("title", "unit", "languages", "bases", "questions"),
        ("dont_know_in_base", "scales", "register", "composites"),
    )
    languages = found["languages"].strings()
    if not languages:
        found["languages"].refuse("at least one language")
    sections = {key: found[key].entries() if key in found else {} for key in _SECTIONS}
    reader = Reader(languages, known_answers(root.value))
    for name, node in sections["scales"].items():
        reader = replace(reader, scales={**reader.scales, name: reader.options(node)})
    bases = {name: reader.base(name, node) for name, node in sections["bases"].items()}
    if "all" not in bases:
        root.refuse("the base 'all' under bases", got=", ".join(bases))
    reader = replace(reader, bases={"all": Base("all", {}), **bases})
    instrument = Instrument(
        title=found["title"].text(languages),
        unit=found["unit"].text(languages),
        languages=languages,
        dont_know_in_base="dont_know_in_base" not in found or found["dont_know_in_base"].boolean(),
        bases=bases,
        register={name: reader.register(name, node) for name, node in sections["register"].items()},
        questions={name: reader.question(name, node) for name, node in sections["questions"].items()},
        composites={name: reader.composite(name, node) for name, node in sections["composites"].items()},
    )
    _check_names(sections)
    _check_circles(instrument, root)
    root.check(f"{shown(path)} is not a valid questionnaire")
    return instrument


def _check_names(sections: Mapping[str, Mapping[str, Node]]) -> None:
    """Refuse ids that are no ids, and two variables of one name; scales and bases have names of their own."""
    taken = {"any": "a condition", "all": "a condition", "not": "a condition"}
    for section, nodes in sections.items():
        for name, node in nodes.items():
            check_identifier(node, name)
            if section in ("scales", "bases"):
                continue
            if name in taken:
                node.refuse("a name of its own", got=f"'{name}', which {taken[name]} has too")
            taken[name] = f"one of the {section}"


def _check_circles(instrument: Instrument, root: Node) -> None:
    """Refuse conditions that rest on themselves, through bases, composites or offered options."""
    groups: dict[str, Mapping[str, Variable]] = {
        "register": instrument.register,
        "questions": instrument.questions,
        "composites": instrument.composites,
    }
    place = {name: f"{section}.{name}" for section, group in groups.items() for name in group}

    def needs(conditions: Iterable[Condition | None]) -> Iterator[str]:
        names = (name.partition(".")[0] for condition in conditions for name in variables(condition))
        return (place[name] for name in names if name in place)

    graph = {f"bases.{base.id}": [*needs([base.condition])] for base in instrument.bases.values()}
    for group in groups.values():
        for name, variable in group.items():
            items = variable.items if isinstance(variable, Question) else ()
            recipe = variable.recipe.values() if isinstance(variable, Composite) else ()
            offered = (option.offered for option in (*variable.options, *items))
            graph[place[name]] = [f"bases.{variable.base.id}", *needs([*recipe, *offered])]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        root.refuse("conditions that do not rest on themselves", got=" <- ".join(error.args[1]))
