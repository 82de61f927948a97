"""Markdown of a notebook as a small, closed set of nodes that both formats draw.

Raw HTML stays visible text, a link with a harmful scheme keeps only its words, and `$x$` is no formula:
whatever an author or a data file writes, nothing of it is ever markup or code in a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from typing import Any

import mistune

Node = dict[str, Any]

_SAFE_LINK = re.compile(r"(https?://|mailto:|#|[\w./-]+\.(html|csv)(#|$))", re.IGNORECASE)
_LEAVES: Mapping[str, Callable[[dict[str, Any], int], Node]] = {
    "text": lambda token, _: {"type": "text", "text": unescape(token["raw"])},
    "inline_html": lambda token, _: {"type": "text", "text": token["raw"]},
    "block_html": lambda token, _: {
        "type": "paragraph",
        "children": [{"type": "text", "text": token["raw"].strip()}],
    },
    "codespan": lambda token, _: {"type": "code", "text": unescape(token["raw"])},
    "block_code": lambda token, _: {"type": "codeblock", "text": token["raw"]},
    "softbreak": lambda token, _: {"type": "text", "text": " "},
    "linebreak": lambda token, _: {"type": "linebreak"},
    "thematic_break": lambda token, _: {"type": "rule"},
    "footnote_ref": lambda token, first: {"type": "footnote", "number": token["attrs"]["index"] + first - 1},
}
_NESTED = {
    "heading": "heading",
    "paragraph": "paragraph",
    "block_text": "plain",
    "emphasis": "emphasis",
    "strong": "strong",
    "link": "link",
    "block_quote": "quote",
    "list": "list",
    "list_item": "item",
}


def parse(source: str, *, first_footnote: int = 1) -> tuple[list[Node], list[list[Node]]]:
    """Parse Markdown into block nodes and footnotes.

    Parameters
    ----------
    source
        CommonMark with tables and footnotes.
    first_footnote
        Number of the first footnote, so that the cells of a chapter count on.

    Returns
    -------
    nodes, footnotes
        One node is one block, a mapping with `type`; a footnote is a list of blocks.
    """
    tokens = mistune.create_markdown(renderer="ast", plugins=["table", "footnotes"])(source)
    nodes: list[Node] = []
    footnotes: list[list[Node]] = []
    for token in _mappings(tokens):
        if token["type"] == "footnotes":
            footnotes = [_nodes(item["children"], first_footnote) for item in token["children"]]
        else:
            nodes += _node(token, first_footnote)
    return nodes, footnotes


def safe_link(address: str) -> bool:
    """Say whether an address leads to the web, to a mailbox or to a page or file of the report."""
    return _SAFE_LINK.match(address) is not None


def text_of(nodes: Iterable[Node]) -> str:
    """Return the words of some nodes, without any formatting."""
    return "".join(node.get("text", "") or text_of(node.get("children", ())) for node in nodes)


def _mappings(tokens: object) -> Iterator[dict[str, Any]]:
    """Narrow what mistune returns (text or tokens) to tokens."""
    if isinstance(tokens, list):
        yield from tokens


def _nodes(tokens: Iterable[dict[str, Any]], first_footnote: int) -> list[Node]:
    return [node for token in tokens for node in _node(token, first_footnote)]


def _node(token: dict[str, Any], first_footnote: int) -> list[Node]:
    """Translate one token; a token that has no place here gives the nodes inside it, or none."""
    kind, about = token["type"], token.get("attrs", {})
    if kind == "table":
        return [_table(token, first_footnote)]
    if kind in _LEAVES:
        return [_LEAVES[kind](token, first_footnote)]
    children = _nodes(token.get("children", ()), first_footnote)
    if kind == "link" and not safe_link(about["url"]):
        return children
    if kind in _NESTED:
        kept = {name: about[name] for name in ("level", "ordered", "url") if name in about}
        return [{"type": _NESTED[kind], "children": children, **kept}]
    return children


def _table(token: dict[str, Any], first_footnote: int) -> Node:
    """Translate a table to its header cells and its rows, each cell a list of nodes."""
    head, *bodies = token["children"]
    rows = [row for body in bodies for row in body["children"]]
    return {
        "type": "table",
        "columns": [_nodes(cell["children"], first_footnote) for cell in head["children"]],
        "numbers": [cell["attrs"]["align"] == "right" for cell in head["children"]],
        "rows": [[_nodes(cell["children"], first_footnote) for cell in row["children"]] for row in rows],
    }
