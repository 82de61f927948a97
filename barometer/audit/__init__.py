"""Checks of a published report: what its pages say is held against its data, and its data against itself.

Everything is read back from the published files, so that what wrote them is not trusted.
"""

from __future__ import annotations

from pathlib import Path

from barometer.audit import numbers, parts, words
from barometer.audit.published import read_report
from barometer.errors import ReportError
from barometer.formats import Words
from barometer.instrument import Instrument

MOST = 20
"""Problems that a message lists; more are counted."""


def check_report(folder: Path, instrument: Instrument) -> None:
    """Check a report in one language against its own data and its questionnaire.

    Raises
    ------
    ReportError
        If the folder holds no report with pages, or with what contradicts: a card and a figure, words and
        rows, parts and the whole, two sizes of a base, two things of one name.
    """
    report = read_report(folder)
    said = Words(report.about["language"])
    problems = [
        *numbers.numbers_stand_in_the_data(report, said),
        *numbers.pictures_show_the_data(report),
        *numbers.cards_show_their_estimate(report),
        *numbers.one_value_an_indicator(report),
        *numbers.tables_hold_the_data(report),
        *numbers.other_words_hold_no_other_number(report),
        *words.bases_are_those_of_the_questions(report, instrument, said),
        *words.questions_are_those_of_the_data(report, instrument, said),
        *words.sentences_are_said_once(report),
        *words.one_name_one_figure(report),
        *parts.composites_lie_between_their_parts(report, instrument),
        *parts.single_answers_sum_to_one(report, instrument),
        *parts.sizes_agree(report, instrument, said),
    ]
    if problems:
        more = len(problems) - MOST
        hint = f"And {more} more." if more > 0 else ""
        edition = " ".join(filter(None, (report.about[key] for key in ("wave", "language", "segment"))))
        raise ReportError(f"The report {edition} contradicts itself", problems[:MOST], hint)
