"""params.yaml: what is read, what overrides it, and that everything wrong is said at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from barometer.errors import ReportError
from barometer.params import Params, load_params, split_segment

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the params.yaml of a project with three chapters."""
    (tmp_path / "notebooks").mkdir()
    for name in ("front", "second", "third"):
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text("{}")
    path = tmp_path / "params.yaml"
    path.write_text("chapters: [front, second]\n")
    return path


def refusal(path: Path, text: str, **overrides: str) -> list[str]:
    path.write_text(text)
    with pytest.raises(ReportError) as caught:
        load_params(path, overrides)
    return [str(problem) for problem in caught.value.problems]


def test_the_projects_own_params_are_valid_and_state_every_default_openly() -> None:
    params = load_params(ROOT / "params.yaml")
    assert params.publication == params.chapters
    assert params.languages == ("da", "en")
    stated = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert all(f"\n{key}:" in f"\n{stated}" for key in params.document(ROOT))


def test_a_key_that_is_left_out_has_its_default(project: Path) -> None:
    params = load_params(project)
    assert (params.wave, params.compare_with, params.confidence) == ("latest", "previous", 0.95)
    assert (params.test.alpha, params.disclosure.minimum_base, params.jobs) == (0.05, 10, None)
    assert params.published is None


def test_paths_are_relative_to_the_file_and_not_to_the_working_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    project.write_text("waves: ../elsewhere\npublished: table.csv\n")
    params = load_params(project)
    assert params.waves == project.parent.parent / "elsewhere"
    assert params.published == params.root / "table.csv"


def test_an_empty_file_builds_every_notebook(project: Path) -> None:
    project.write_text("")
    assert load_params(project).chapters == ("front", "second", "third")


def test_overrides_go_before_the_file_and_lists_are_split_at_commas(project: Path) -> None:
    names = {"WAVE": "2015-2016", "LOCALE": "en,da", "FORMATS": "html", "CONFIDENCE": "0.9", "JOBS": "3"}
    params = load_params(project, names | {"SEGMENT": "sector=municipal"})
    assert (params.wave, params.languages, params.formats) == ("2015-2016", ("en", "da"), ("html",))
    assert (params.confidence, params.jobs, params.segment) == (0.9, 3, "sector=municipal")


def test_a_wave_that_is_named_by_a_single_number_stays_a_name(project: Path) -> None:
    assert load_params(project, {"WAVE": "2022"}).wave == "2022"
    project.write_text("wave: 2022\n")
    assert load_params(project).wave == "2022"


def test_choosing_chapters_leaves_the_publication_whole(project: Path) -> None:
    params = load_params(project, {"CHAPTERS": "second"})
    assert (params.chapters, params.publication) == (("second",), ("front", "second"))


def test_a_chapter_that_is_not_published_yet_can_be_built_and_goes_to_the_end(project: Path) -> None:
    params = load_params(project, {"CHAPTERS": "third"})
    assert (params.chapters, params.publication) == (("third",), ("front", "second", "third"))


def test_an_unknown_key_is_named_with_the_nearest_known_one(project: Path) -> None:
    (problem,) = refusal(project, "confidense: 0.9\n")
    assert "'confidense'" in problem
    assert "Did you mean 'confidence'?" in problem


def test_an_unknown_override_is_named_with_the_nearest_known_one(project: Path) -> None:
    (problem,) = refusal(project, "", WAVES_="x", LOCALE="en")
    assert "WAVES_=x" in problem
    assert "Did you mean 'waves'?" in problem


def test_all_problems_are_reported_together(project: Path) -> None:
    text = "test: {alpha: much}\nlanguages: [da, sv]\ndisclosure: {minimum_base: 60}\nchapters: [frond]\n"
    problems = refusal(project, text, CONFIDENCE="1.2", FORMATS="pfd")
    assert len(problems) == 6
    for word in ("alpha", "'sv'", "not below", "'frond'", "CONFIDENCE=1.2", "FORMATS=pfd"):
        assert any(word in problem for problem in problems), word


@pytest.mark.parametrize(
    "line",
    [
        "confidence: 0.49",
        "confidence: 0.9995",
        "confidence: true",
        "confidence: '0.95'",
        "interval: wald",
        "test: {alpha: 0}",
        "test: {alpha: 0.9}",
        "test: {adjustment: bonferoni}",
        "test: 0.05",
        "disclosure: {minimum_base: 0}",
        "disclosure: {minimum_base: 2.5}",
        "disclosure: {uncertain_halfwidth: 10}",
        "languages: []",
        "languages: [da, da]",
        "languages: da",
        "formats: [docx]",
        "chapters: [nowhere]",
        "wave: ../outside",
        "wave: ''",
        "compare_with: 'a b'",
        "segment: municipal",
        "jobs: 0",
        "jobs: many",
        "cell_timeout: 0",
        "instrument: null",
        "waves: 5",
    ],
)
def test_an_impossible_value_is_refused_by_its_key(project: Path, line: str) -> None:
    problems = refusal(project, line + "\n")
    assert len(problems) == 1
    assert line.partition(":")[0] in problems[0]


def test_a_file_that_is_a_list_is_refused(project: Path) -> None:
    assert refusal(project, "- wave\n")


def test_a_missing_file_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read"):
        load_params(tmp_path / "params.yaml")


def test_the_document_of_parameters_reads_back_as_the_same_parameters(project: Path, tmp_path: Path) -> None:
    params = load_params(project, {"WAVE": "w1", "LOCALE": "en", "SEGMENT": "sector=state"})
    elsewhere = tmp_path / "scratch" / "params.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(json.dumps(params.document(elsewhere.parent)))
    again = load_params(elsewhere)
    assert Params(**vars(again) | {"path": params.path}) == params


def test_the_document_names_no_folder_of_this_machine(project: Path) -> None:
    params = load_params(project)
    assert str(params.root) not in json.dumps(params.document(params.root))


def test_a_segment_is_a_variable_and_a_level() -> None:
    assert split_segment("sector=municipal") == ("sector", "municipal")
    assert split_segment("") is None
