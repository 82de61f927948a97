"""Every chapter runs top to bottom for every wave in both languages, and shows the same numbers in both."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from barometer import chapters, figures, opening
from barometer.blocks import MIME
from barometer.estimate import ESTIMATES, check_estimates
from barometer.formats import Words
from barometer.instrument import load_instrument
from barometer.params import load_params
from barometer.waves import list_waves, load_wave

ROOT = Path(__file__).parents[1]
PARAMS = load_params(ROOT / "params.yaml")
WAVES = list_waves(PARAMS.waves)
CHAPTERS = PARAMS.publication
LANGUAGES = PARAMS.languages
# What makes up the chapters that are not about a subject and so have no figures.
PARTS = {"summary": "card", "workplace": "workplace", "method": "table"}
SUBJECTS = [name for name in CHAPTERS if name not in PARTS]
MARKS = {"da": "Syntetiske data", "en": "Synthetic data"}

Document = dict[str, Any]


class Runner:
    """Runs the code of a notebook in this process and keeps what it shows; each run is made once.

    Drawing takes most of the time of a chapter and is left out here unless it is asked for.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.shown: list[Document] = []
        self.run = cache(self._run)
        instrument = load_instrument(PARAMS.instrument)
        waves = {name: load_wave(name, folder=PARAMS.waves, instrument=instrument) for name in WAVES}
        patch.setenv("BAROMETER_PARAMS", str(PARAMS.path))
        patch.setattr(chapters, "display", lambda block: self.shown.append(block._repr_mimebundle_()[MIME]))
        patch.setattr(opening, "load_wave", lambda name, **_: waves[name])

    def _run(
        self, chapter: str, wave: str, language: str, segment: str = "", *, draw: bool = False
    ) -> list[Document]:
        self.shown.clear()
        with self.patch.context() as patch:
            for name, nothing in () if draw else (("draw", None), ("svg", "")):
                patch.setattr(figures, name, lambda *_, nothing=nothing, **__: nothing)
            self._execute(chapter, {"wave": wave, "language": language, "segment": segment})
        return list(self.shown)

    def _execute(self, chapter: str, parameters: dict[str, str]) -> None:
        names: dict[str, Any] = {}
        for cell in cells("code", chapter):
            exec(cell.source, names)  # noqa: S102 (the notebooks of this repository)
            if "parameters" in cell.metadata.get("tags", ()):
                names |= parameters


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with pytest.MonkeyPatch.context() as patch:
        yield Runner(patch)


def cells(kind: str, chapter: str) -> list[Any]:
    notebook = nbformat.read(PARAMS.notebooks / f"{chapter}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def of(kind: str, documents: list[Document]) -> list[Document]:
    return [each for each in documents if each["type"] == kind]


def drawn(documents: list[Document]) -> list[Document]:
    """Return the figures, and after each its views."""
    return [each for figure in of("figure", documents) for each in (figure, *figure["views"])]


def data(figure: Document) -> pd.DataFrame:
    """Return the estimates of a figure; one row is one estimate."""
    text = ["wave", "question", "option", "by", "level", "statistic", "verdict", "reason"]
    frame = pd.read_csv(io.StringIO(figure["csv"]), dtype=dict.fromkeys(text, str))
    return frame.assign(**{name: frame[name].fillna("") for name in text})


def texts(document: Any) -> Iterator[str]:
    """Give every text of a document, without pictures and data."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for key, value in document.items():
            if not key.startswith(("svg", "csv")):
                yield from texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from texts(value)


every_run = pytest.mark.parametrize(("chapter", "wave", "language"), [*product(CHAPTERS, WAVES, LANGUAGES)])
every_wave = pytest.mark.parametrize(("chapter", "wave"), [*product(CHAPTERS, WAVES)])
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)
every_subject = pytest.mark.parametrize("chapter", SUBJECTS)


@every_run
def test_a_chapter_runs_and_starts_with_what_it_is(
    runner: Runner, chapter: str, wave: str, language: str
) -> None:
    first, *others = runner.run(chapter, wave, language)
    named = [first[key] for key in ("type", "id", "wave", "language")]
    assert named == ["chapter", chapter, wave, language]
    assert first["number"] == CHAPTERS.index(chapter)
    assert MARKS[language] in first["banner"]
    assert [each["type"] for each in others][-1:] == ["notes"]


@every_run
def test_everything_shown_has_an_anchor_and_a_number_of_its_own(
    runner: Runner, chapter: str, wave: str, language: str
) -> None:
    shown = runner.run(chapter, wave, language)
    anchors = [each["id"] for each in (*drawn(shown), *of("table", shown))]
    assert len(set(anchors)) == len(anchors)
    for kind in ("figure", "table"):
        numbers = [each["number"] for each in of(kind, shown)]
        assert numbers == [f"{CHAPTERS.index(chapter)}.{place}" for place in range(1, len(numbers) + 1)]
    assert of(PARTS.get(chapter, "figure"), shown)


@every_run
def test_a_figure_says_title_base_n_and_source_and_that_it_is_synthetic(
    runner: Runner, chapter: str, wave: str, language: str
) -> None:
    for figure in drawn(runner.run(chapter, wave, language)):
        sentences = [*figure["caption"], *figure["about"]]
        assert figure["title"]
        assert not figure["title"].endswith(".")
        assert figure["title"] in figure["alt"]
        assert figure["subtitle"]
        assert [text for text in sentences if text.startswith("Base: ")]
        assert [text for text in sentences if text.startswith(("n\N{NO-BREAK SPACE}=", "n: "))]
        assert [text for text in sentences if text.startswith(("Kilde: ", "Source: "))]
        assert [text for text in sentences if text.startswith(MARKS[language])]
        assert figure["synthetic"]


@every_run
def test_no_text_holds_what_only_a_machine_would_say(
    runner: Runner, chapter: str, wave: str, language: str
) -> None:
    shown = runner.run(chapter, wave, language)
    # The form on the reader's own workplace holds sentences that its script fills in.
    for document in [each for each in shown if each["type"] != "workplace"]:
        for text in texts(document):
            assert not re.search(r"\b(nan|NaN|inf)\b|<NA>|[{}]", text), text


@every_wave
def test_both_languages_show_the_same_in_other_words(runner: Runner, chapter: str, wave: str) -> None:
    danish, english = (runner.run(chapter, wave, language) for language in LANGUAGES)
    assert [(each["type"], each.get("id")) for each in danish] == [
        (each["type"], each.get("id")) for each in english
    ]
    for one, other in zip(danish, english, strict=True):
        if one["type"] in ("figure", "card", "findings", "since", "notes"):
            assert one.get("title", one.get("text")) != other.get("title", other.get("text"))
        for left, right in zip(drawn([one]), drawn([other]), strict=True):
            assert len(left["caption"]) == len(right["caption"])
            frames = [data(each)[list(ESTIMATES)] for each in (left, right)]
            pd.testing.assert_frame_equal(*frames, check_exact=True)
        if one["type"] == "table":
            shapes = [[len(row) for row in each["table"]["rows"]] for each in (one, other)]
            assert shapes[0] == shapes[1]
        if one["type"] == "card":
            assert one["value"].rstrip("%\N{NO-BREAK SPACE}") == other["value"].rstrip("%")


@every_wave
def test_what_is_published_as_data_keeps_to_the_schema(runner: Runner, chapter: str, wave: str) -> None:
    for figure in drawn(runner.run(chapter, wave, "en")):
        estimates = data(figure)[list(ESTIMATES)]
        check_estimates(estimates)
        assert estimates["wave"].iloc[-1] == wave
        assert (estimates.loc[estimates["verdict"] == "shown", "n"] >= PARAMS.disclosure.uncertain_base).all()


@every_wave
def test_what_changed_stands_at_the_top_of_a_chapter_each_change_once(
    runner: Runner, chapter: str, wave: str
) -> None:
    shown = runner.run(chapter, wave, "en")
    kinds = [each["type"] for each in shown]
    found = of("since", shown)
    assert len(found) == (chapter in (*SUBJECTS, "summary") and wave != WAVES[0])
    for block in found:
        assert kinds.index("since") == kinds.index("findings") + 1
        assert "figure" not in kinds[: kinds.index("since")]
        before = WAVES[WAVES.index(wave) - 1]
        assert block["title"] == f"What has changed since {before}"
        subjects = [item.partition(", ")[0] for item in block["items"]]
        assert len(set(subjects)) == len(subjects)
        assert block["rest"]
        assert set(pd.read_csv(io.StringIO(block["csv"]), dtype=str)["wave"]) == {before, wave}


@every_subject
def test_an_anchor_means_the_same_in_every_wave(runner: Runner, chapter: str) -> None:
    """A link to a figure of one edition leads to that figure in another one, or to nothing."""
    about: dict[str, set[tuple[str, str]]] = {}
    for wave in WAVES:
        for figure in drawn(runner.run(chapter, wave, "en")):
            frame = data(figure)
            first = (frame["question"].iloc[0].partition(".")[0], frame["by"].iloc[0])
            about.setdefault(figure["id"], set()).add(first)
            expected = f"{first[0]}-by-{first[1]}" if first[1] else first[0]
            assert figure["id"] in (expected, f"{expected}-over-time")
    assert about
    assert {len(each) for each in about.values()} == {1}


@every_subject
def test_a_newer_wave_loses_no_figure_but_for_what_it_did_not_ask(runner: Runner, chapter: str) -> None:
    everything = {each["id"] for wave in WAVES for each in of("figure", runner.run(chapter, wave, "en"))}
    for wave in WAVES:
        shown = runner.run(chapter, wave, "en")
        missing = len(everything) - len(of("figure", shown))
        reason = Words("en")("gap.not_in_wave").lower()
        assert len([note for note in of("note", shown) if reason in note["text"]]) == missing


@every_wave
def test_the_notebooks_ask_only_for_what_the_questionnaire_has(
    runner: Runner, chapter: str, wave: str
) -> None:
    reason = Words("en")("gap.not_in_survey").lower()
    notes = of("note", runner.run(chapter, wave, "en"))
    assert not [note["text"] for note in notes if reason in note["text"].lower()]


@every_chapter
def test_a_chapter_runs_for_one_sector_with_fewer_answers_behind_it(runner: Runner, chapter: str) -> None:
    whole = runner.run(chapter, WAVES[-1], "en")
    part = runner.run(chapter, WAVES[-1], "en", "sector=regional")
    assert part[0]["segment"] == "Region"
    pairs = {each["id"]: each for each in drawn(whole)}
    for figure in drawn(part):
        if figure["id"] in pairs:
            assert data(figure)["n"].max() < data(pairs[figure["id"]])["n"].max()
        assert not [
            text for text in figure["caption"] if text.startswith("Base: ") and "(region)" not in text
        ]


@pytest.mark.slow
@every_subject
def test_every_figure_of_the_newest_wave_is_drawn_in_all_its_forms(runner: Runner, chapter: str) -> None:
    figures = drawn(runner.run(chapter, WAVES[-1], "da", draw=True))
    assert figures
    for figure in figures:
        assert {figure[form].count("</svg>") for form in ("svg", "svg_narrow")} == {1}


@every_chapter
def test_each_text_stands_beside_its_translation_and_has_the_same_headings(chapter: str) -> None:
    texts = cells("markdown", chapter)
    assert texts
    for danish, english in zip(texts[::2], texts[1::2], strict=True):
        assert (danish.metadata.tags, english.metadata.tags) == (["da"], ["en"])
        structures = [
            [len(line) - len(line.lstrip("#")) for line in cell.source.splitlines() if line.startswith("#")]
            for cell in (danish, english)
        ]
        assert structures[0] == structures[1]
        paragraphs = [cell.source.count("\n\n") for cell in (danish, english)]
        assert paragraphs[0] == paragraphs[1]
