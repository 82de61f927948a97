"""The questionnaire is read into variables, and everything wrong with it is said at once, with its place."""

import contextlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barometer.conditions import AllOf, Answer, Answers, AnyOf, Count, Not, leaves, read_condition, variables
from barometer.documents import Node
from barometer.errors import ReportError
from barometer.instrument import Composite, Instrument, Item, Question, Register, load_instrument

DATA = Path(__file__).parents[1] / "data" / "instrument.yaml"

SMALL = """
title: {da: Undersøgelsen, en: The survey}
unit: {da: skoler, en: schools}
languages: [da, en]
scales:
  yes_no: [{id: yes, da: Ja, en: "Yes"}, {id: no, da: Nej, en: "No"}]
  who: [{id: pupils, da: Elever, en: Pupils}, {id: parents, da: Forældre, en: Parents}]
  unsure: [{id: dont_know, da: Ved ikke, en: Don't know}]
bases:
  all: {label: {da: skoler, en: schools}}
  changed: {label: {da: skoler med ændring, en: schools with a change}, when: {change: [yes]}}
register:
  sector:
    label: {da: Sektor, en: Sector}
    top: {da: den største sektor, en: the largest sector}
    options: [{id: state, da: Stat, en: State}, {id: private, da: Privat, en: Private}]
questions:
  change:
    number: Q1
    kind: single
    base: all
    label: {da: Ændring, en: Change}
    top: {da: det hyppigste svar, en: the most common answer}
    wording: {da: Er noget ændret?, en: Has anything changed?}
    options: [yes_no, unsure]
  partners:
    number: Q2
    kind: multiple
    maximum: 2
    base: changed
    evidence: inferred
    label: {da: Partnere, en: Partners}
    top: {da: den hyppigste partner, en: the most common partner}
    wording: {da: Hvem var med?, en: Who took part?}
    options:
      - who
      - {id: ministry, da: Ministeriet, en: The ministry, offered: {sector: [state]}, evidence: inferred}
      - {id: none, da: Ingen, en: Nobody, role: none}
      - unsure
  effort:
    number: Q3
    kind: grid
    select: many
    base: changed
    label: {da: Indsats, en: Effort}
    top: {da: den hyppigste indsats, en: the most common effort}
    wording: {da: Hvad gjorde de?, en: What did they do?}
    items: who
    offered_when_ticked: partners
    options: [{id: time, da: Tid, en: Time}, {id: money, da: Penge, en: Money}, unsure]
composites:
  joint:
    kind: flag
    base: changed
    label: {da: Fælles, en: Joint}
    predicate: {da: gjorde det sammen, en: did it together}
    definition: {da: Mindst én partner., en: At least one partner.}
    when: {partners: {at_least: 1}}
  size:
    kind: single
    base: changed
    label: {da: Omfang, en: Extent}
    top: {da: det hyppigste omfang, en: the most common extent}
    definition: {da: Antal partnere., en: Number of partners.}
    options:
      - {id: small, da: Lille, en: Small, when: {joint: [no]}}
      - id: large
        da: Stor
        en: Large
        when: {any: [{joint: [yes], sector: [state]}, {not: {"effort.*": [money]}}]}
  given:
    kind: multiple
    base: changed
    parts: available
    label: {da: Givet, en: Given}
    top: {da: det hyppigste, en: the most common}
    definition: {da: Af mindst én., en: By at least one.}
    options: [{id: time, da: Tid, en: Time}, {id: money, da: Penge, en: Money}]
    each: {"effort.*": ["{option}"]}
"""


def load(folder: Path, *changes: tuple[str, str]) -> Instrument:
    """Load the small questionnaire with some of its text replaced."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "instrument.yaml"
    path.write_text(text, encoding="utf-8")
    return load_instrument(path)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Instrument:
    return load(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def barometer() -> Instrument:
    return load_instrument(DATA)


# What a questionnaire is read into


def test_every_kind_of_variable_is_addressed_by_name(small):
    assert isinstance(small.variable("sector"), Register)
    assert isinstance(small.variable("effort"), Question)
    assert isinstance(small.variable("effort.parents"), Item)
    assert isinstance(small.variable("joint"), Composite)
    assert small.names() == (
        *("sector", "change", "partners", "effort", "effort.pupils", "effort.parents"),
        *("joint", "size", "given"),
    )


def test_the_name_of_a_scale_stands_for_its_options(small):
    partners = small.variable("partners")
    assert [option.id for option in partners.options] == [
        "pupils",
        "parents",
        "ministry",
        "none",
        "dont_know",
    ]
    assert [option.id for option in small.variable("change").options] == ["yes", "no", "dont_know"]


def test_roles_follow_from_ids_and_make_options_exclusive(small):
    partners = small.variable("partners")
    assert [option.role for option in partners.options] == ["answer", "answer", "answer", "none", "dont_know"]
    assert [option.exclusive for option in partners.options] == [False, False, False, True, True]
    assert partners.with_role("none", "dont_know") == ("none", "dont_know")


def test_a_row_of_a_grid_is_a_variable_of_its_own(small):
    item = small.variable("effort.parents")
    assert (item.kind, item.base.id, item.label["en"]) == ("multiple", "changed", "Parents")
    assert item.offered == Answer("partners", ("parents",))
    assert item.question is small.variable("effort")
    assert [option.id for option in item.options] == ["time", "money", "dont_know"]


def test_an_inferred_question_makes_its_rows_inferred(tmp_path):
    instrument = load(tmp_path, ("select: many", "select: one\n    evidence: inferred"))
    assert instrument.variable("effort.pupils").evidence == "inferred"
    assert instrument.variable("effort.pupils").kind == "single"


def test_an_option_may_be_offered_to_some_only(small):
    assert small.variable("partners").option("ministry").offered == Answer("sector", ("state",))
    assert small.variable("partners").option("pupils").offered is None
    assert small.variable("partners").offered is None


def test_labels_are_of_a_variable_or_of_its_option(small):
    assert small.label("partners", "pupils", "da") == "Elever"
    assert small.label("partners", "", "en") == "Partners"
    assert small.label("effort.parents", "money", "da") == "Penge"


def test_a_grid_expands_into_its_rows_and_nothing_else_does(small):
    assert small.expand("effort") == ("effort.pupils", "effort.parents")
    assert small.expand("effort.pupils") == ("effort.pupils",)
    assert small.expand("partners") == ("partners",)


def test_conditions_are_read_in_all_their_forms(small):
    assert small.bases["all"].condition is None
    assert small.composites["joint"].recipe == {"yes": Count("partners", 1)}
    assert small.composites["size"].recipe["small"] == Answer("joint", ("no",))
    assert small.composites["size"].recipe["large"] == AnyOf(
        (
            AllOf((Answer("joint", ("yes",)), Answer("sector", ("state",)))),
            Not(AnyOf((Answer("effort.pupils", ("money",)), Answer("effort.parents", ("money",))))),
        )
    )


def test_a_recipe_for_each_option_has_the_option_put_in(small):
    assert small.composites["given"].recipe["money"] == AnyOf(
        (Answer("effort.pupils", ("money",)), Answer("effort.parents", ("money",)))
    )


def test_a_flag_answers_yes_or_no(small):
    assert [option.label["da"] for option in small.variable("joint").options] == ["Ja", "Nej"]


def test_parts_are_the_questions_that_a_composite_rests_on_in_the_end(small):
    assert small.parts("size") == ("partners", "sector", "effort.pupils", "effort.parents")
    assert small.parts("effort") == ("effort.pupils", "effort.parents")
    assert small.parts("change") == ("change",)


def test_variables_of_a_condition_are_named_once_in_order(small):
    assert variables(small.composites["size"].recipe["large"]) == (
        *("joint", "sector"),
        *("effort.pupils", "effort.parents"),
    )
    assert variables(None) == ()


@pytest.mark.parametrize(
    ("name", "near"),
    [("partner", "partners"), ("effort.parent", "effort.parents"), ("Joint", "joint"), ("effort.", "effort")],
)
def test_an_unknown_variable_is_an_error_with_the_nearest_name(small, name, near):
    assert not small.has(name)
    with pytest.raises(ReportError, match=f"Did you mean '{near}'"):
        small.variable(name)


def test_an_unknown_option_is_an_error_with_the_nearest_name(small):
    assert small.has("partners")
    with pytest.raises(ReportError, match=r"one of its options, got 'pupil'. Did you mean 'pupils'"):
        small.label("partners", "pupil", "da")


_LEAVES = st.sampled_from([({"q": ["a"]}, 1), ({"m": {"at_least": 2}}, 1), ({"g.*": ["b"]}, 2)])


def _nested(inner):
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda parts: ({"any": [part for part, _ in parts]}, sum(count for _, count in parts))),
        several.map(lambda parts: ({"all": [part for part, _ in parts]}, sum(count for _, count in parts))),
        inner.map(lambda part: ({"not": part[0]}, part[1])),
    )


@given(st.recursive(_LEAVES, _nested, max_leaves=12))
def test_no_part_of_a_condition_is_lost_however_it_is_nested(drawn):
    document, count = drawn
    known = {"q": Answers("single", ("a", "b")), "m": Answers("multiple", ("a", "b"))}
    known |= {f"g.{item}": Answers("single", ("a", "b")) for item in ("x", "y")}
    node = Node(document, "here", [])
    assert len(list(leaves(read_condition(node, known)))) == count
    assert node.problems == []


# What is wrong with a questionnaire


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("languages: [da, en]", "languages: []", "languages", "at least one language"),
        ("languages: [da, en]", "language: [da, en]", "", "got 'language'. Did you mean 'languages'?"),
        ("title: {da: Undersøgelsen, en:", "title: {en:", "title", "the key 'da', got none"),
        (
            "unit: {da: skoler, en: schools}",
            "unit: {da: skoler, en: ''}",
            "unit.en",
            "a text that is not empty",
        ),
        ("  all: {label", "  alle: {label", "", "the base 'all' under bases, got alle, changed"),
        (
            "when: {change: [yes]}",
            "when: {chang: [yes]}",
            "bases.changed.when.chang",
            "Did you mean 'change'?",
        ),
        (
            "when: {change: [yes]}",
            "when: {change: [yess]}",
            "bases.changed.when.change",
            "got 'yess'. Did you mean",
        ),
        ("when: {change: [yes]}", "when: {change: []}", "bases.changed.when.change", "at least one option"),
        ("when: {change: [yes]}", "when: {}", "bases.changed.when", "a condition, got {}"),
        ("when: {change: [yes]}", "when: change", "bases.changed.when", "a mapping, got 'change'"),
        ("when: {change: [yes]}", "when: {any: {change: [yes]}}", "bases.changed.when.any", "a list"),
        (
            "when: {change: [yes]}",
            'when: {"change.*": [yes]}',
            "bases.changed.when.change.*",
            "items before '.*'",
        ),
        (
            "when: {change: [yes]}",
            "when: {change: {at_least: 1}}",
            "bases.changed.when.change",
            "'change' is none",
        ),
        ("{at_least: 1}", "{atleast: 1}", "composites.joint.when.partners", "Did you mean 'at_least'?"),
        ("{at_least: 1}", "{at_least: one}", "composites.joint.when.partners.at_least", "a whole number"),
        (
            "joint: [no]",
            "joint: [maybe]",
            "composites.size.options[1].when.joint",
            "options of 'joint', got 'maybe'",
        ),
        (
            "kind: single",
            "kind: singel",
            "questions.change.kind",
            "one of single, multiple, grid, got 'singel'",
        ),
        ("base: all", "base: al", "questions.change.base", "one of all, changed, got 'al'"),
        ("    number: Q1\n", "", "questions.change", "the key 'number', got none"),
        ("number: Q1", "nummer: Q1", "questions.change", "got 'nummer'. Did you mean 'number'?"),
        ("maximum: 2", "maximum: 0", "questions.partners.maximum", "at least 1, got 0"),
        ("number: Q1", "number: Q1\n    maximum: 2", "questions.change", "only known keys, got 'maximum'"),
        ("select: many", "select: all", "questions.effort.select", "one of one, many"),
        ("    items: who\n", "", "questions.effort", "the key 'items', got none"),
        ("items: who", "items: hvem", "questions.effort.items", "one of yes_no, who, unsure, got 'hvem'"),
        (
            "_when_ticked: partners",
            "_when_ticked: change",
            "questions.effort.offered_when_ticked",
            "partners, given",
        ),
        ("items: who", "items: yes_no", "questions.effort.offered_when_ticked", "no 'yes' in partners"),
        ("evidence: inferred", "evidence: guessed", "questions.partners.evidence", "one of known, inferred"),
        ("role: none", "role: nobody", "questions.partners.options[3].role", "one of answer, dont_know"),
        (
            "role: none",
            "role: dont_know",
            "questions.partners.options[3]",
            "the id dont_know where the role is",
        ),
        ("role: none", "role: none, when: {change: [yes]}", "questions.partners.options[3]", "got 'when'"),
        (
            "role: none",
            "role: none, exclusive: yes",
            "questions.partners.options[3].exclusive",
            "true or false",
        ),
        (
            "id: ministry",
            "id: pupils",
            "questions.partners.options",
            "each option once, got 'pupils' 2 times",
        ),
        (
            "id: ministry",
            "id: The Ministry",
            "questions.partners.options",
            "an id of small letters, digits and _",
        ),
        ("  joint:\n", "  Joint:\n", "composites.Joint", "an id of small letters, digits and _"),
        ("  size:\n", "  sector:\n", "composites.sector", "'sector', which one of the register has too"),
        ("  size:\n", "  any:\n", "composites.any", "'any', which a condition has too"),
        ("  yes_no:", "  yesno:", "questions.change.options[1]", "Did you mean 'yesno'?"),
        (
            "  yes_no:",
            "  yesno:",
            "composites.joint",
            "got none. Give them, or a scale yes_no.",
        ),
        ("    when: {partners: {at_least: 1}}\n", "", "composites.joint", "the key 'when', got none"),
        ("    each: ", "    eahc: ", "composites.given", "Did you mean 'each'?"),
        (
            '    each: {"effort.*": ["{option}"]}',
            "",
            "composites.given",
            "'when' at the option 'time', or 'each' for all",
        ),
        (
            '["{option}"]',
            '["{option}s"]',
            "composites.given.each.effort.*",
            "got 'times'. Did you mean 'time'?",
        ),
        ("parts: available", "parts: some", "composites.given.parts", "one of all, available"),
        ("when: {change: [yes]}", "when: {joint: [yes]}", "", "bases.changed"),
        (
            "offered: {sector: [state]}",
            "offered: {partners: [none]}",
            "",
            "questions.partners <- questions.partners",
        ),
    ],
)
def test_a_mistake_is_said_with_its_place(tmp_path, monkeypatch, old, new, place, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReportError) as caught:
        load(tmp_path, (old, new))
    assert caught.value.subject == "instrument.yaml is not a valid questionnaire"
    where = f"instrument.yaml: {place}" if place else "instrument.yaml"
    found = [str(problem) for problem in caught.value.problems if problem.where == where]
    assert any(words in problem for problem in found), [str(problem) for problem in caught.value.problems]


def test_a_circle_of_conditions_is_drawn_out(tmp_path):
    with pytest.raises(ReportError) as caught:
        load(tmp_path, ("when: {change: [yes]}", "when: {joint: [yes]}"))
    (problem,) = caught.value.problems
    assert set(problem.got.split(" <- ")) >= {"bases.changed", "composites.joint"}


def test_all_mistakes_are_said_at_once(tmp_path):
    with pytest.raises(ReportError) as caught:
        load(
            tmp_path, ("base: all", "base: al"), ("{at_least: 1}", "{at: 1}"), ("select: many", "select: all")
        )
    assert {problem.where.split(": ")[1] for problem in caught.value.problems} == {
        "questions.change.base",
        "composites.joint.when.partners",
        "questions.effort.select",
    }


@pytest.mark.parametrize(
    "text", ["", "[]", "a: 1", "questions: {a: 1}\ncomposites: [x]\nbases: {all: {label: 1}}"]
)
def test_a_file_that_is_no_questionnaire_is_refused_without_a_crash(tmp_path, text):
    path = tmp_path / "instrument.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError):
        load_instrument(path)


@given(data=st.data())
def test_a_questionnaire_with_any_line_missing_is_read_or_refused_but_never_crashes(tmp_path_factory, data):
    lines = SMALL.splitlines()
    gone = data.draw(st.sets(st.integers(0, len(lines) - 1), min_size=1, max_size=3))
    path = tmp_path_factory.getbasetemp() / "torn.yaml"
    path.write_text("\n".join(line for i, line in enumerate(lines) if i not in gone), encoding="utf-8")
    with contextlib.suppress(ReportError):
        assert load_instrument(path).languages == ("da", "en")


# The questionnaire of the Innovation Barometer


def test_the_barometer_asks_its_questions_in_order(barometer):
    numbers = [question.number for question in barometer.questions.values()]
    assert " ".join(numbers) == (
        "Q1 Q2 Q2b Q2c Q3 Q4 Q5 Q6 Q6b Q7 Q7b Q8 Q9 Q9b Q10 Q11 Q11b Q12 Q13 Q13b Q13c Q14 Q15 Q16"
    )


@pytest.mark.parametrize(
    ("name", "base", "rests_on"),
    [
        ("innovation_work", "not_innovative", "innovative"),
        ("work_types", "innovation_work", "innovation_work"),
        ("latest_types", "innovative", "innovative"),
        ("technology_novelty", "technological", "technological"),
        ("channels", "reused", "reused"),
        ("phases.citizens", "collaborated", "any_collaboration"),
        ("evaluation_purposes", "evaluated", "evaluated"),
        ("evaluation_elements", "evaluated", "evaluated"),
        ("spreading_ways", "spread", "spreading"),
    ],
)
def test_a_question_is_put_to_those_whom_an_earlier_answer_leads_there(barometer, name, base, rests_on):
    assert barometer.variable(name).base.id == base
    assert variables(barometer.bases[base].condition) == (rests_on,)


def test_don_t_know_stays_in_the_base_and_has_one_id_everywhere(barometer):
    assert barometer.dont_know_in_base
    for name in barometer.names():
        for option in barometer.variable(name).options:
            assert (option.role == "dont_know") == (option.label["en"] == "Don't know"), (name, option.id)


def test_the_list_of_partners_depends_on_the_sector_of_the_respondent(barometer):
    offered = {
        option.id: option.offered for option in barometer.variable("partners").options if option.offered
    }
    assert offered == {
        f"other_{place}": Not(Answer("sector", (sector,)))
        for place, sector in (("municipal", "municipal"), ("regional", "regional"), ("state", "state"))
    }


def test_phases_are_asked_of_each_partner_that_was_ticked(barometer):
    partners = [option.id for option in barometer.variable("partners").options]
    phases = barometer.variable("phases")
    assert [item.id for item in phases.items] == partners[:-1]
    assert all(item.offered == Answer("partners", (item.id,)) for item in phases.items)


def test_at_most_three_initiators_may_be_named(barometer):
    assert barometer.variable("initiators").maximum == 3
    assert [question.id for question in barometer.questions.values() if question.maximum] == ["initiators"]


def test_external_collaboration_is_with_anyone_but_the_own_organisation(barometer):
    partners = [option.id for option in barometer.variable("partners").options]
    (external,) = leaves(barometer.composites["external_collaboration"].recipe["yes"])
    assert list(external.options) == [name for name in partners if name not in ("internal", "none")]


@pytest.mark.parametrize(
    ("actor", "questions"),
    [
        ("employees", {"initiators", "factors.employees"}),
        ("nearest_politicians", {"initiators", "factors.nearest_politicians"}),
        ("citizens", {"initiators", "factors.citizens", "partners"}),
        ("companies", {"initiators", "factors.companies", "partners"}),
        ("associations", {"initiators", "factors.associations", "partners"}),
        ("knowledge", {"initiators", "factors.knowledge", "partners"}),
        ("foundations", {"initiators", "factors.foundations", "partners", "funding"}),
        ("foreign", {"initiators", "partners", "funding"}),
        ("economy", {"initiators", "factors.economy"}),
        ("technology", {"initiators", "factors.technology"}),
    ],
)
def test_a_positive_role_joins_the_questions_of_its_actor(barometer, actor, questions):
    recipe = barometer.composites["positive_role"].recipe[actor]
    assert {leaf.variable for leaf in leaves(recipe)} == questions
    for leaf in leaves(recipe):
        promoted = leaf.variable.startswith("factors.")
        assert leaf.options == (("promoted_some", "promoted_high") if promoted else (actor,))


def test_numbers_of_types_leave_no_gap_and_do_not_overlap(barometer):
    counts = list(barometer.composites["number_of_types"].recipe.values())
    assert counts[0].minimum == 1
    assert all(later.minimum == earlier.maximum + 1 for earlier, later in pairwise(counts))
    assert counts[-1].maximum is None


def test_types_introduced_and_types_of_the_latest_innovation_are_two_questions(barometer):
    assert barometer.variable("introduced.process").base.id == "all"
    assert barometer.variable("latest_types").base.id == "innovative"
    assert barometer.parts("innovative") == barometer.expand("introduced")


def test_what_no_source_states_is_marked_inferred(barometer):
    assert barometer.variable("spreading_ways").evidence == "inferred"
    assert {option.evidence for option in barometer.variable("spreading_ways").options[:-1]} == {"inferred"}
    assert barometer.variable("factors.errors").evidence == "inferred"
    assert barometer.variable("factors.employees").evidence == "known"
    assert [item.id for item in barometer.variable("culture").items if item.evidence == "known"] == [
        "new_paths"
    ]


def test_labels_fit_beside_a_bar_and_tell_the_options_of_a_variable_apart(barometer):
    for name in barometer.names():
        options = barometer.variable(name).options
        for language in barometer.languages:
            labels = [option.label[language] for option in options]
            assert max(map(len, labels)) <= 45, (name, labels)
            assert len(set(labels)) == len(labels), (name, labels)


def test_words_that_go_into_a_sentence_begin_small_and_have_no_full_stop(barometer):
    inside = [base.label for base in barometer.bases.values()]
    inside += [variable.top for variable in map(barometer.variable, barometer.names()) if variable.top]
    inside += [composite.predicate for composite in barometer.composites.values() if composite.predicate]
    for text in inside:
        for words in text.values():
            assert words[0].islower(), words
            assert not words.endswith((".", ",")), words


def test_a_title_can_be_made_for_every_variable(barometer):
    for name in barometer.names():
        variable = barometer.variable(name)
        assert variable.top or variable.predicate, name


def test_definitions_are_sentences(barometer):
    for composite in barometer.composites.values():
        for words in composite.definition.values():
            assert words[0].isupper(), words
            assert words.endswith("."), words


def test_questions_are_asked_as_questions(barometer):
    for question in barometer.questions.values():
        assert all(words.endswith("?") for words in question.wording.values()), question.id


def test_danish_and_english_are_not_mixed_up(barometer):
    for name in barometer.names():
        variable = barometer.variable(name)
        for text in (variable.label, variable.top, *(option.label for option in variable.options)):
            assert not set(text.get("en", "")) & set("æøåÆØÅ"), text
            assert " the " not in f" {text.get('da', '').lower()} ", text
