"""Numbers and words in Danish and English."""

from __future__ import annotations

import re
import string

import pytest

from barometer.errors import ReportError
from barometer.formats import Formatter, Words, capital, inline, languages, rounded

DA, EN = Formatter("da"), Formatter("en")


def test_thousands_decimals_and_percent_follow_the_language() -> None:
    assert (DA.count(1877), EN.count(1877)) == ("1.877", "1,877")
    assert (DA.percent(0.81), EN.percent(0.81)) == ("81\N{NO-BREAK SPACE}%", "81%")
    assert (DA.decimal(70.5, 1), EN.decimal(70.5, 1)) == ("70,5", "70.5")
    assert (DA.fraction(0.05), EN.fraction(0.05)) == ("0,05", "0.05")
    assert (DA.interval(0.79, 0.83), EN.interval(0.79, 0.83)) == ("79–83\N{NO-BREAK SPACE}%", "79–83%")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.285, "29%"),
        (0.28499999999999992, "29%"),
        (0.005, "1%"),
        (0.0049, "0%"),
        (0.145, "15%"),
        (0.995, "100%"),
    ],
)
def test_a_half_is_rounded_up_also_where_the_float_lies_a_hair_below(share: float, text: str) -> None:
    assert EN.percent(share) == text


def test_a_half_below_zero_is_rounded_away_from_zero_and_nothing_is_minus_zero() -> None:
    assert str(rounded(-0.5)) == "-1"
    assert EN.decimal(-0.004, 2) == "0.00"
    assert EN.decimal(-0.3, 0) == "0"


def test_a_missing_number_is_refused_instead_of_printed() -> None:
    with pytest.raises(ReportError, match="finite"):
        EN.percent(float("nan"))


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.03, "p = 0.03"),
        (0.0009, "p < 0.001"),
        (0.004, "p = 0.004"),
        (0.0496, "p = 0.050"),
        (0.0524, "p = 0.052"),
        (0.4, "p = 0.40"),
    ],
)
def test_p_values_keep_the_digits_that_tell_which_side_of_the_level_they_are(p: float, text: str) -> None:
    assert EN.p_value(p) == text


def test_points_have_a_sign_and_their_unit() -> None:
    assert Words("da").points(0.031) == "+3 procentpoint"
    assert Words("en").points(-0.031) == "−3 percentage points"
    assert Words("en").points(-0.011, sign=False) == "1 percentage point"
    assert Words("en").points(0.001) == "0 percentage points"


def test_lists_and_dates_are_written_out() -> None:
    assert DA.list(["a", "b", "c"]) == "a, b og c"
    assert EN.list(["a", "b", "c"]) == "a, b and c"
    assert DA.date("2020-01-31") == "31. januar 2020"
    assert EN.date("2020-01") == "January 2020"
    assert EN.date("spring") == "spring"


def test_a_label_inside_a_sentence_has_a_small_letter_unless_an_abbreviation() -> None:
    assert inline("Private virksomheder") == "private virksomheder"
    assert inline("EU") == "EU"
    assert capital("øvrige") == "Øvrige"


def test_every_language_has_the_same_keys_with_the_same_values_to_put_in() -> None:
    texts = {language: Words(language).entries for language in languages()}
    assert set(texts) == {"da", "en"}
    assert set(texts["da"]) == set(texts["en"])
    for key, text in texts["en"].items():
        assert _fields(text) == _fields(texts["da"][key]), key


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_no_text_is_empty_and_none_holds_a_year() -> None:
    for language in languages():
        for key, text in Words(language).entries.items():
            assert text.strip(), key
            assert not re.search(r"\b(19|20)\d\d\b", text), key


def test_an_unknown_key_names_the_nearest_and_a_missing_value_is_named() -> None:
    words = Words("en")
    with pytest.raises(ReportError, match=r"Did you mean 'page\.skip'"):
        words("page.skipp")
    with pytest.raises(ReportError, match="base"):
        words("caption.base")


def test_a_language_without_words_is_refused() -> None:
    with pytest.raises(ReportError, match="da, en"):
        Words("sv")
    with pytest.raises(ReportError, match="da, en"):
        Formatter("sv")
