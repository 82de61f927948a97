"""Propose a questionnaire for a file that has none: questions, options, grids and routing, all inferred."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from barometer.formats import Words
from barometer.formats import languages as known_languages
from barometer.harmonise import TICKED, Column
from barometer.onboard.blocks import Block, find_blocks, leaf, stem, ticks
from barometer.onboard.earlier import Memory, Wave
from barometer.onboard.likeness import same, words
from barometer.onboard.matching import Match, Matching
from barometer.onboard.routing import Route, find_routes
from barometer.onboard.source import Source

_LONGEST_ID = 32
_RESERVED = {"any", "all", "not", "dont_know", "not_relevant", "none", ""}


@dataclass(frozen=True)
class Proposal:
    """A questionnaire as a document, and which column of the file is what in it."""

    instrument: Mapping[str, Any]
    columns: tuple[Column, ...]

    def memory(self, source: Source) -> Memory:
        """Return the proposal as what a wave before could have known."""
        return Memory((Wave("", {}, self.columns, {}, source.labels, source.codes),))

    @property
    def matching(self) -> Matching:
        """Return the columns as matched: the questionnaire was made from them."""
        return Matching({each.target: (Match(each.name, "proposal"),) for each in self.columns}, {}, {})


def propose(name: str, source: Source, *, languages: Sequence[str]) -> Proposal:
    """Return a questionnaire for a file, from names, labels, codes and empty cells.

    All words are those of the file, the same in every language, and everything is marked as inferred.
    Background variables stand in front: columns of one answer that everybody has and no routing rests on.
    """
    blocks = find_blocks(source)
    routes = find_routes(blocks, source)
    leading = {column for route in routes.values() if route for column in route.columns}
    registers = list(
        takewhile(lambda each: _is_background(each, source) and each.name not in leading, blocks)
    )
    questions = [block for block in blocks if block not in registers]
    ids = dict(zip(blocks, _unique(block.name for block in blocks), strict=True))
    unsure = tuple(words(Words(each)("report.dont_know_term")) for each in known_languages())
    writer = _Writer(source, tuple(languages), ids, unsure)
    document = {
        "title": writer.text(name),
        "unit": writer.text("units"),
        "languages": list(languages),
        "bases": {"all": {"label": writer.text("units")}} | writer.bases(routes),
        "register": {ids[b]: writer.register(b) for b in registers},
        "questions": {ids[b]: writer.question(b, routes[b]) for b in questions},
    }
    return Proposal(document, tuple(column for block in blocks for column in writer.columns(block)))


@dataclass(frozen=True)
class _Writer:
    """Writes blocks as the questionnaire wants them."""

    source: Source
    languages: tuple[str, ...]
    ids: Mapping[Block, str]
    dont_know: tuple[tuple[str, ...], ...]

    def is_unsure(self, text: str) -> bool:
        """Say whether an answer is *don't know*, in any language that the report speaks."""
        return any(same(words(text), each) for each in self.dont_know)

    def text(self, words: str) -> dict[str, str]:
        return dict.fromkeys(self.languages, " ".join(words.split()) or "?")

    def label(self, block: Block) -> str:
        labels = [self.source.labels.get(column, "") for column in block.columns]
        return (stem(labels) if len(labels) > 1 else labels[0]) or labels[0] or block.name

    def register(self, block: Block) -> dict[str, Any]:
        label = self.text(self.label(block))
        return {"label": label, "top": label, "options": self.answers(block)}

    def question(self, block: Block, route: Route | None) -> dict[str, Any]:
        label = self.text(self.label(block))
        kind = {"single": "single", "multiple": "multiple"}.get(block.kind, "grid")
        common = {"number": block.name, "kind": kind, "base": f"asked_{self.ids[block]}" if route else "all"}
        select = {"grid": "one", "ticks": "many"}.get(block.kind)
        grid = {"select": select, "items": self.parts(block, "item")} if select else {}
        options = self.parts(block, "option") if block.kind in ("multiple", "ticks") else self.answers(block)
        words = {"label": label, "top": label, "wording": label, "evidence": "inferred"}
        return common | words | grid | {"options": options}

    def parts(self, block: Block, part: str) -> list[dict[str, Any]]:
        """Return the items or options that have a column of their own."""
        names = list(dict.fromkeys(getattr(cell, part) for cell in block.cells))
        every = [self.source.labels.get(column, "") for column in block.columns]
        texts = {}
        for name in names:
            labels = [self.source.labels.get(c.column, "") for c in block.cells if getattr(c, part) == name]
            own = leaf(labels[0], every)
            shared = set.intersection(*({*label.split()} for label in labels))
            texts[name] = " ".join(word for word in own.split() if word in shared or len(labels) == 1) or name
        return self.options(texts.values())

    def answers(self, block: Block) -> list[dict[str, Any]]:
        return self.options(self.codes(block).values())

    def codes(self, block: Block) -> dict[str, str]:
        """Return the codes of the answers with their words; 1 and 0 without words are yes and no.

        Of the codes that the file declares missing, *don't know* alone is an answer.
        """
        found: dict[str, str] = {}
        for column in block.columns:
            labels = self.source.codes.get(column, {})
            unsure = {each: text for each, text in labels.items() if self.is_unsure(text)}
            found = self.source.answers(column) | unsure | found
        return found or {"1": "yes", "0": "no"}

    def options(self, texts: Iterable[str]) -> list[dict[str, Any]]:
        every = list(texts)
        at = next((at for at, text in enumerate(every) if self.is_unsure(text)), None)
        told = {at: {"id": "dont_know", "role": "dont_know"}}
        return [
            {"id": name, "role": "answer", **self.text(text), "evidence": "inferred"} | told.get(each, {})
            for each, (name, text) in enumerate(zip(_unique(every), every, strict=True))
        ]

    def bases(self, routes: Mapping[Block, Route | None]) -> dict[str, Any]:
        """Return a base for each question that not everybody was asked."""
        return {
            f"asked_{self.ids[block]}": {"label": self.text(self.label(block)), "when": self.when(route)}
            for block, route in routes.items()
            if route
        }

    def when(self, route: Route) -> dict[str, Any]:
        """Return the condition that an answer was given, in terms of the questionnaire."""
        known = {each.name: each for block in self.ids for each in self.columns(block)}
        leaves = []
        for column in (known[name] for name in route.columns):
            option = column.target.partition("/")[2] or column.codes[route.code]
            leaves.append({column.variable: [option]})
        return leaves[0] if len(leaves) == 1 else {"any": leaves}

    def columns(self, block: Block) -> list[Column]:
        """Return what each column of a block is, in terms of the questionnaire."""
        name = self.ids[block]
        rows = self.named(block, "item")
        options = self.named(block, "option")
        meanings = dict(zip(self.codes(block), (each["id"] for each in self.answers(block)), strict=True))
        found = []
        for cell in block.cells:
            variable = name + (f".{rows[cell.item]}" if cell.item else "")
            code = ticks(cell.column, self.source)
            target, codes = (
                (f"{variable}/{options[cell.option]}", {code: TICKED})
                if cell.option
                else (variable, meanings)
            )
            found.append(Column(cell.column, target, codes))
        return found

    def named(self, block: Block, part: str) -> dict[str, str]:
        """Return the ids of the items or options by what tells their columns apart."""
        names = list(dict.fromkeys(getattr(cell, part) for cell in block.cells))
        return (
            dict(zip(names, (each["id"] for each in self.parts(block, part)), strict=True))
            if names != [""]
            else {}
        )


def _is_background(block: Block, source: Source) -> bool:
    return block.kind == "single" and bool(source.frame[block.name].notna().all())


def _unique(texts: Iterable[str]) -> list[str]:
    """Return an id for each text: small letters, digits and _, none twice, none that means something else."""
    found: list[str] = []
    for text in texts:
        plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
        name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST_ID].strip("_")
        name = name if re.match(r"[a-z]", name) and name not in _RESERVED else f"x_{name}".rstrip("_")
        number = next(n for n in range(1, len(found) + 2) if (f"{name}_{n}" if n > 1 else name) not in found)
        found.append(f"{name}_{number}" if number > 1 else name)
    return found
