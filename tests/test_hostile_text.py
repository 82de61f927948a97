"""Whatever labels, names, cards and notebooks hold is shown as text: in pages, data, workbook, PDF and search."""

from __future__ import annotations

import csv
import json
import re
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import html
from openpyxl import load_workbook

from barometer.audit import check_report
from barometer.build.plan import Plan
from barometer.tables import FORMULA
from tests.made_report import write_report
from tests.made_survey import WAVES, write_survey

# One of each kind; every text of the survey starts with one of them, followed by its own words.
EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title></script><!--",
    "]]>&lt;b&gt;&#60;",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}{# no #}",
    "{0.__class__} %s %(x)s ${HOME} $(id) `id`",
    "#eval(\"1\") #import \"@preview/x\" $x^2$ \\u{41} @label <label>",
    "$\\frac{1}{0}$ \\input{/etc/passwd} $",
    "[link](javascript:alert(1)) ![](x) **bold** `code` <b>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1-1",
    "@SUM(1,1)",
    "../../../../etc/passwd",
    "C:\\..\\..\\x",
    "'; DROP TABLE answers; --",
    "\u202eesrever\u2066 \u200b\u00ad",
    "\"'&<>\u2028\u2029",
    "æøåßİıŁ 漢字 \U0001f600",
    "long " * 30,
)
