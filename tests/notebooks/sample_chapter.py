"""An executed chapter with every kind of block, and texts that try to become markup, code or a formula.

Loaded by the tests of the renderers with runpy.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import font_source_sans_pro
import matplotlib
import nbformat.v4 as nb
from matplotlib import font_manager
from matplotlib.figure import Figure

BLOCK = "application/vnd.barometer.block+json"
HOSTILE = "<script>alert(1)</script> & #panic() {{ 7*7 }} {% raw %} $x$ *a* [l](javascript:alert) \\u0023"
INK, BLUE, GREY = "#15212d", "#0f4f7d", "#8a98a5"

PARTNERS = {
    "da": [
        "Internt på arbejdspladsen eller i egen kommune",
        "Andre kommuner",
        "Vidensinstitutioner",
        "Borgere",
        "Foreninger",
        "Private virksomheder",
    ],
    "en": [
        "Within the workplace or the own municipality",
        "Other municipalities",
        "Knowledge institutions",
        "Citizens",
        "Associations",
        "Private companies",
    ],
}
SHARES = [0.62, 0.31, 0.27, 0.24, 0.19, 0.17]


def sample_chapter(language: str = "da", *, id: str = "collaboration", number: int = 2) -> nb.NotebookNode:
    """Return the notebook as papermill would leave it."""
    danish = language == "da"
    cells = [
        nb.new_markdown_cell(
            "# Samarbejd på tværs\n\nFå innovationer bliver til alene. Kapitlet viser, hvem arbejdspladserne samarbejder med, hvornår i forløbet, og hvad der følger med.[^1]\n\n[^1]: En note med *kursiv*.",
            metadata={"tags": ["da"]},
        ),
        nb.new_markdown_cell(
            "# Collaborate across\n\nFew innovations come about alone. This chapter shows whom workplaces collaborate with, when, and what comes along with it.[^1]\n\n[^1]: A note in *italics*.",
            metadata={"tags": ["en"]},
        ),
        _code("chapter = open_chapter('collaboration')", _head(language, id=id, number=number)),
        _code("chapter.card('any_collaboration', beside='external_collaboration')", _card(language)),
        _code("chapter.findings('partners', 'values by any_collaboration')", _findings(language)),
        _code("chapter.background()", _background()),
        nb.new_markdown_cell(
            "## Hvem samarbejdes der med?\n\nFlere svar er mulige. "
            + HOSTILE
            + "\n\n### En underoverskrift\n\n- et punkt\n- **et andet** punkt med `kode`\n\n| Sektor | n |\n|---|---:|\n| Stat | 412 |\n\nEn fodnote mere.[^a]\n\n[^a]: Den anden note.",
            metadata={"tags": ["da"]},
        ),
        nb.new_markdown_cell(
            "## Who are the partners?\n\nMultiple answers. "
            + HOSTILE
            + "\n\n### A heading below\n\n- one\n- **another** item with `code`\n\n| Sector | n |\n|---|---:|\n| State | 412 |\n\nOne more footnote.[^a]\n\n[^a]: The second note.",
            metadata={"tags": ["en"]},
        ),
        _code(
            "estimates = chapter.proportions('partners')\nchapter.figure(estimates, kind='bars')  # "
            + HOSTILE,
            _figure(language, id="partners", number="2.1"),
        ),
        _code(
            "chapter.say('partners')",
            {
                "type": "text",
                "text": "62 % af de innovative arbejdspladser har samarbejdet internt. " + HOSTILE,
            }
            if danish
            else {"type": "text", "text": "62% of innovative workplaces collaborated internally. " + HOSTILE},
        ),
        nb.new_markdown_cell("## Udvikling over målingerne" if danish else "## Over the waves"),
        _code(
            "chapter.figure(chapter.trend('any_collaboration'), kind='trend')",
            _figure(language, id="any_collaboration-by-wave", number="2.2"),
        ),
        _code(
            "chapter.note()",
            {
                "type": "note",
                "text": "Spørgsmålet om kerneopgaven indgik ikke i denne måling."
                if danish
                else "The core task was not asked in this wave.",
            },
        ),
        nb.new_markdown_cell("## Offentliggjort og beregnet" if danish else "## Published and computed"),
        _code("chapter.published()", _table(language)),
        nb.new_markdown_cell("## Eksempler og noter" if danish else "## Examples and notes"),
        _code("chapter.cases()", _cases(language)),
        _code("chapter.notes()", _notes(language)),
        _code("print('left over')", stream="left over\n"),
    ]
    return nb.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )


def _code(source: str, block: dict[str, Any] | None = None, *, stream: str = "") -> nb.NotebookNode:
    outputs = [nb.new_output("display_data", data={BLOCK: block, "text/plain": "block"})] if block else []
    if stream:
        outputs.append(nb.new_output("stream", name="stdout", text=stream))
    return nb.new_code_cell(source, outputs=outputs, execution_count=1)


def _head(language: str, *, id: str, number: int) -> dict[str, Any]:
    banner = (
        "Tallene er konstruerede og beskriver ikke virkelige arbejdspladser."
        if language == "da"
        else "The figures are made up and describe no real workplaces."
    )
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
    if language == "da":
        beside = {
            "id": "card-external",
            "value": "48 %",
            "text": "har samarbejdet med nogen uden for egen organisation",
            "definition": "Mindst én ekstern partner.",
            "detail": "95 %-interval 45–51 %; n = 1.877",
            "beside": [],
            "chapter": None,
        }
        return {
            "type": "card",
            "id": "card-any",
            "value": "69 %",
            "text": "af de innovative arbejdspladser har samarbejdet med andre om den seneste innovation",
            "definition": "Mindst én partner, internt eller eksternt.",
            "detail": "95 %-interval 67–72 %; n = 1.877; base: innovative arbejdspladser",
            "beside": [beside],
            "chapter": None,
        }
    beside = {
        "id": "card-external",
        "value": "48%",
        "text": "collaborated with someone outside their organisation",
        "definition": "At least one external partner.",
        "detail": "95% interval 45–51%; n = 1,877",
        "beside": [],
        "chapter": None,
    }
    return {
        "type": "card",
        "id": "card-any",
        "value": "69%",
        "text": "of innovative workplaces collaborated with others on their latest innovation",
        "definition": "At least one partner, internal or external.",
        "detail": "95% interval 67–72%; n = 1,877; base: innovative workplaces",
        "beside": [beside],
        "chapter": None,
    }


def _findings(language: str) -> dict[str, Any]:
    if language == "da":
        return {
            "type": "findings",
            "title": "Hovedresultater",
            "items": [
                "Den hyppigste partner er egen organisation (62 %), dernæst andre kommuner (31 %).",
                "Kommunale arbejdspladser samarbejder oftere med borgere end statslige (+9 procentpoint).",
                "Innovationer med partnere har oftere givet højere kvalitet (p < 0,001).",
                HOSTILE,
            ],
        }
    return {
        "type": "findings",
        "title": "Key findings",
        "items": [
            "The most common partner is the own organisation (62%), then other municipalities (31%).",
            "Municipal workplaces collaborate with citizens more often than state ones (+9 points).",
            "Innovations with partners more often gave higher quality (p < 0.001).",
            HOSTILE,
        ],
    }


def _background() -> dict[str, Any]:
    return {
        "type": "background",
        "title": "Baggrund",
        "text": "I interview peger ledere på, at partnere bringer viden ind, som arbejdspladsen ikke selv har, men at det koster tid at finde en fælles retning. "
        + HOSTILE,
        "source": "Interview med ledere og medarbejdere",
    }


def _figure(language: str, *, id: str, number: str) -> dict[str, Any]:
    danish = language == "da"
    labels = PARTNERS[language]
    percent = "{:.0f} %" if danish else "{:.0f}%"
    rows = [
        [
            label,
            percent.format(100 * share),
            f"{100 * share - 2:.0f}–{percent.format(100 * share + 2)}",
            "1.877" if danish else "1,877",
        ]
        for label, share in zip(labels, SHARES, strict=True)
    ]
    columns = ["Partner", "Andel" if danish else "Share", "95 %-interval" if danish else "95% interval", "n"]
    caption = (
        [
            "Figuren viser, hvem de innovative arbejdspladser har samarbejdet med om den seneste innovation.",
            "Spørgsmål: hvem samarbejdede I med?",
            "Base: innovative arbejdspladser.",
            "Flere svar er mulige, så andelene summer ikke til 100 %.",
            "Tallene er vægtet til hele den offentlige sektor.",
            "Stregerne er 95 %-konfidensintervaller.",
            "n = 1.877.",
            "Kilde: Innovationsbarometeret 2018-2019 (syntetiske data).",
            HOSTILE,
        ]
        if danish
        else [
            "The figure shows whom innovative workplaces collaborated with on their latest innovation.",
            "Base: innovative workplaces.",
            "Multiple answers, so shares don't sum to 100%.",
            "Weighted to the whole public sector.",
            "Lines are 95% confidence intervals.",
            "n = 1,877.",
            "Source: the Innovation Barometer 2018-2019 (synthetic data).",
            HOSTILE,
        ]
    )
    return {
        "type": "figure",
        "id": id,
        "number": number,
        "title": "Den hyppigste partner er egen organisation"
        if danish
        else "The most common partner is the own organisation",
        "subtitle": "Andel af innovative arbejdspladser, 2018-2019"
        if danish
        else "Share of innovative workplaces, 2018-2019",
        "caption": caption,
        "alt": ("Søjlediagram: " if danish else "Bar chart: ") + labels[0] + ' 62 % "<' + number,
        "svg": _saved(labels).decode(),
        "svg_narrow": _saved(labels, width=3.6).decode(),
        "svg_print": _saved(labels, text=True).decode(),
        "png": base64.b64encode(_saved(labels, form="png")).decode(),
        "csv": "partner,share\n"
        + "".join(f"{label},{share}\n" for label, share in zip(labels, SHARES, strict=True)),
        "table": {
            "columns": [
                {"label": label, "kind": "number" if place else "text"} for place, label in enumerate(columns)
            ],
            "rows": rows,
            "notes": ["* usikkert tal <b>" if danish else "* uncertain <b>"],
        },
        "synthetic": True,
    }


def _table(language: str) -> dict[str, Any]:
    danish = language == "da"
    return {
        "type": "table",
        "id": "published",
        "number": "2.1",
        "title": "Beregnede og offentliggjorte tal" if danish else "Computed and published figures",
        "caption": [
            "Tabellen holder de beregnede tal op mod de offentliggjorte."
            if danish
            else "Computed figures are held against the published ones.",
            HOSTILE,
        ],
        "csv": "figure,published,computed\n",
        "table": {
            "columns": [
                {"label": "Tal" if danish else "Figure", "kind": "text"},
                {"label": "Offentliggjort" if danish else "Published", "kind": "number"},
                {"label": "Beregnet" if danish else "Computed", "kind": "number"},
                {"label": "Bemærkning" if danish else "Note", "kind": "text"},
            ],
            "rows": [
                ["Samarbejde i alt", "69 %", "69,2 %", "inden for intervallet"],
                ["Eksternt samarbejde", "48 %", "48,1 %", "kortet kaldte 69 % eksternt; " + HOSTILE],
            ],
            "notes": [],
        },
        "synthetic": True,
    }


def _cases(language: str) -> dict[str, Any]:
    place = "Region Nordjylland" if language == "da" else "North Denmark Region"
    return {
        "type": "cases",
        "title": "Eksempler" if language == "da" else "Examples",
        "items": [
            {
                "place": place,
                "headline": "Kortere ventetid med fælles visitation",
                "text": "To afdelinger gik sammen om én indgang for patienterne.",
                "source": "Casesamling, offentlig innovation",
            },
            {"place": "Aarhus", "headline": HOSTILE, "text": HOSTILE, "source": HOSTILE},
        ],
    }


def _notes(language: str) -> dict[str, Any]:
    terms = {
        "Base": "De arbejdspladser, som fik spørgsmålet.",
        "Usikkert tal (*)": "Tallet bygger på færre end 50 svar.",
        "Brud (†)": HOSTILE,
    }
    return {
        "type": "notes",
        "title": "Noter" if language == "da" else "Notes",
        "items": [{"term": term, "text": text} for term, text in terms.items()],
    }


def _drawing(labels: list[str], *, width: float) -> Figure:
    figure = Figure(figsize=(width, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.barh(labels if width > 5 else [label[:16] for label in labels], SHARES, color=BLUE, height=0.62)
    for place, share in enumerate(SHARES):
        axes.plot([share - 0.02, share + 0.02], [place, place], color=INK, linewidth=1.4)
        axes.text(share + 0.03, place, f"{100 * share:.0f} %", va="center", color=INK, fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(left=False, bottom=False, labelbottom=False, labelsize=9, colors=INK)
    return figure


def _saved(labels: list[str], *, width: float = 6.6, form: str = "svg", text: bool = False) -> bytes:
    content = io.BytesIO()
    font_manager.fontManager.addfont(f"{font_source_sans_pro.font_directory}/SourceSansPro-Regular.ttf")
    style = {
        "svg.fonttype": "none" if text else "path",
        "svg.hashsalt": "sample",
        "font.family": ["Source Sans Pro"],
    }
    metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
    with matplotlib.rc_context(style):
        _drawing(labels, width=width).savefig(content, format=form, metadata=metadata, dpi=144)
    return content.getvalue()
