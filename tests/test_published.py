"""The published figures are tied to the questionnaire, and no target contradicts another."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from barometer.conditions import Answer
from barometer.errors import ReportError
from barometer.instrument import load_instrument
from barometer.published import columns, load_published

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT.parent / "shared" / "domain" / "published_figures.csv"
INSTRUMENT = load_instrument(ROOT / "data" / "instrument.yaml")
FIGURES = load_published(ROOT / "data" / "published.csv", INSTRUMENT)

SHARE = {
    "wave": "spring",
    "chapter": "diffusion",
    "indicator": "reuse_degree",
    "category": "reuse in total",
    "variable": "reused",
    "option": "yes",
    "by": "",
    "level": "",
    "value": "74",
    "exact": "yes",
    "target": "yes",
    "base": "innovative",
    "base_words": "innovative workplaces",
    "n": "1352",
    "source": "A page",
    "url": "https://example.org/page",
    "name_da": "",
    "name_en": "",
    "note_da": "",
    "note_en": "",
}
COUNT = SHARE | {
    "name_da": "Antal svar",
    "name_en": "Number of responses",
    "variable": "",
    "option": "",
    "value": "111",
    "exact": "count",
    "base": "innovation_work",
    "n": "",
}


def load(folder: Path, *rows: dict[str, str]):
    path = folder / "published.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return load_published(path, INSTRUMENT)


def problems_of(folder: Path, *rows: dict[str, str]) -> list[str]:
    with pytest.raises(ReportError) as caught:
        load(folder, *rows)
    return [str(problem).removeprefix(f"{folder.as_posix()}/") for problem in caught.value.problems]


def test_a_share_is_read_with_its_tie_to_the_questionnaire(tmp_path):
    (figure,) = load(tmp_path, SHARE)
    assert (figure.variable, figure.option, figure.base, figure.n) == ("reused", "yes", "innovative", 1352)
    assert (figure.value, figure.share, figure.target) == (74.0, 0.74, True)


def test_a_count_is_tied_by_its_base_and_is_no_share(tmp_path):
    (figure,) = load(tmp_path, COUNT)
    assert (figure.value, figure.share, figure.base, figure.n) == (111.0, None, "innovation_work", None)


def test_a_figure_may_be_of_one_level_of_another_variable(tmp_path):
    (figure,) = load(tmp_path, SHARE | {"by": "positive_role", "level": "economy", "n": ""})
    assert (figure.by, figure.level, figure.n) == ("positive_role", "economy", None)


def test_a_figure_that_is_not_asked_here_stays_with_its_reason(tmp_path):
    row = SHARE | {
        "variable": "",
        "option": "",
        "base": "",
        "target": "no",
        "name_da": "Svarprocent",
        "name_en": "Response rate",
        "note_da": "Ikke et skøn",
        "note_en": "Not an estimate",
    }
    (figure,) = load(tmp_path, row)
    assert figure.name == {"da": "Svarprocent", "en": "Response rate"}
    assert figure.note == {"da": "Ikke et skøn", "en": "Not an estimate"}


def test_a_figure_without_name_and_note_has_neither_in_any_language(tmp_path):
    (figure,) = load(tmp_path, SHARE)
    assert figure.name == figure.note == {"da": "", "en": ""}


@pytest.mark.parametrize(
    ("row", "change", "words"),
    [
        (
            SHARE,
            {"variable": "reusd"},
            "published.csv:2 variable: expected a known name, got 'reusd'. Did you mean",
        ),
        (SHARE, {"option": "yess"}, "published.csv:2 option: expected one of yes, no, got 'yess'."),
        (SHARE, {"option": ""}, "published.csv:2 option: expected one of yes, no, got ''"),
        (SHARE, {"by": "sectr", "level": "state"}, "published.csv:2 by: expected a known name, got 'sectr'."),
        (
            SHARE,
            {"by": "sector", "level": "stat"},
            "published.csv:2 level: expected one of state, regional, municipal",
        ),
        (
            SHARE,
            {"by": "sector"},
            "published.csv:2 level: expected one of state, regional, municipal, got ''",
        ),
        (
            SHARE,
            {"level": "state"},
            "published.csv:2 level: expected nothing, since there is no by, got 'state'",
        ),
        (SHARE, {"base": "inovative"}, "published.csv:2 base: expected one of all, innovative"),
        (SHARE, {"base": "all"}, "published.csv:2 base: expected the base of reused, innovative, got 'all'"),
        (SHARE, {"value": "101"}, "published.csv:2 value: expected a percent from 0 to 100, got '101'"),
        (SHARE, {"value": "-1"}, "published.csv:2 value: expected a percent from 0 to 100, got '-1'"),
        (SHARE, {"value": "nan"}, "published.csv:2 value: expected a percent from 0 to 100, got 'nan'"),
        (SHARE, {"value": "half"}, "published.csv:2 value: expected a percent from 0 to 100, got 'half'"),
        (SHARE, {"value": ""}, "published.csv:2 value: expected a percent from 0 to 100, got ''"),
        (COUNT, {"value": "11.5"}, "published.csv:2 value: expected a whole number, got '11.5'"),
        (SHARE, {"n": "many"}, "published.csv:2 n: expected a whole number, got 'many'"),
        (SHARE, {"n": "inf"}, "published.csv:2 n: expected a whole number, got 'inf'"),
        (SHARE, {"exact": "about"}, "published.csv:2 exact: expected one of yes, no, count, got 'about'"),
        (SHARE, {"target": "maybe"}, "published.csv:2 target: expected one of yes, no, got 'maybe'"),
        (
            SHARE,
            {"target": "no"},
            "published.csv:2 note_da: expected why the figure is no target, got nothing",
        ),
        (
            SHARE,
            {"target": "no", "note_en": "Counts something else"},
            "published.csv:2 note_da: expected why the figure is no target, got nothing",
        ),
        (
            SHARE,
            {"note_da": "Rettet"},
            "published.csv:2 note_en: expected the words in every language, got nothing",
        ),
        (
            SHARE,
            {"note_da": " ", "note_en": "Corrected"},
            "published.csv:2 note_da: expected the words in every language, got nothing",
        ),
        (
            COUNT,
            {"name_en": ""},
            "published.csv:2 name_en: expected a name, since there is no variable, got nothing",
        ),
        (
            SHARE,
            {"name_da": "Genbrug", "name_en": "Reuse"},
            "published.csv:2 name_da: expected nothing, since the variable has a name, got 'Genbrug'",
        ),
        (SHARE, {"wave": ""}, "published.csv:2 wave: expected a text that is not empty, got ''"),
        (SHARE, {"source": " "}, "published.csv:2 source: expected a text that is not empty"),
        (SHARE, {"url": "page"}, "published.csv:2 url: expected an address on the web, got 'page'"),
        (
            COUNT,
            {"base": ""},
            "published.csv:2 base: expected a base, since the figure is a target, got nothing",
        ),
        (
            SHARE,
            {"variable": "", "option": ""},
            "published.csv:2 variable: expected a variable, since the figure is a target, got nothing",
        ),
    ],
)
def test_a_mistake_is_said_with_its_line_and_column(tmp_path, row, change, words):
    assert any(problem.startswith(words) for problem in problems_of(tmp_path, row | change))


def test_all_mistakes_of_all_rows_are_said_at_once(tmp_path):
    found = problems_of(tmp_path, SHARE | {"value": "x", "url": "y"}, SHARE, COUNT | {"target": "no"})
    assert [problem.split(":")[1].split(" ") for problem in found] == [
        ["2", "url"],
        ["2", "value"],
        ["4", "note_da"],
        ["4", "note_en"],
    ]


def test_columns_are_held_against_the_known_ones(tmp_path):
    row = {("note_dk" if key == "note_da" else key): value for key, value in SHARE.items()}
    assert problems_of(tmp_path, row) == [
        "published.csv:1: expected only known keys, got 'note_dk'. Did you mean 'note_da'?",
        "published.csv:1: expected the key 'note_da', got none",
    ]


def test_a_table_without_rows_lacks_its_columns(tmp_path):
    path = tmp_path / "published.csv"
    path.write_text("wave\n", encoding="utf-8")
    with pytest.raises(ReportError):
        load_published(path, INSTRUMENT)


def test_two_targets_for_one_place_must_agree(tmp_path):
    other = SHARE | {"value": "73"}
    (problem,) = problems_of(tmp_path, SHARE, other)
    assert problem.startswith("published.csv:3 value: expected 74 as the target in line 2, got 73.")
    note = {"note_da": "Tæller noget andet", "note_en": "Counts something else"}
    assert len(load(tmp_path, SHARE, other | {"target": "no"} | note)) == 2
    assert len(load(tmp_path, SHARE, other | {"exact": "no"})) == 2
    assert len(load(tmp_path, SHARE, other | {"wave": "autumn"})) == 2
    assert len(load(tmp_path, SHARE, other | {"by": "sector", "level": "state"})) == 2


# The figures of the Innovation Barometer


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference beside the repository is not there")
def test_every_figure_of_the_reference_is_here():
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        reference = list(csv.DictReader(file))
    assert len(FIGURES) == len(reference)
    for figure, row in zip(FIGURES, reference, strict=True):
        assert (figure.wave, figure.chapter, figure.indicator) == (
            row["wave"],
            row["chapter"],
            row["indicator"],
        )
        assert figure.value == float(row["value_pct"] or row["n"])
        assert (figure.exact, figure.url) == (row["exact"], row["source_url"])


def test_most_figures_are_tied_and_the_rest_say_why_not():
    assert len(FIGURES) == 152
    untied = {figure.indicator for figure in FIGURES if not figure.variable}
    assert untied == {
        *("responses", "response_rate", "sample_size", "workplaces_population"),
        *("strategic_innovation_base", "external_funding_base"),
    }
    assert all(figure.note[language] for figure in FIGURES if not figure.target for language in ("da", "en"))


def test_every_name_and_note_is_one_short_sentence_in_the_language_of_its_column():
    texts = [text for figure in FIGURES for text in (figure.name, figure.note) if text["da"]]
    assert len(texts) > 100
    for text in texts:
        assert text["da"] != text["en"]
        for words in text.values():
            assert words[0].isupper(), words
            assert not words.endswith("."), words
            assert len(words) <= 120, words


@pytest.mark.parametrize(
    ("wave", "variable", "value", "said"),
    [
        ("2015-2016", "evaluated", 45, "51"),
        ("2018-2019", "any_collaboration", 69, "ekstern"),
        ("2021-2023", "reused", 74, "56 og 19"),
        ("2018-2019", "technological", 35, "kendt teknologi"),
    ],
)
def test_known_slips_and_corrections_are_said(wave, variable, value, said):
    notes = [
        each.note["da"]
        for each in FIGURES
        if (each.wave, each.variable, each.value) == (wave, variable, value)
    ]
    assert any(said in note for note in notes)


@pytest.mark.parametrize(
    ("wave", "variable", "option", "target", "others"),
    [
        ("2013-2014", "positive_role", "employees", 92, {86}),
        ("2018-2019", "positive_role", "companies", 26, {25}),
        ("2018-2019", "evaluated", "yes", 39, {40}),
        ("2018-2019", "any_collaboration", "yes", 69, set()),
        ("2015-2016", "evaluated", "yes", 45, set()),
    ],
)
def test_where_figures_contradict_each_other_one_is_the_target(wave, variable, option, target, others):
    found = [each for each in FIGURES if (each.wave, each.variable, each.option) == (wave, variable, option)]
    assert {each.value for each in found if each.target} == {target}
    assert {each.value for each in found if not each.target} == others


def test_a_whole_and_its_parts_agree_within_their_rounding():
    targets = [each for each in FIGURES if each.target and each.exact == "yes"]
    printed = {(each.wave, each.variable, each.option, each.by, each.level): each.value for each in targets}
    checked = set()
    for wave, variable, option, by, level in printed:
        recipe = getattr(INSTRUMENT.variable(variable), "recipe", {}).get(option)
        if not isinstance(recipe, Answer) or INSTRUMENT.variable(recipe.variable).kind != "single":
            continue
        parts = [printed.get((wave, recipe.variable, part, by, level)) for part in recipe.options]
        if None not in parts:
            checked.add(variable)
            difference = abs(sum(parts) - printed[wave, variable, option, by, level])
            assert difference <= 0.5 * (len(parts) + 1), (wave, variable)
    assert checked == {"reused", "evaluated", "technological"}


def test_the_answers_to_one_question_do_not_pass_100_percent_beyond_their_rounding():
    totals = defaultdict(dict)
    for each in FIGURES:
        if (
            each.target
            and each.exact == "yes"
            and each.variable
            and INSTRUMENT.variable(each.variable).kind == "single"
        ):
            totals[each.wave, each.variable, each.by, each.level][each.option] = each.value
    for place, values in totals.items():
        assert sum(values.values()) <= 100 + 0.5 * len(values), place


def test_a_part_is_not_larger_than_the_positive_role_it_belongs_to():
    targets = [each for each in FIGURES if each.target and each.exact == "yes"]
    printed = {(each.wave, each.variable, each.option, each.by, each.level): each.value for each in targets}
    compared = 0
    for (wave, variable, option, by, level), whole in printed.items():
        for part in ("initiators", "partners", "factors_promoted") if variable == "positive_role" else ():
            share = printed.get((wave, part, option, by, level))
            compared += share is not None
            assert share is None or share <= whole, (wave, part, option)
    assert compared >= 8


def test_the_same_base_has_the_same_n_in_a_wave():
    sizes = defaultdict(set)
    for each in FIGURES:
        if each.target and each.base and each.n and not each.by:
            sizes[each.wave, each.base].add(each.n)
    assert {place: found for place, found in sizes.items() if len(found) > 1} == {}


def test_columns_stand_in_the_order_that_the_reader_knows():
    with (ROOT / "data" / "published.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == columns(INSTRUMENT.languages)
