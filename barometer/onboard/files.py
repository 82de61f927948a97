"""The files of a new wave: YAML that reads back as it was meant, whatever the labels hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import yaml

from barometer.onboard.coding import Open

_WIDTH = 110
_LONGEST_LABEL = 100
_TAG = yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG
_TEXT = yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG
_HEAD = """\
# One wave: how it was made, how its file is read, what it did not ask.
# Where `todo` stands, a person decides: put one of the candidates (the best stands first, after the colon
# why) in the place of the braces, or delete the line. The wave can't be used until every todo is gone;
# the `checks` are to be read and then deleted.
"""
_PROPOSED = """\
# A questionnaire that was proposed from the names, labels, codes and empty cells of one file; the words are
# the file's own, everything is inferred. Read it against the real questionnaire: translate, shorten labels,
# merge and part questions, add composites; what is known then is no longer `evidence: inferred`.
"""


class _Dumper(yaml.SafeDumper):
    """Writes what the project's reader reads back as the same: text that looks like a number is quoted."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {
        first: list(each) for first, each in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def ignore_aliases(self, data: object) -> bool:
        """Write everything out in full."""
        return True

    def represent_text(self, data: str) -> yaml.Node:
        """Write text with escapes where a letter can't be seen; other line breaks would be folded."""
        return self.represent_scalar(_TEXT, data, style=None if data.isprintable() else '"')

    def represent_open(self, data: Open) -> yaml.Node:
        """Write ``{todo: {choice: reason}}``, or a list where there are no reasons."""
        reasons = any(data.candidates.values())
        choices = dict(data.candidates) if reasons else list(data.candidates)
        return self.represent_mapping(_TAG, {"todo": choices}, flow_style=True)


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.add_representer(Open, _Dumper.represent_open)
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$"),
    list("-0123456789"),
)


def as_yaml(document: Mapping[str, Any]) -> str:
    """Return a document as YAML, long sections apart; an open decision becomes ``{todo: ...}``."""
    parts = []
    for key, value in document.items():
        flow = None if isinstance(value, dict | list) else False
        text = yaml.dump(
            {key: value},
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=_WIDTH,
            default_flow_style=flow,
        )
        parts.append(f"\n{text}" if text.count("\n") > 2 and isinstance(value, dict) else text)
    return "".join(parts)


def wave_text(document: Mapping[str, Any], left: Iterable[tuple[str, str]]) -> str:
    """Return the text of wave.yaml; the columns that nothing uses are named in a remark at its end."""
    lines = [f"#   {_one_line(name)}  {_one_line(label)}".rstrip() for name, label in left]
    remark = ["", "# Columns that nothing above uses:", *lines, ""] if lines else []
    return f"{_HEAD}\n{as_yaml(document)}" + "\n".join(remark)


def instrument_text(document: Mapping[str, Any]) -> str:
    """Return the text of a proposed questionnaire."""
    return f"{_PROPOSED}\n{as_yaml(document)}"


def _one_line(text: str) -> str:
    """Return a text that can't end the remark that it stands in."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_LONGEST_LABEL]
