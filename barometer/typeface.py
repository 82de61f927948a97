"""The report's typeface, Source Sans, from its package: whole or cut down to some letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import font_source_sans_pro

FAMILY = "Source Sans Pro"
FOLDER = Path(font_source_sans_pro.font_directory)


def face(style: str) -> Path:
    """Return the TrueType file of a style: ``Regular``, ``Semibold``, ``It``."""
    return FOLDER / f"SourceSansPro-{style}.ttf"


def cut(font: bytes, letters: Iterable[str], *, features: Sequence[str] = ()) -> bytes:
    """Return a font with these letters only as WOFF; of its layout it keeps the features that are named."""
    # Slow to import, and most of what is at work in a chapter never cuts a font.
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(layout_features=list(features), hinting=False, notdef_outline=True)
    options.ignore_missing_unicodes = True
    options.drop_tables += [] if features else ["GDEF", "GPOS", "GSUB"]
    # The file's own date stays, so that the same font comes out each time; so do its bounds, which hold for a
    # part of it too.
    opened = TTFont(BytesIO(font), recalcTimestamp=False, recalcBBoxes=False, lazy=True)
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(letters))
    subsetter.subset(opened)
    opened.flavor = "woff"
    content = BytesIO()
    opened.save(content)
    return content.getvalue()
