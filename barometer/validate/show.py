"""The findings of a validation as lines on a terminal, and as a small page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment
from rich.console import Console
from rich.text import Text

from barometer.errors import Problem
from barometer.validate import Validation

_PAGE = Path(__file__).parent / "page.html.j2"


def print_validation(validation: Validation, *, console: Console | None = None) -> None:
    """Print the findings of one wave: errors first, two lines each; plain text where there is no terminal."""
    console = console or Console(highlight=False, soft_wrap=True)
    counts = f"{_count(validation.errors, 'error')}, {_count(validation.warnings, 'warning')}"
    console.print(Text(f"{validation.wave}: {validation.answers} answers, {counts}", style="bold"))
    for word, style, problems in (
        ("error", "bold red", validation.errors),
        ("warning", "yellow", validation.warnings),
    ):
        for each in problems:
            got = f", got {each.got}" if each.got else ""
            console.print(Text.assemble("  ", (word, style), f"  {each.where}"))
            console.print(Text(f"    expected {each.expected}{got}"))
            if each.remedy:
                console.print(Text(f"    {each.remedy}", style="dim"))


def page(validations: Sequence[Validation]) -> str:
    """Return the findings as a page of its own: a heading a wave, a table of errors and one of warnings."""
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return template.from_string(_PAGE.read_text("utf-8")).render(validations=validations, count=_count)


def _count(problems: Sequence[Problem], word: str) -> str:
    return f"{len(problems) or 'no'} {word}{'' if len(problems) == 1 else 's'}"
