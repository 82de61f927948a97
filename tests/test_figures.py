"""Figures: nothing is cut off, nothing overlaps, gaps are marked, the same bytes every time."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from base64 import b64decode
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import combinations, pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from barometer.exhibit import Exhibit
from barometer.figures import KINDS, draw, svg, with_typeface
from barometer.figures.style import (
    BAR,
    DARK,
    DARK_HIGH,
    DARK_LOW,
    HIGH,
    INK,
    LOW,
    MARKERS,
    MUTED,
    PAPER,
    SERIES,
    styled,
    wrap,
)
from barometer.figures.style import width as text_width
from barometer.figures.trend import LINE_WEIGHT

Make = Callable[..., Any]
WAVES = ("2013-2014", "2015-2016", "2018-2019", "2021-2023")
HIDDEN = {"verdict": "hidden", "reason": "small_base", "n": 4}


@pytest.fixture
def samples(exhibit: Make, share: Make, barometer_instrument: Any) -> Callable[[str], dict[str, Exhibit]]:
    """Make an exhibit of every kind, each with the hardest that happens to it."""
    partners = [option.id for option in barometer_instrument.variable("partners").options]
    industries = [option.id for option in barometer_instrument.variable("industry").options]
    scale = ("inhibited_high", "inhibited_some", "neither", "promoted_some", "promoted_high", "dont_know")
    factors = barometer_instrument.expand("factors")

    def factor_rows() -> list[Any]:
        rows = []
        for place, name in enumerate(factors):
            given = HIDDEN if place == 2 else {}
            tilt = place / len(factors)
            shares = (0.3 * tilt, 0.35 * tilt, 0.1, 0.4 * (1 - tilt), 0.55 * (1 - tilt), 0.05)
            rows += [share(name, option, each, **given) for option, each in zip(scale, shares, strict=True)]
            item = name.split(".")[1]
            rows.append(share("factors_promoted", item, shares[3] + shares[4], **given))
            rows.append(share("factors_inhibited", item, shares[0] + shares[1], **given))
        return sorted(rows, key=lambda row: "." not in row["question"])

    def make(language: str) -> dict[str, Exhibit]:
        given = {"language": language, "synthetic": True}
        bars = [share("partners", name, 0.02 + 0.07 * place) for place, name in enumerate(partners)]
        bars[3] = share("partners", partners[3], 0.5, **HIDDEN)
        bars[4] = share("partners", partners[4], 0.5, margin=0.3, verdict="uncertain", reason="wide_interval")
        sectors = [
            share("partners", name, 0.03 * place + 0.1 * step, by="sector", level=level, margin=0.05)
            for place, name in enumerate(partners)
            for step, level in enumerate(("state", "regional", "municipal"))
        ]
        many = [
            share("reuse", option, 0.2 + 0.1 * place / 8, by="industry", level=level, margin=0.08)
            for option in ("first", "adapted", "copy", "dont_know")
            for place, level in enumerate(industries)
        ]
        one = [share("reused", "yes", 0.98, by="industry", level=level) for level in industries]
        two = [
            share("reused", "yes", 0.6, by=by, level=level)
            for by, levels in (("sector", ("state", "municipal")), ("size", ("under_20", "from_100")))
            for level in levels
        ]
        types = [
            share("latest_types", option, 0.3 + 0.1 * place - 0.02 * step, wave=wave)
            for place, option in enumerate(("product", "service", "process", "communication"))
            for step, wave in enumerate(WAVES)
        ]
        types[5] |= share(
            "latest_types", "service", 0, wave=WAVES[1], n=0, verdict="not_asked", reason="not_in_wave"
        )
        reason = {"da": "Ny formulering", "en": "New wording"}
        stop = SimpleNamespace(variables=("latest_types",), options=(), reason=reason, wave=WAVES[2])
        return {
            "bars": exhibit(bars, "bars", **given),
            "groups": exhibit(sectors, "groups", **given),
            "groups many": exhibit(many, "groups", **given),
            "groups one": exhibit(one, "groups", **given),
            "groups two": exhibit(two, "groups", **given),
            "diverging": exhibit(factor_rows(), "diverging", **given),
            "trend": exhibit(types, "trend", waves=WAVES, breaks=(stop,), **given),
            "trend one": exhibit(types[:4], "trend", waves=WAVES, **given),
        }

    return make


def _texts(figure: Figure) -> list[tuple[str, Any]]:
    renderer = FigureCanvasAgg(figure).get_renderer()
    found = [text for text in figure.findobj(Text) if text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in found]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("language", ["da", "en"])
def test_every_text_lies_inside_the_sheet_and_none_covers_another(
    samples: Any, language: str, narrow: bool
) -> None:
    for name, shown in samples(language).items():
        figure = draw(shown, narrow=narrow)
        texts = _texts(figure)
        sheet = figure.bbox
        assert len(texts) > 5
        for text, box in texts:
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= sheet.x1 and box.y1 <= sheet.y1
            assert inside, (name, text)
        for (first, one), (second, other) in combinations(texts, 2):
            # A pixel of line spacing may be shared; letters may not.
            apart = (
                one.x1 <= other.x0
                or other.x1 <= one.x0
                or one.y1 <= other.y0 + 1.5
                or other.y1 <= one.y0 + 1.5
            )
            assert apart, (name, first, second)


def test_all_kinds_are_drawn_by_the_samples(samples: Any) -> None:
    assert {shown.kind for shown in samples("en").values()} == set(KINDS)


def test_every_shown_share_and_no_hidden_one_is_written_in_the_figure(samples: Any) -> None:
    shown = samples("en")["bars"]
    written = [text for text, _ in _texts(draw(shown))]
    for row in shown.drawn.itertuples():
        assert row.value in written
        assert row.item in " ".join(text.replace("\n", " ") for text in written)
    assert written.count("Hidden") == 1
    assert "80%*" not in written


def test_hidden_estimates_are_hatched_and_take_no_room_as_bars(samples: Any) -> None:
    figure = draw(samples("en")["bars"])
    hatched = [patch for patch in figure.findobj(Rectangle) if patch.get_hatch()]
    assert len(hatched) == 1


def test_dont_know_is_left_out_of_the_drawing(exhibit: Make, share: Make) -> None:
    rows = [share("reuse", "first", 0.2), share("reuse", "dont_know", 0.7)]
    assert "Don't know" not in [text for text, _ in _texts(draw(exhibit(rows)))]


def test_multiple_answers_are_sorted_by_size_with_none_last_and_single_ones_as_asked(
    exhibit: Make, share: Make
) -> None:
    partners = [
        share("partners", "none", 0.9),
        share("partners", "citizens", 0.2),
        share("partners", "companies", 0.4),
    ]
    assert _order(draw(exhibit(partners)), ("Private companies", "Citizens", "No collaboration"))
    reuse = [share("reuse", "first", 0.2), share("reuse", "adapted", 0.7)]
    assert _order(draw(exhibit(reuse)), ("First of its kind", "Inspired by others, substantially adapted"))


def _order(figure: Figure, labels: tuple[str, ...]) -> bool:
    heights = {text.replace("\n", " "): box.y0 for text, box in _texts(figure)}
    places = [heights[label] for label in labels]
    return places == sorted(places, reverse=True)


def test_synthetic_data_are_marked_in_the_figure_itself_and_real_data_are_not(
    exhibit: Make, share: Make
) -> None:
    rows = [share("reused", "yes", 0.74)]
    for language, mark in (("da", "Syntetiske data"), ("en", "Synthetic data")):
        made = [text for text, _ in _texts(draw(exhibit(rows, language=language, synthetic=True)))]
        real = [text for text, _ in _texts(draw(exhibit(rows, language=language)))]
        assert mark in made
        assert mark not in real


def test_a_break_and_a_wave_that_did_not_ask_leave_gaps_in_the_line(
    samples: Any, exhibit: Make, share: Make
) -> None:
    whole = [share("evaluated", "yes", 0.4, wave=wave) for wave in WAVES]
    lines = len(_lines(draw(exhibit(whole, "trend", waves=WAVES))))
    stop = SimpleNamespace(variables=("evaluated",), options=(), reason={"en": "x", "da": "x"}, wave=WAVES[2])
    broken = draw(exhibit(whole, "trend", waves=WAVES, breaks=(stop,)))
    assert (lines, len(_lines(broken))) == (3, 2)
    assert "†" in [text for text, _ in _texts(broken)]
    whole[1] |= share("evaluated", "", 0, wave=WAVES[1], n=0, verdict="not_asked", reason="not_in_wave")
    gap = draw(exhibit(whole, "trend", waves=WAVES))
    assert len(_lines(gap)) == 1
    assert "Not\nasked" in [text for text, _ in _texts(gap)]


def _lines(figure: Figure) -> list[Line2D]:
    return [line for line in figure.findobj(Line2D) if line.get_linewidth() == LINE_WEIGHT]


def test_the_totals_of_a_scale_stand_at_its_ends(samples: Any) -> None:
    shown = samples("en")["diverging"]
    written = [text for text, _ in _texts(draw(shown))]
    totals = shown.rows[shown.rows["role"] == "total"]
    for row in totals.itertuples():
        assert row.value in written


def test_the_same_exhibit_gives_the_same_bytes(samples: Any) -> None:
    for shown in samples("da").values():
        first, second = (with_typeface([svg(draw(shown)), svg(draw(shown, narrow=True))]) for _ in range(2))
        assert first == second
        assert all(len(picture) < 60_000 for picture in first)


def _elements(picture: str, name: str) -> Iterator[Any]:
    return ET.fromstring(picture).iter(f"{{http://www.w3.org/2000/svg}}{name}")  # noqa: S314 (our own)


def test_the_svg_holds_every_text_of_the_figure_as_text_where_the_figure_has_it(samples: Any) -> None:
    for name, shown in samples("da").items():
        figure = draw(shown)
        picture = svg(figure)
        written = {line for text, _ in _texts(figure) for line in text.split("\n")}
        found = {text.text: text for text in _elements(picture, "text")}
        assert set(found) == written, name
        height = figure.get_figheight() * 72
        for text, box in _texts(figure):
            if "\n" not in text and sum(each == text for each, _ in _texts(figure)) == 1:
                assert float(found[text].get("y")) == pytest.approx(height - box.y0, abs=4), text


def test_groups_keep_their_forms_in_the_svg(samples: Any) -> None:
    picture = svg(draw(samples("en")["groups"]))
    circles = [circle.get("fill") for circle in _elements(picture, "circle")]
    assert set(circles) == {SERIES[0]}
    others = [path for path in _elements(picture, "path") if path.get("fill") in SERIES[1:]]
    sides = {path.get("fill"): set(re.sub("[-. 0-9]", "", path.get("d"))) for path in others}
    assert sides == {SERIES[1]: set("MHVZ"), SERIES[2]: set("MLZ")}  # upright and on a corner
    assert len(others) == 2 * len(circles) > 20


def test_what_a_text_says_is_never_markup() -> None:
    evil = r"<script>&amp;\u003c</style> $x^2$ \$"
    figure = Figure()
    with styled():
        figure.text(0.1, 0.1, evil)
    picture = with_typeface([svg(figure)])[0]
    assert [text.text for text in _elements(picture, "text")] == [evil]


def _letters(picture: str) -> dict[str, set[str]]:
    """Return the letters of the fonts in a file, by their weight."""
    found = re.findall(r"weight:(\d+);src:url\(data:font/woff;base64,(.+?)\)", picture)
    fonts = {weight: TTFont(BytesIO(b64decode(content))) for weight, content in found}
    return {weight: {chr(code) for code in font.getBestCmap()} for weight, font in fonts.items()}


def test_the_typeface_in_the_file_has_just_the_letters_that_are_written(samples: Any) -> None:
    picture = with_typeface([svg(draw(samples("da")["bars"]))])[0]
    said: dict[str, set[str]] = {"400": set(), "600": set()}
    for text in _elements(picture, "text"):
        said[text.get("font-weight", "400")] |= set(text.text)
    assert _letters(picture) == said


def test_letters_of_other_languages_are_in_the_typeface_too() -> None:
    figure = Figure()
    with styled():
        figure.text(0.1, 0.1, "Łódź αβ")
    assert _letters(with_typeface([svg(figure)])[0]) == {"400": set("Łódź αβ")}


def test_height_follows_the_number_of_rows(exhibit: Make, share: Make) -> None:
    few = [share("partners", name, 0.1) for name in ("citizens", "companies")]
    more = [*few, *(share("partners", name, 0.1) for name in ("foreign", "knowledge", "none"))]
    assert draw(exhibit(more)).get_figheight() > draw(exhibit(few)).get_figheight() + 0.5


def test_long_labels_are_wrapped_between_words_to_the_width() -> None:
    text = "Andre arbejdspladser i egen kommune, egen region eller eget ministerområde"
    lines = wrap(text, 2.0).split("\n")
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(text_width(line) <= 2.0 for line in lines)
    assert wrap("Innovationssamarbejdspartnere", 0.5) == "Innovationssamarbejdspartnere"


def _luminance(colour: str) -> float:
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


LIGHT_CARD = (SERIES, LOW, HIGH, BAR, INK, MUTED, PAPER)
DARK_CARD = (
    tuple(DARK[colour] for colour in SERIES),
    DARK_LOW,
    DARK_HIGH,
    *(DARK[colour] for colour in (BAR, INK, MUTED, PAPER)),
)


@pytest.mark.parametrize("card", [LIGHT_CARD, DARK_CARD], ids=["light", "dark"])
def test_neighbouring_colours_and_the_ground_differ_by_three_to_one(card: tuple[Any, ...]) -> None:
    series, low, high, bar, ink, muted, paper = card
    for one, other in (*pairwise(series), low, high, (bar, ink)):
        assert _contrast(one, other) >= 3, (one, other)
    for colour in (*series, *low, *high, bar):
        assert _contrast(colour, paper) >= 3, colour
    for text, ground in (
        (ink, paper),
        (muted, paper),
        (ink, low[1]),
        (ink, high[0]),
        (paper, low[0]),
        (paper, high[1]),
    ):
        assert _contrast(text, ground) >= 4.5, (text, ground)


def test_every_colour_of_a_figure_has_another_one_on_a_dark_screen(samples: Any) -> None:
    for name, shown in samples("en").items():
        style, rest = svg(draw(shown)).split("</style>")
        rules = re.findall(r'\[(fill|stroke)="(#\w{6})"\]\{(fill|stroke):(#\w{6})\}', style)
        used = set(re.findall(r'(fill|stroke)="(#\w{6})"', rest))
        assert used == {(what, light) for what, light, _, _ in rules}, name
        assert all(what == same and light != dark for what, light, same, dark in rules)
        assert ("fill", PAPER, "fill", DARK[PAPER]) in rules
        assert ("fill", INK, "fill", DARK[INK]) in rules


def test_groups_differ_in_form_as_well_as_colour() -> None:
    assert len(set(MARKERS)) == len(SERIES)


def test_no_figure_has_a_transparent_ground(samples: Any) -> None:
    figure = draw(samples("en")["bars"])
    ground = next(path for path in _elements(svg(figure), "path") if path.get("fill"))
    height = f"{figure.get_figheight() * 72:.2f}".rstrip("0").rstrip(".")
    assert (ground.get("d"), ground.get("fill")) == (f"M0 {height}H504V0H0Z", PAPER)


def test_chapters_start_without_seaborn() -> None:
    """It brings all of scipy.stats along; only the colours of a scale need it."""
    script = "import sys, barometer.chapters, barometer.opening; print('seaborn' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
