"""Figures as pictures in pixels, for readers who can't use SVG."""

from __future__ import annotations

from collections.abc import Mapping

import typst

from barometer.typeface import FOLDER

# Twice the resolution of a screen.
PIXELS_PER_INCH = 192


def png(pictures: Mapping[str, str]) -> dict[str, bytes]:
    """Return SVG files as PNG, by the same names; all at once, since Typst takes long to start."""
    if not pictures:
        return {}
    named = [f'#image("{place}.svg")' for place in range(len(pictures))]
    pages = "#set page(width: auto, height: auto, margin: 0pt)\n" + "\n#pagebreak()\n".join(named)
    files = {f"{place}.svg": svg.encode() for place, svg in enumerate(pictures.values())}
    made = typst.compile(  # type: ignore[call-overload]  # its stubs don't know of several files
        {"main.typ": pages.encode(), **files},
        format="png",
        ppi=PIXELS_PER_INCH,
        font_paths=[str(FOLDER)],
        ignore_system_fonts=True,
    )
    contents = made if isinstance(made, list) else [made]
    return dict(zip(pictures, contents, strict=True))
