"""Tag the first cell of each table row as its header, which Typst can't yet."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object


def with_row_headers(pdf: bytes) -> bytes:
    """Return a tagged PDF in which the first cell of every body row is a header of that row.

    Column headers are tagged by Typst. Rows need it too: without, a screen reader reads a number and not what
    it belongs to.
    """
    with pikepdf.open(BytesIO(pdf)) as document:
        # Optional, and a reader of PDF files takes Typst's form of it for an error.
        del document.Root.MarkInfo.Suspects
        for body in _elements(document.Root.StructTreeRoot, "/TBody"):
            for row in _elements(body, "/TR"):
                header, *cells = _elements(row, "/TD")
                header.S = Name.TH
                header.A = Dictionary(O=Name.Table, Scope=Name.Row)
                for cell in cells:
                    # Typst names the column's header alone, and what is named overrides the scopes.
                    del cell.A
        content = BytesIO()
        document.save(content, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return content.getvalue()


def _elements(parent: Object, tag: str) -> Iterator[Object]:
    """Yield the structure elements with this tag below another one; none stands inside another."""
    children = parent.get(Name.K, Array())
    for child in children if isinstance(children, Array) else Array([children]):
        if isinstance(child, Dictionary) and Name.S in child:
            if str(child.S) == tag:
                yield child
            else:
                yield from _elements(child, tag)
