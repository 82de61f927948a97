"""Numbers and words for each language: the only place where digits are chosen and fixed words are kept."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from barometer.documents import nearest, read_yaml
from barometer.errors import Problem, ReportError

WORDS = Path(__file__).parent / "words"
# The sums behind a share are exact to about the 15th digit. Without this a half would fall either way.
NOISE = Decimal("1e-12")
MINUS = "\N{MINUS SIGN}"
LOCALES = {"en": "en_GB"}  # other languages are written as their first country does
SMALLEST_P = 0.001


def languages() -> tuple[str, ...]:
    """Return the languages that there are words for, sorted."""
    return tuple(sorted(path.stem for path in WORDS.glob("*.yaml")))


def capital(text: str) -> str:
    """Return the text with a capital first letter, the rest untouched."""
    return text[:1].upper() + text[1:]


def inline(text: str) -> str:
    """Return a label as it stands inside a sentence: small first letter, unless an abbreviation."""
    return text if re.match(r"\w[A-ZÆØÅ0-9]", text) else text[:1].lower() + text[1:]


def rounded(number: float, digits: int = 0) -> Decimal:
    """Round half up to a number of decimals; never minus zero.

    Raises
    ------
    ReportError
        When the number is missing or infinite: what may not be shown has to be replaced by words before.
    """
    if not math.isfinite(number):
        raise ReportError("formatting a number", [Problem("number", "a finite number", str(number))])
    exact = Decimal(repr(float(number))).quantize(NOISE)
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP) + Decimal(0)


@dataclass(frozen=True)
class Formatter:
    """Writes numbers and dates as one language does."""

    language: str

    def __post_init__(self) -> None:
        """Refuse a language that is not there."""
        check_language(self.language)

    @cached_property
    def locale(self) -> Locale:
        """Return the locale of the language."""
        return Locale.parse(LOCALES.get(self.language, self.language))

    def decimal(self, number: float, digits: int) -> str:
        """Return a number with exactly so many decimals: ``70,5`` or ``70.5``."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        text = format_decimal(rounded(number, digits), format=pattern, locale=self.locale)
        return text.replace("-", MINUS)

    def count(self, number: float) -> str:
        """Return a whole number with its thousands marked: ``1.877`` or ``1,877``."""
        return self.decimal(number, 0)

    def signed(self, number: float, digits: int) -> str:
        """Return a number with its sign: ``+0,3`` or ``−0,3``; zero has none."""
        text = self.decimal(number, digits)
        return f"+{text}" if rounded(number, digits) > 0 else text

    def percent(self, share: float, decimals: int = 0) -> str:
        """Return a share in [0, 1] as percent: ``81 %`` (with a no-break space) or ``81%``."""
        sign = self.locale.percent_formats[None].pattern.rpartition("0")[2]
        return self.decimal(share * 100, decimals) + sign

    def interval(self, low: float, high: float, decimals: int = 0) -> str:
        """Return two shares in [0, 1] as an interval: ``79–83 %`` or ``79–83%``."""
        return f"{self.decimal(low * 100, decimals)}–{self.percent(high, decimals)}"

    def p_value(self, p: float) -> str:
        """Return ``p = 0,03`` or ``p < 0,001``; three decimals where two would hide the side of 0.05."""
        if p < SMALLEST_P:
            return f"p < {self.decimal(SMALLEST_P, 3)}"
        near = rounded(p, 2) == Decimal("0.05")
        return f"p = {self.decimal(p, 3 if near or p < 0.01 else 2)}"

    def fraction(self, number: float) -> str:
        """Return a set number such as a level of significance with the digits it has: ``0,05``."""
        digits = max(0, -int(Decimal(repr(float(number))).normalize().as_tuple().exponent))
        return self.decimal(number, digits)

    def list(self, words: Sequence[str]) -> str:
        """Return words as a list in a sentence: ``a, b og c`` or ``a, b and c``."""
        return format_list(list(words), locale=self.locale)

    def date(self, text: str) -> str:
        """Return ``YYYY-MM-DD`` or ``YYYY-MM`` in words; anything else unchanged."""
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return format_date(date.fromisoformat(text), format="long", locale=self.locale)
        if re.fullmatch(r"\d{4}-\d{2}", text):
            return format_date(date.fromisoformat(f"{text}-01"), format="MMMM y", locale=self.locale)
        return text


@dataclass(frozen=True)
class Words:
    """The fixed words of one language, and how it writes numbers.

    ``words("caption.base", base="innovative workplaces")`` returns the sentence with the value put in.
    """

    language: str

    def __post_init__(self) -> None:
        """Refuse a language that is not there."""
        check_language(self.language)

    @cached_property
    def number(self) -> Formatter:
        """Return the formatter of the same language."""
        return Formatter(self.language)

    @cached_property
    def entries(self) -> Mapping[str, str]:
        """Return every text by its dotted key."""
        path = WORDS / f"{self.language}.yaml"
        return _entries(path, path.stat().st_mtime_ns)

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with its values put in.

        Raises
        ------
        ReportError
            When the key is not there, with the nearest that is, or a value that the text needs is not given.
        """
        where = f"words/{self.language}.yaml"
        if not self.has(key):
            raise ReportError(where, [Problem(key, "a key of this file", remedy=nearest(key, self.entries))])
        try:
            return self.entries[key].format(**values)
        except KeyError as missing:
            raise ReportError(where, [Problem(key, f"a value for {missing}")]) from missing

    def points(self, difference: float, *, sign: bool = True) -> str:
        """Return a difference between shares in percentage points: ``+3 procentpoint``, or ``3`` of them."""
        amount = rounded(difference * 100)
        number = self.number.count(float(amount if sign else abs(amount)))
        key = "unit.point_one" if abs(amount) == 1 else "unit.point_other"
        return self(key, number=f"+{number}" if sign and amount > 0 else number)

    def has(self, key: str) -> bool:
        """Say whether there is such a key; an audit hook can listen to what is asked for."""
        sys.audit("barometer.words", self.language, key)
        return key in self.entries

    def text(self, texts: Mapping[str, str]) -> str:
        """Return the text of this language from a text kept in all languages."""
        return texts[self.language]


def check_language(language: str) -> None:
    """Raise a ReportError unless there are words for the language."""
    if language not in languages():
        raise ReportError("language", [Problem("language", f"one of {', '.join(languages())}", language)])


@cache
def _entries(path: Path, time: int) -> Mapping[str, str]:
    """Return the texts of a file; it is read again only when its time is another one."""
    return dict(_flat(read_yaml(path)))


def _flat(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
