"""The fixed words: the same keys and values in every language, and none that nothing uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from barometer.formats import Words, languages

PACKAGE = Path(__file__).parents[1] / "barometer"
DOTTED = re.compile(r"\b[a-z]+\.[a-z0-9_]*")
# What an f-string leaves open, as it is looked for in a key.
OPEN = "[a-z0-9_-]+"


def written() -> Iterator[str]:
    """Give the text of every string in the package as a pattern; open parts match any name."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
                yield re.escape(node.value)
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    re.escape(part.value) if isinstance(part, ast.Constant) else OPEN for part in node.values
                )
    for path in (PACKAGE / "render/templates").rglob("*.*"):
        for text in DOTTED.findall(path.read_text(encoding="utf-8")):
            yield re.escape(text) + (OPEN if text.endswith(("_", ".")) else "")


def used(key: str, patterns: set[str]) -> bool:
    """Tell whether a key is written as a whole, or put together of its section and a rest that is written."""
    section, _, rest = key.partition(".")
    start = re.escape(f"{section}.")
    ends = {pattern.removeprefix(start) for pattern in patterns if pattern.startswith(start)}
    if any(fixed(end) and re.fullmatch(end, rest) for end in ends):
        return True
    return not all(map(fixed, ends)) and re.escape(rest) in patterns


def fixed(pattern: str) -> bool:
    """Tell whether a pattern names something itself."""
    return re.search("[a-z]{3}|^[a-z]+$", pattern.replace(OPEN, "")) is not None


@pytest.fixture(scope="module")
def patterns() -> set[str]:
    return set(written())


@pytest.mark.parametrize("language", languages())
def test_no_words_are_kept_that_nothing_says(language: str, patterns: set[str]) -> None:
    assert not [key for key in Words(language).entries if not used(key, patterns)]


def test_a_word_that_nothing_says_is_found(patterns: set[str]) -> None:
    assert not used("caption.never_said_by_anyone", patterns)
    assert not used("nowhere.label", patterns)
    assert used("caption.base_all", patterns)


def test_every_language_has_the_same_keys_with_the_same_values_put_in() -> None:
    first, *others = (Words(language).entries for language in languages())
    for other in others:
        assert set(first) == set(other)
        for key, text in first.items():
            assert set(re.findall(r"\{(\w+)\}", text)) >= set(re.findall(r"\{(\w+)\}", other[key])), key
