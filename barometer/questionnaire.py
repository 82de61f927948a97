"""Reads the parts of a questionnaire file; everything wrong with them becomes a problem with its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from barometer.conditions import Answer, Answers, Condition, read_condition
from barometer.documents import Node, Text
from barometer.variables import ROLES, Base, Composite, Option, Question, Register

# The keys of each kind of question and composite beside those that all have: needed, and allowed.
_KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "single": ((), ()),
    "multiple": ((), ("maximum",)),
    "grid": (("items", "select"), ("offered_when_ticked",)),
    "flag": (("when", "predicate"), ("options",)),
    "recipe": (("top", "options"), ("each",)),
}


@dataclass(frozen=True)
class Reader:
    """Reads the parts of a questionnaire and knows what they may refer to."""

    languages: tuple[str, ...]
    known: Mapping[str, Answers]
    scales: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    bases: Mapping[str, Base] = field(default_factory=dict)

    def _text(self, found: Mapping[str, Node], key: str) -> Text:
        """Read words in every language, where the key stands."""
        return found[key].text(self.languages) if key in found else {}

    def _condition(self, found: Mapping[str, Node], key: str) -> Condition | None:
        """Read a condition, where the key stands."""
        return read_condition(found[key], self.known) if key in found else None

    def base(self, name: str, node: Node) -> Base:
        """Read ``{label: {...}, when: condition}``; without a condition it is everybody."""
        found = node.fields(("label",), ("when",))
        return Base(name, found["label"].text(self.languages), self._condition(found, "when"))

    def option(self, node: Node, *extra: str) -> Option:
        """Read ``{id: citizens, da: Borgere, en: Citizens}`` and role, exclusive, offered, evidence."""
        found = node.fields(("id", *self.languages), ("role", "exclusive", "offered", "evidence", *extra))
        name = found["id"].string()
        role = found["role"].choice(ROLES) if "role" in found else (name if name in ROLES[1:] else "answer")
        for reserved in ("dont_know", "not_relevant"):
            if (name == reserved) != (role == reserved):
                node.refuse(f"the id {reserved} where the role is {reserved}", got=f"id {name}, role {role}")
        return Option(
            id=name,
            label={key: found[key].string() for key in self.languages},
            role=role,
            exclusive=found["exclusive"].boolean() if "exclusive" in found else role in ("dont_know", "none"),
            offered=self._condition(found, "offered"),
            evidence=_evidence(found),
        )

    def options(self, node: Node, *extra: str) -> tuple[Option, ...]:
        """Read a list of options, in which the name of a scale stands for all of its options."""
        options: list[Option] = []
        for entry in _entries(node):
            if isinstance(entry.value, str):
                options.extend(self.scales.get(entry.choice(self.scales), ()))
            else:
                options.append(self.option(entry, *extra))
        for name, count in Counter(option.id for option in options).items():
            check_identifier(node, name)
            if count > 1:
                node.refuse("each option once", got=f"'{name}' {count} times")
        return tuple(options)

    def _common(self, name: str, found: Mapping[str, Node], *extra: str) -> dict[str, Any]:
        """Return what every kind of variable has; `extra` keys may stand at its options."""
        return {
            "id": name,
            "label": found["label"].text(self.languages),
            "base": self.bases[found["base"].choice(self.bases) if "base" in found else "all"],
            "options": self.options(found["options"], *extra) if "options" in found else (),
            "top": self._text(found, "top"),
            "evidence": _evidence(found),
        }

    def register(self, name: str, node: Node) -> Register:
        """Read a background variable."""
        return Register(kind="single", **self._common(name, node.fields(("label", "top", "options"))))

    def question(self, name: str, node: Node) -> Question:
        """Read a question as asked."""
        kind = _kind(node, ("single", "multiple", "grid"))
        needed, allowed = _KEYS[kind]
        found = node.fields(
            ("number", "kind", "base", "label", "top", "wording", "options", *needed), ("evidence", *allowed)
        )
        return Question(
            **self._common(name, found),
            kind=kind,
            number=found["number"].string(),
            wording=found["wording"].text(self.languages),
            items=self._items(found),
            select=found["select"].choice(("one", "many")) if "select" in found else "one",
            maximum=found["maximum"].integer(1) if "maximum" in found else None,
        )

    def _items(self, found: Mapping[str, Node]) -> tuple[Option, ...]:
        """Read the rows of a grid and who was shown each."""
        items = self.options(found["items"]) if "items" in found else ()
        if "offered_when_ticked" not in found:
            return items
        node = found["offered_when_ticked"]
        multiple = [name for name, answers in self.known.items() if answers.kind == "multiple"]
        ticked = node.choice(name for name in multiple if "." not in name)
        for item in items:
            if item.id not in self.known[ticked].options:
                node.refuse("a question with an option for each item", got=f"no '{item.id}' in {ticked}")
        return tuple(replace(item, offered=Answer(ticked, (item.id,))) for item in items)

    def composite(self, name: str, node: Node) -> Composite:
        """Read a variable that is counted from others."""
        kind = _kind(node, ("flag", "single", "multiple"))
        needed, allowed = _KEYS["flag" if kind == "flag" else "recipe"]
        found = node.fields(("kind", "base", "label", "definition", *needed), ("evidence", "parts", *allowed))
        common = self._common(name, found, "when")
        if kind == "flag":
            common["options"] = common["options"] or self.scales.get("yes_no", ())
            if [option.id for option in common["options"]] != ["yes", "no"]:
                got = ", ".join(option.id for option in common["options"]) or "none"
                node.refuse("the options yes and no", got=got, remedy="Give them, or a scale yes_no.")
        return Composite(
            **common,
            kind=kind,
            recipe=self._recipe(found, common["options"], node),
            definition=found["definition"].text(self.languages),
            predicate=self._text(found, "predicate"),
            parts=found["parts"].choice(("all", "available")) if "parts" in found else "all",
        )

    def _recipe(
        self, found: Mapping[str, Node], options: Iterable[Option], node: Node
    ) -> dict[str, Condition]:
        """Return the condition of each option: its own `when`, or `each` with its id put in."""
        if "when" in found:
            return {"yes": read_condition(found["when"], self.known)}
        entries = _entries(found["options"]) if "options" in found else []
        own = {entry.value.get("id"): entry for entry in entries if isinstance(entry.value, dict)}
        recipe = {}
        for option in options:
            if option.id in own and "when" in own[option.id].value:
                recipe[option.id] = read_condition(own[option.id].entries()["when"], self.known)
            elif "each" in found:
                recipe[option.id] = read_condition(found["each"], self.known, option=option.id)
            else:
                node.refuse(f"'when' at the option '{option.id}', or 'each' for all options", got="neither")
        return recipe


def _kind(node: Node, known: tuple[str, ...]) -> str:
    kind = node.entries().get("kind")
    return kind.choice(known) if kind else known[0]


def _evidence(found: Mapping[str, Node]) -> str:
    return found["evidence"].choice(("known", "inferred")) if "evidence" in found else "known"


def _entries(node: Node) -> list[Node]:
    """Return a list's values; the name of one scale stands for a list of itself."""
    return [node] if isinstance(node.value, str) else node.items()


def check_identifier(node: Node, name: str) -> None:
    """Refuse an id that would not do as a column name or an anchor on a page."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        node.refuse("an id of small letters, digits and _", got=f"'{name}'")


def known_answers(document: Any) -> dict[str, Answers]:
    """Return what conditions may name, taken from the raw document, since conditions point forwards too.

    Lenient on purpose: whatever is malformed is left out here and reported when it is read.
    """

    def entries(section: object) -> dict[str, Any]:
        return section if isinstance(section, dict) else {}

    def ids(options: object) -> tuple[str, ...]:
        found: list[str] = []
        for entry in options if isinstance(options, list) else [options]:
            found.extend(scales.get(entry, ()) if isinstance(entry, str) else [entries(entry).get("id", "")])
        return tuple(found)

    scales: dict[str, tuple[str, ...]] = {}
    for name, options in entries(entries(document).get("scales")).items():
        scales[name] = ids(options)
    known: dict[str, Answers] = {}
    for section in ("register", "questions", "composites"):
        for name, raw in entries(entries(document).get(section)).items():
            variable, kind = entries(raw), entries(raw).get("kind", "single")
            answers = ("yes", "no") if kind == "flag" else ids(variable.get("options"))
            if kind == "grid":
                select = "single" if variable.get("select") == "one" else "multiple"
                known |= {f"{name}.{item}": Answers(select, answers) for item in ids(variable.get("items"))}
            else:
                known[name] = Answers(str(kind), answers)
    return known
