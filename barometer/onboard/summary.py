"""What was found, as a short table on the screen: what matched, and what is still open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from barometer.documents import shown
from barometer.onboard import Onboarded, open_decisions
from barometer.onboard.coding import Open

_SHOWN = 2  # candidates of an open decision
_MOST = 25  # open decisions; the file has them all


def show(found: Onboarded, console: Console) -> None:
    """Print what was read, what matched, and what is open, with the first candidates of each."""
    console.print(Group(*_parts(found)), soft_wrap=False)


def _parts(found: Onboarded) -> Iterator[RenderableType]:
    source, description = found.source, found.description
    form = ", ".join(f"{key} {value!r}" for key, value in source.form.items())
    yield Text(
        f"{source.path.name}: {len(source.frame)} rows, {source.frame.shape[1]} columns; {form}".rstrip("; ")
    )
    yield _matched(found)
    decisions = list(open_decisions(dict(description.document)))
    if decisions:
        yield _open(decisions)
    if found.questionnaire:
        yield Text(f"There was no questionnaire. Proposed from the file: {shown(found.questionnaire)}.")
    yield Text(f"Written: {shown(found.path)}. {len(decisions)} decisions are open there as todo.")
    yield Text(f"Next: decide them, then barometer validate {found.path.parent.name}")


def _matched(found: Onboarded) -> Table:
    """Return a table of what matched; one row is a part of the wave file."""
    table = Table(title="Matched", title_justify="left", title_style="bold")
    for heading in ("part", "columns", "known by"):
        table.add_column(heading, justify="right" if heading == "columns" else "left")
    how = found.description.how
    document = found.description.document
    for part in (each for each in ("mark", "design", "register", "questions") if each in document):
        columns = [name for name in _strings(document[part]) if name in how]
        kinds = Counter(how[column] for column in columns)
        table.add_row(part, str(len(columns)), ", ".join(f"{kind} {n}" for kind, n in kinds.most_common()))
    table.add_row(
        "nothing uses", str(len(found.description.left)), Text(", ".join(found.description.left[:6]))
    )
    return table


def _strings(value: object) -> Iterator[str]:
    """Give the texts that stand for columns anywhere in a part of the description."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def _open(decisions: list[tuple[str, Open]]) -> Table:
    """Return a table of what is open; one row is one decision."""
    table = Table(title="Open", title_justify="left", title_style="bold")
    for heading in ("place", "candidates, the best first"):
        table.add_column(heading)
    for place, each in decisions[:_MOST]:
        texts = [f"{choice}: {why}" if why else choice for choice, why in each.candidates.items()]
        more = f" (and {len(texts) - _SHOWN} more)" if len(texts) > _SHOWN else ""
        # Text, not markup: a label may hold square brackets.
        table.add_row(Text(place), Text("; ".join(texts[:_SHOWN]) + more))
    if len(decisions) > _MOST:
        table.add_row("...", f"and {len(decisions) - _MOST} more")
    return table
