"""A made-up survey of three waves, small enough to follow by hand, written to a folder as a project.

Of the last wave: 100 workplaces of the state, 100 municipal ones and 6 regional ones, too few to be shown.
`contacts` was asked in the last wave only, `core_task` in the earlier ones. In the last wave the series of
`spread` breaks, and that of the partner `foreign`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

WAVES = ("2001", "2003", "2005")
REGIONAL = 6
WEIGHTS = {"state": 2.0, "municipal": 5.0, "regional": 3.0}
POPULATION = {"state": 200, "municipal": 500, "regional": 18}
DRAWN = {"state": 125, "municipal": 400, "regional": 6}
# How many of each hundred workplaces gave each answer, by sector.
REUSE = {
    "2001": {"state": (70, 20, 4, 6), "municipal": (50, 36, 8, 6), "regional": (0, 0, 6, 0)},
    "2003": {"state": (70, 20, 4, 6), "municipal": (45, 41, 8, 6), "regional": (0, 0, 6, 0)},
    "2005": {"state": (50, 30, 12, 8), "municipal": (20, 60, 12, 8), "regional": (0, 0, 6, 0)},
}
ANSWERS = ("first", "adapted", "copy", "dont_know")
REUSED = ("adapted", "copy")
# Every how manieth workplace ticked each partner.
PARTNERS = {"citizens": 2, "companies": 4, "foreign": 10}
NOBODY = "none"

QUESTIONNAIRE = """
title: {da: Prøven, en: The trial}
unit: {da: arbejdspladser, en: workplaces}
languages: [da, en]
bases:
  all: {label: {da: arbejdspladser, en: workplaces}}
  reusing: {label: {da: genbrugende arbejdspladser, en: reusing workplaces}, when: {reused: [yes]}}
scales:
  yes_no: [{id: yes, da: Ja, en: "Yes"}, {id: no, da: Nej, en: "No"}]
register:
  sector:
    label: {da: Sektor, en: Sector}
    top: {da: sektoren, en: the sector}
    options:
      - {id: state, da: Stat, en: State}
      - {id: municipal, da: Kommune, en: Municipality}
      - {id: regional, da: Regionen, en: The region}
  coast:
    label: {da: Kyst, en: Coast}
    top: {da: kysten, en: the coast}
    options: [{id: east, da: Øst, en: East}, {id: west, da: Vest, en: West}]
questions:
  reuse:
    number: Q1
    kind: single
    base: all
    label: {da: Grad af genbrug, en: Degree of reuse}
    wording: {da: Er løsningen genbrugt?, en: Was the solution reused?}
    top: {da: det hyppigste svar, en: the most common answer}
    options:
      - {id: first, da: Den første, en: The first}
      - {id: adapted, da: Tilpasset, en: Adapted}
      - {id: copy, da: En kopi, en: A copy}
      - {id: dont_know, da: Ved ikke, en: Don't know}
  partners:
    number: Q2
    kind: multiple
    base: all
    label: {da: Partnere, en: Partners}
    wording: {da: Hvem var med?, en: Who took part?}
    top: {da: den hyppigste partner, en: the most common partner}
    options:
      - {id: citizens, da: Borgere, en: Citizens}
      - {id: companies, da: Virksomheder, en: Companies}
      - {id: foreign, da: Udenlandske, en: Foreign ones}
      - {id: none, da: Ingen, en: Nobody}
  spread:
    number: Q3
    kind: single
    base: reusing
    label: {da: Spredning, en: Spreading}
    wording: {da: Er løsningen spredt?, en: Was the solution spread?}
    top: {da: det hyppigste svar, en: the most common answer}
    options: yes_no
  core_task:
    number: Q4
    kind: single
    base: all
    label: {da: Kerneopgave, en: Core task}
    wording: {da: Er det kerneopgaven?, en: Is it the core task?}
    top: {da: det hyppigste svar, en: the most common answer}
    options: yes_no
  contacts:
    number: Q5
    kind: multiple
    base: all
    label: {da: Kontakter, en: Contacts}
    wording: {da: Hvem talte I med?, en: Whom did you talk to?}
    top: {da: den hyppigste kontakt, en: the most common contact}
    options: [{id: network, da: Netværk, en: Network}, {id: press, da: Presse, en: Press}]
composites:
  reused:
    kind: flag
    base: all
    label: {da: Genbrug, en: Reuse}
    predicate: {da: har genbrugt en løsning, en: reused a solution}
    definition: {da: Tilpasset eller kopi., en: Adapted or a copy.}
    when: {reuse: [adapted, copy]}
"""
PARAMS = """
chapters: [summary, reuse, partners]
disclosure: {preset: open, minimum_base: 10, uncertain_halfwidth: 0.2}
published: published.csv
cases: cases.yaml
"""
PUBLISHED = """\
wave,chapter,indicator,category,variable,option,by,level,value,exact,target,base,base_words,n,source,url,\
name_da,name_en,note_da,note_en
2005,reuse,reused,yes,reused,yes,,,73,yes,yes,all,,206,A page,https://example.org/,,,,
2005,reuse,reused,region,reused,yes,sector,regional,90,yes,yes,all,,6,A page,https://example.org/,,,,
2005,partners,partners,citizens,partners,citizens,,,90,yes,yes,all,,206,A page,https://example.org/,,,,
2003,reuse,reused,yes,reused,yes,,,45,yes,yes,all,,206,A page,https://example.org/,,,,
"""
CASES = """
sources:
  visit: {da: Et besøg, en: A visit}
chapters:
  reuse:
    background: {source: visit, text: {da: En baggrund., en: A background.}}
    cases:
      - id: one
        place: {da: Et sted, en: A place}
        headline: {da: Et resultat, en: A result}
        text: {da: En tekst., en: A text.}
        source: visit
    reading:
      - {title: {da: Mere, en: More}, url: "https://example.org/more"}
"""


def write_survey(folder: Path) -> Path:
    """Write the whole project; return its params.yaml."""
    (folder / "data").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")
    (folder / "data/instrument.yaml").write_text(QUESTIONNAIRE, encoding="utf-8")
    (folder / "published.csv").write_text(PUBLISHED, encoding="utf-8")
    (folder / "cases.yaml").write_text(CASES, encoding="utf-8")
    for chapter in ("summary", "reuse", "partners", "extra"):
        (folder / f"notebooks/{chapter}.ipynb").touch()
    for wave in WAVES:
        place = folder / "data/waves" / wave
        place.mkdir(parents=True)
        pd.DataFrame(_rows(wave)).to_csv(place / "answers.csv", index=False, sep=";", decimal=",")
        (place / "wave.yaml").write_text(json.dumps(_wave(wave)), encoding="utf-8")
    return folder / "params.yaml"


def _rows(wave: str) -> Iterator[Mapping[str, object]]:
    """Give the workplaces of a wave, an answer each; the answers to other questions follow from the place."""
    for sector, counts in REUSE[wave].items():
        answers = [answer for answer, count in zip(ANSWERS, counts, strict=True) for _ in range(count)]
        for place, answer in enumerate(answers):
            ticked = {name: int(place % every == 0) for name, every in PARTNERS.items()}
            yield {
                "sector": sector,
                "weight": WEIGHTS[sector],
                "population": POPULATION[sector],
                "drawn": DRAWN[sector],
                "reuse": answer,
                "spread": ("yes" if place % 3 else "no") if answer in REUSED else None,
                "core_task": "yes" if place % 5 else "no",
                **ticked,
                NOBODY: int(not any(ticked.values())),
                "network": int(place % 3 == 0),
                "press": int(place % 7 == 0),
            }


def _wave(wave: str) -> Mapping[str, object]:
    newest = wave == WAVES[-1]
    names = {each: each for each in ANSWERS}
    answer = {"codes": {"yes": "yes", "no": "no"}}
    asked = {
        "reuse": {"column": "reuse", "codes": names},
        "partners": {"ticked": 1, "options": {each: each for each in (*PARTNERS, NOBODY)}},
        "spread": {"column": "spread", **answer},
        "core_task": {"column": "core_task", **answer},
        "contacts": {"ticked": 1, "options": {"network": "network", "press": "press"}},
    }
    left = "core_task" if newest else "contacts"
    known = {"population": 718, "sample": 531, "response_rate": 0.388} if newest else {}
    reason = {"da": "Spørgsmålet er nyt", "en": "The question is new"}
    return {
        "title": {"da": f"Prøven {wave}", "en": f"The trial of {wave}"},
        "synthetic": True,
        "period": {"from": f"{wave}-01", "to": f"{wave}-12"},
        "source": {"da": "Prøvekilden", "en": "The trial source"},
        "file": "answers.csv",
        **known,
        "design": {"weight": "weight", "strata": ["sector"], "population": "population", "sample": "drawn"},
        "register": {"sector": {"column": "sector", "codes": {each: each for each in WEIGHTS}}},
        "questions": {name: mapping for name, mapping in asked.items() if name != left},
        "not_asked": [left],
        "breaks": [{"variables": ["spread", "partners/foreign"], "reason": reason}] if newest else [],
    }
