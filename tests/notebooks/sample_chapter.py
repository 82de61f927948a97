"""An executed chapter with every kind of block, and texts that try to become markup, code or a formula.

Loaded by the tests of the renderers with runpy.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import nbformat.v4 as nb
from matplotlib.figure import Figure

from barometer.figures import svg, with_typeface
from barometer.figures.style import BAR, INK, styled

BLOCK = "application/vnd.barometer.block+json"
HOSTILE = "<script>alert(1)</script> & #panic() {{ 7*7 }} {% raw %} $x$ *a* [l](javascript:alert) \\u0023"

PARTNERS = {
    "da": (
        "Egen arbejdsplads eller kommune",
        "Andre kommuner",
        "Vidensinstitutioner",
        "Borgere",
        "Virksomheder",
    ),
    "en": (
        "Own workplace or municipality",
        "Other municipalities",
        "Knowledge institutions",
        "Citizens",
        "Companies",
    ),
}
SHARES = (0.62, 0.31, 0.27, 0.24, 0.17)

OPENING = {
    "da": "# Samarbejd på tværs\n\nFå innovationer bliver til alene. Kapitlet viser, hvem arbejdspladserne "
    "samarbejder med, hvornår i forløbet, og hvad der følger med.[^1]\n\n[^1]: En note med *kursiv*.",
    "en": "# Collaborate across\n\nFew innovations come about alone. This chapter shows whom workplaces "
    "collaborate with, when, and what comes along with it.[^1]\n\n[^1]: A note in *italics*.",
}
SECTION = {
    "da": f"## Hvem samarbejdes der med?\n\nFlere svar er mulige. {HOSTILE}\n\n### En underoverskrift\n\n"
    "- et punkt\n- **et andet** med `kode` og [et link](https://example.org/)\n\n"
    "| Sektor | n |\n|---|---:|\n| Stat | 412 |\n\nEn fodnote mere.[^a]\n\n[^a]: Den anden note.",
    "en": f"## Who are the partners?\n\nMultiple answers. {HOSTILE}\n\n### A heading below\n\n"
    "- one\n- **another** with `code` and [a link](https://example.org/)\n\n"
    "| Sector | n |\n|---|---:|\n| State | 412 |\n\nOne more footnote.[^a]\n\n[^a]: The second note.",
}


def sample_chapter(language: str = "da", *, id: str = "collaboration", number: int = 2) -> nb.NotebookNode:
    """Return the notebook as papermill would leave it."""
    danish = language == "da"
    said = (
        "62 % af de innovative arbejdspladser har samarbejdet internt. " if danish else "62% collaborated. "
    )
    left_out = "Kerneopgaven indgik ikke i denne måling." if danish else "The core task was not asked."
    cells = [
        *_heading(*OPENING.values()),
        _code("chapter = open_chapter('collaboration')", _head(language, id=id, number=number)),
        _code("chapter.card('any_collaboration', beside='external_collaboration')", _card(language)),
        _code("chapter.findings('partners')", _findings(language)),
        _code("chapter.since('partners')", _since(language)),
        _code("chapter.background()", _background()),
        *_heading(*SECTION.values()),
        _code(
            f"chapter.figure(chapter.proportions('partners'))  # {HOSTILE}",
            _figure(language, "partners", "2.1")
            | {"label": "I alt" if danish else "Total", "views": [_view(language, "partners-by-sector")]},
        ),
        _code("chapter.say('partners')", {"type": "text", "text": said + HOSTILE}),
        *_heading("## Udvikling over målingerne", "## Over the waves"),
        _code(
            "chapter.figure(chapter.trend('reuse'), kind='trend')", _figure(language, "reuse-by-wave", "2.2")
        ),
        _code("chapter.note()", {"type": "note", "text": left_out}),
        *_heading("## Offentliggjort og beregnet", "## Published and computed"),
        _code("chapter.published()", _table(language)),
        *_heading("## Eksempler og noter", "## Examples and notes"),
        _code("chapter.cases()", _cases()),
        _code("chapter.reading()", _reading()),
        _code("chapter.notes()", _notes()),
        _code("print('left over')", stream="left over\n"),
    ]
    return nb.new_notebook(cells=cells)


def _heading(danish: str, english: str) -> list[nb.NotebookNode]:
    pairs = {"da": danish, "en": english}
    return [nb.new_markdown_cell(text, metadata={"tags": [tag]}) for tag, text in pairs.items()]


def _code(source: str, block: dict[str, Any] | None = None, *, stream: str = "") -> nb.NotebookNode:
    outputs = [nb.new_output("display_data", data={BLOCK: block, "text/plain": "block"})] if block else []
    if stream:
        outputs = [nb.new_output("stream", name="stdout", text=stream)]
    return nb.new_code_cell(source, outputs=outputs, execution_count=1)


def _head(language: str, *, id: str, number: int) -> dict[str, Any]:
    banner = {
        "da": "Syntetiske data: tallene er konstruerede og beskriver ikke virkelige arbejdspladser.",
        "en": "Synthetic data: the figures are made up and describe no real workplaces.",
    }[language]
    return {
        "type": "chapter",
        "id": id,
        "number": number,
        "language": language,
        "wave": "2018-2019",
        "wave_title": "2018-2019",
        "synthetic": True,
        "banner": banner,
        "segment": "",
    }


def _card(language: str) -> dict[str, Any]:
    danish = language == "da"
    beside = {
        "id": "card-external",
        "value": "48 %" if danish else "48%",
        "text": "har samarbejdet uden for egen organisation"
        if danish
        else "collaborated outside their organisation",
        "definition": "Mindst én ekstern partner." if danish else "At least one external partner.",
        "detail": "95 %-interval 45–51 %; n = 1.877" if danish else "95% interval 45–51%; n = 1,877",
        "beside": [],
        "chapter": None,
    }
    whole = "af de innovative arbejdspladser har samarbejdet med andre om den seneste innovation"
    return beside | {
        "type": "card",
        "id": "card-any",
        "value": "69 %" if danish else "69%",
        "text": whole if danish else "of innovative workplaces collaborated on their latest innovation",
        "definition": "Mindst én partner, intern eller ekstern." if danish else "At least one partner.",
        "beside": [beside],
    }


def _findings(language: str) -> dict[str, Any]:
    items = {
        "da": [
            "Den hyppigste partner er egen organisation (62 %), dernæst andre kommuner (31 %).",
            "Kommunale arbejdspladser samarbejder oftere med borgere end statslige (+9 procentpoint).",
            "Innovationer med partnere har oftere givet højere kvalitet (p < 0,001).",
        ],
        "en": [
            "The most common partner is the own organisation (62%), then other municipalities (31%).",
            "Municipal workplaces collaborate with citizens more often than state ones (+9 points).",
            "Innovations with partners more often gave higher quality (p < 0.001).",
        ],
    }[language]
    title = "Hovedresultater" if language == "da" else "Key findings"
    return {"type": "findings", "title": title, "items": [*items, HOSTILE]}


def _since(language: str) -> dict[str, Any]:
    danish = language == "da"
    item = "Borgere: 22 %, ned fra 29 %." if danish else "Citizens: 22%, down from 29%."
    return {
        "type": "since",
        "title": "Det har ændret sig" if danish else "What has changed",
        "items": [item, HOSTILE],
        "rest": ["For 8 andre tal kan det ikke afgøres." if danish else "8 others are not clear."],
        "how": ["Testet samlet." if danish else "Tested together.", HOSTILE],
        "csv": "",
    }


def _background() -> dict[str, Any]:
    text = (
        "I interview peger ledere på, at partnere bringer viden ind, som arbejdspladsen ikke selv har, men at"
        " det koster tid at finde en fælles retning."
    )
    return {"type": "background", "title": "Baggrund", "text": f"{text} {HOSTILE}", "source": "Interview"}


def _figure(language: str, id: str, number: str) -> dict[str, Any]:
    danish = language == "da"
    labels = PARTNERS[language]
    percent = [f"{100 * share:.0f}" + (" %" if danish else "%") for share in SHARES]
    caption = [
        "Figuren viser, hvem de innovative arbejdspladser har samarbejdet med om den seneste innovation.",
        "Flere svar er mulige, så andelene summer ikke til 100 %.",
        "Tallene er vægtet til hele den offentlige sektor. Stregerne er 95 %-intervaller. n = 1.877.",
        "Kilde: Innovationsbarometeret 2018-2019 (syntetiske data).",
    ]
    headings = (
        ("Partner", "Andel", "95 %-interval", "n") if danish else ("Partner", "Share", "95% interval", "n")
    )
    return {
        "type": "figure",
        "id": id,
        "number": number,
        "title": "Den hyppigste partner er egen organisation"
        if danish
        else "The most common partner is the own one",
        "subtitle": "Andel af innovative arbejdspladser" if danish else "Share of innovative workplaces",
        "caption": [*caption, HOSTILE],
        "about": ["Spørgsmål 9: »Hvem samarbejdede arbejdspladsen med?«", HOSTILE],
        "alt": f'{"Søjlediagram" if danish else "Bar chart"} {number}: {labels[0]} {percent[0]} "<>&',
        "svg": _picture(labels, width=6.6),
        "svg_narrow": _picture(labels, width=3.6),
        "csv": "partner,share\n"
        + "".join(f"{label},{share}\n" for label, share in zip(labels, SHARES, strict=True)),
        "table": {
            "columns": [
                {"label": text, "kind": "number" if place else "text"} for place, text in enumerate(headings)
            ],
            "rows": [
                [label, share, "59–65 %", "1.877"] for label, share in zip(labels, percent, strict=True)
            ],
            "notes": ["* usikkert tal <b>"],
        },
        "synthetic": True,
    }


def _view(language: str, id: str) -> dict[str, Any]:
    """Return a figure by sector."""
    figure = _figure(language, id, "")
    titled = {"label": "Sektor" if language == "da" else "Sector", "title": f"{figure['title']} (2)"}
    return {key: value for key, value in (figure | titled).items() if key != "type"}


def _table(language: str) -> dict[str, Any]:
    danish = language == "da"
    labels = (
        ("Tal", "Offentliggjort", "Beregnet", "Note")
        if danish
        else ("Figure", "Published", "Computed", "Note")
    )
    kinds = ("text", "number", "number", "text")
    return {
        "type": "table",
        "id": "published",
        "number": "2.1",
        "title": "Beregnede og offentliggjorte tal" if danish else "Computed and published figures",
        "caption": ["Tabellen holder de beregnede tal op mod de offentliggjorte.", HOSTILE],
        "csv": "figure,published,computed\n",
        "table": {
            "columns": [{"label": label, "kind": kind} for label, kind in zip(labels, kinds, strict=True)],
            "rows": [["Samarbejde", "69 %", "69,2 %", "inden for"], ["Eksternt", "48 %", "48,1 %", HOSTILE]],
            "notes": [],
        },
        "synthetic": True,
    }


def _cases() -> dict[str, Any]:
    shorter = {
        "place": "Region Nordjylland",
        "headline": "Kortere ventetid med fælles visitation",
        "text": "To afdelinger gik sammen om én indgang for patienterne.",
        "source": "Casesamling",
    }
    hostile = dict.fromkeys(shorter, HOSTILE)
    return {"type": "cases", "title": "Eksempler", "items": [shorter, hostile]}


def _reading() -> dict[str, Any]:
    items = [{"title": HOSTILE, "url": "https://example.org/a?b=1&c=%22"}]
    return {"type": "reading", "title": "Læs mere", "items": items}


def _notes() -> dict[str, Any]:
    terms = {
        "Base": "De arbejdspladser, som fik spørgsmålet.",
        "Usikkert tal (*)": "Tallet bygger på færre end 50 svar.",
        "Brud (†)": HOSTILE,
    }
    return {
        "type": "notes",
        "title": "Noter",
        "items": [{"term": term, "text": text} for term, text in terms.items()],
    }


def _drawing(labels: tuple[str, ...], *, width: float) -> Figure:
    figure = Figure(figsize=(width, 3.2))
    axes = figure.add_axes((0.4, 0.03, 0.57, 0.94))
    axes.set_axis_off()
    for place, (label, share) in enumerate(zip(labels, SHARES, strict=True)):
        axes.barh(place, share, color=BAR, height=0.62)
        axes.plot([share - 0.02, share + 0.02], [place, place], color=INK, linewidth=1.4)
        axes.text(share + 0.03, place, f"{100 * share:.0f} %", va="center", color=INK)
        axes.text(-0.02, place, label[: int(9 * width)], va="center", ha="right", color=INK)
    axes.invert_yaxis()
    axes.set_xlim(0, 0.75)
    return figure


@cache
def _picture(labels: tuple[str, ...], *, width: float) -> str:
    with styled():
        return with_typeface([svg(_drawing(labels, width=width))])[0]
