"""The one object that a notebook touches: estimates, disclosure, tests, words, drawing, in that order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, asdict, dataclass, field, replace

import pandas as pd
from IPython.display import display

from barometer.assembly import Assembly, Segment, asked_for
from barometer.blocks import (
    BackgroundBlock,
    CardBlock,
    CasesBlock,
    ChapterBlock,
    FindingsBlock,
    NoteBlock,
    NotesBlock,
    ReadingBlock,
    TableBlock,
    TextBlock,
)
from barometer.captions import left_out
from barometer.cases import Cases, ChapterCases
from barometer.disclosure import assess
from barometer.exhibit import Exhibit
from barometer.formats import Words
from barometer.illustration import illustrate
from barometer.params import Params
from barometer.published import PublishedFigure
from barometer.reconcile import reconcile, reconciliation_table
from barometer.since import since
from barometer.tables import TableDoc, card_csv, csv, table_csv
from barometer.titles import card, clearest, finding
from barometer.waves import Wave

FRONT_PAGE = "summary"
NOTES = ("base", "n", "interval", "weight", "dont_know", "test", "uncertain", "hidden", "break", "not_asked")


@dataclass
class Chapter:
    """A chapter of one wave in one language; its methods return estimates or show a block of the page."""

    id: str
    params: Params
    words: Words
    _: KW_ONLY
    waves: tuple[Wave, ...]
    reference: str = ""
    segment: str = ""
    part: Segment | None = None
    cards: Cases = field(default_factory=Cases)
    official: tuple[PublishedFigure, ...] = ()
    _numbers: dict[str, int] = field(default_factory=dict)
    _variables: list[str] = field(default_factory=list)

    @property
    def wave(self) -> Wave:
        """Return the wave that the chapter is about: the newest one it has."""
        return self.waves[-1]

    @property
    def number(self) -> int:
        """Return the number of the chapter in the report; the front page has none, 0."""
        publication = self.params.publication
        place = publication.index(self.id) if self.id in publication else len(publication)
        return place + (FRONT_PAGE not in publication)

    def opening(self) -> ChapterBlock:
        """Return the block that every chapter starts with."""
        synthetic = any(each.synthetic for each in self.waves)
        return ChapterBlock(
            id=self.id,
            number=self.number,
            language=self.words.language,
            wave=self.wave.id,
            wave_title=self.words.text(self.wave.title),
            synthetic=synthetic,
            banner=self.words("page.synthetic_banner") if synthetic else None,
            segment=self.segment,
        )

    def begin(self) -> Chapter:
        """Show what the chapter is about."""
        display(self.opening())
        return self

    # What a notebook estimates

    def proportions(
        self, *variables: str, by: str | None = None, options: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return Estimates of the wave; one row is one share of a base, of one answer in one group.

        A segment has no groups by its own variable.
        """
        by = None if self.part and by == self.part.variable else by
        return self._assembly.estimates(variables, by=by, options=options)

    def trend(self, *variables: str, options: Sequence[str] | None = None) -> pd.DataFrame:
        """Return Estimates of all waves up to this one; one row is one share in one wave."""
        return self._assembly.estimates(variables, options=options, over_time=True)

    # What a notebook shows

    def figure(self, estimates: pd.DataFrame, *, kind: str = "bars", views: Sequence[str] = ()) -> None:
        """Assess, test, caption, draw, number and show the estimates; a note where nothing was asked.

        The views show the same answers by other variables, or by ``wave``; those not asked are left out.
        """
        exhibit = self._exhibit(estimates, kind)
        if exhibit is None:
            return
        shown = [view for name in views if (view := self._assembly.view(exhibit, name))]
        display(illustrate(exhibit, number=self._next("figure"), views=shown))

    def card(
        self,
        variable: str,
        *,
        option: str = "yes",
        beside: str = "",
        beside_option: str = "yes",
        chapter: str = "",
    ) -> None:
        """Show one large number, with another one beside it; `chapter` is where it leads."""
        wanted = ((variable, option), (beside, beside_option))
        estimates = [self.proportions(name, options=[answer]) for name, answer in wanted if name]
        cards = [
            CardBlock(
                id=exhibit.questions[0],
                chapter=chapter or None,
                csv=card_csv(exhibit),
                **asdict(card(exhibit)),
            )
            for frame in estimates
            if (exhibit := self._exhibit(frame, "bars", quiet=True))
        ]
        if cards:
            display(replace(cards[0], beside=tuple(cards[1:])))
        else:
            self._left_out(estimates[0])

    def findings(self, *specifications: str) -> None:
        """Show key findings, each of one variable or of one by another: ``reuse``, ``reused by sector``.

        What is clear stands first, and no more than four are shown.
        """
        found = []
        for variable, _, by in (each.partition(" by ") for each in specifications):
            estimates = self.proportions(variable, by=by or None)
            if exhibit := self._exhibit(estimates, "groups" if by else "bars", quiet=True):
                found.append(exhibit)
        if found:
            told = clearest(found)
            sentences = tuple(finding(each) for each in told)
            display(FindingsBlock(self.words("page.key_findings"), sentences, csv=csv(*told)))

    def since(self, *names: str) -> None:
        """Show what changed since the wave of reference, of variables or of options like ``reuse/copy``.

        Nothing is shown without an earlier wave.
        """
        if block := since(self._assembly, names):
            display(block)

    def background(self) -> None:
        """Show what interviews say about the subject of the chapter, if the report has any."""
        background = self.beside.background
        if background:
            text, source = self.words.text(background.text), self.words.text(background.source)
            display(BackgroundBlock(self.words("page.background"), text, source))

    def cases(self) -> None:
        """Show the case cards of the chapter and its further reading."""
        text = self.words.text
        items = tuple(
            {key: text(getattr(case, key)) for key in ("place", "headline", "text", "source")}
            for case in self.beside.cases
        )
        if items:
            display(CasesBlock(self.words("page.cases"), items))
        links = tuple({"title": text(each.title), "url": each.url} for each in self.beside.reading)
        if links:
            display(ReadingBlock(self.words("page.reading"), links))

    def published(self) -> None:
        """Show the published figures about what the chapter has shown, held against its estimates."""
        words = self.words
        wanted = [each for each in self.official if not self._variables or each.variable in self._variables]
        frame = reconcile([] if self.segment else wanted, self.wave, estimate=self._assessed)
        if frame.empty:
            display(TextBlock(words("reconcile.segment" if self.segment else "reconcile.none")))
            return
        number, level = words.number, words.number.percent(self.params.confidence)
        document = reconciliation_table(frame, instrument=self.wave.instrument, words=words, level=level)
        computed = frame[frame["reason"] == ""]
        counts = {"inside": number.count(computed["inside"].sum()), "count": number.count(len(computed))}
        caption = (
            words("reconcile.caption", wave=self.wave.id),
            words("reconcile.caption_inside", level=level, **counts),
        )
        self._listing("published", words("reconcile.title"), caption, document)

    def method(self, section: str) -> None:
        """Show a section of the method chapter, generated from the waves and the parameters."""
        from barometer.method import Listing, Method  # here: other chapters don't rest on it

        for part in Method(self.waves, self.params, self.words).section(section):
            if isinstance(part, Listing):
                self._listing(part.id, part.title, (part.caption,), part.table)
            else:
                terms = tuple({"term": term, "text": text} for term, text in part.items)
                display(NotesBlock(part.title, terms))

    def workplace(self, *questions: str) -> None:
        """Show a form in which readers hold their own workplace against a sector and a size."""
        from barometer.workplace import Workplace  # here: other chapters don't rest on it

        form = Workplace(self._assembly, questions)
        self._left_out(form.missing())
        display(form.block())

    def notes(self) -> None:
        """Show how the numbers of the chapter are to be read."""
        words, rules = self.words, self.params.disclosure
        values = {
            "unit": words.text(self.wave.instrument.unit),
            "level": words.number.percent(self.params.confidence),
            "alpha": words.number.fraction(self.params.test.alpha),
            "minimum": words.number.count(rules.minimum_base),
            "base": words.number.count(rules.uncertain_base),
            "halfwidth": words.number.count(rules.uncertain_halfwidth * 100),
        }
        items = tuple(
            {"term": words(f"report.{name}_term"), "text": words(f"report.{name}_text", **values)}
            for name in NOTES
        )
        display(NotesBlock(words("report.notes_title"), items))

    # How a block is made

    @property
    def beside(self) -> ChapterCases:
        """Return what stands beside the figures of the chapter."""
        return self.cards.chapter(self.id)

    def _assessed(self, variable: str, *, by: str | None, options: Sequence[str] | None) -> pd.DataFrame:
        return assess(
            self.proportions(variable, by=by, options=options), self.params.disclosure, waves=self.waves
        )

    def _exhibit(self, estimates: pd.DataFrame, kind: str, *, quiet: bool = False) -> Exhibit | None:
        """Return what is to be shown, None where nothing was asked; a note says which variables were not."""
        found = asked_for(estimates, kind=kind)
        if not quiet:
            self._left_out(estimates[~estimates["question"].isin(found["question"])])
        if found.empty:
            return None
        self._variables.extend(found["question"])
        kind = kind if kind != "groups" or estimates["by"].any() else "bars"
        return self._assembly.exhibit(found, kind=kind)

    @property
    def _assembly(self) -> Assembly:
        return Assembly(
            self.waves,
            self.params,
            self.words,
            reference=self.reference,
            segment=self.segment,
            part=self.part,
        )

    def _listing(self, name: str, heading: str, sentences: tuple[str, ...], document: TableDoc) -> None:
        synthetic = self.opening().synthetic
        text = table_csv(document, synthetic=synthetic)
        display(TableBlock(name, self._next("table"), heading, sentences, text, document, synthetic))

    def _next(self, kind: str) -> str:
        """Return the number of the next figure or table: chapter, point, place in the chapter."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"{self.number}.{self._numbers[kind]}"

    def _left_out(self, estimates: pd.DataFrame) -> None:
        """Show notes that say which variables are left out, and why."""
        for sentence in left_out(estimates, wave=self.wave, words=self.words):
            display(NoteBlock(sentence))
