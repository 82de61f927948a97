"""From the plan to the published report, with the lines that tell how it goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from barometer.audit import check_report
from barometer.build.edition import make_edition
from barometer.build.execute import Job, Outcome
from barometer.build.fingerprint import Fingerprint
from barometer.build.grounds import Present, short
from barometer.build.machine import workers
from barometer.build.manifest import MANIFEST, same
from barometer.build.plan import Plan, plan_matrix, plan_report, sources
from barometer.build.products import Workshop
from barometer.build.progress import Progress
from barometer.build.publish import front_page, published, swap, write_overview
from barometer.build.run import Choice, choose, label, longest_first, run
from barometer.build.scratch import scratch_folder
from barometer.build.stamp import facts, stamped
from barometer.build.store import Store
from barometer.build.warm.processes import Warm, environment, warm_up
from barometer.build.why import said
from barometer.documents import shown
from barometer.params import Params

CACHE = ".cache"


def build_report(
    params: Params,
    *,
    matrix: bool = False,
    force: Collection[str] = (),
    why: bool = False,
    stamp: Path | None = None,
    warm: Warm | None = None,
) -> bool:
    """Build the report, or all reports of the matrix, and publish what is good; say whether everything is.

    A chapter runs only if something that it rests on changed, or it is named in `force`; `why` prints which.
    A chapter that fails keeps its earlier page, with a notice. Nothing of a report is published before all of
    it is ready. The stamp is written where all is good, so that the next build need not look further.
    `warm` are the servers of this build, if they have been started.

    Raises
    ------
    ReportError
        If the parameters, the questionnaire or the waves can't be used, another build is at work, or what was
        made contradicts itself; then nothing is touched.
    """
    with nullcontext(warm) if warm else warm_up(environment(params)) as servers:
        servers.branch()
        present, known = Present(params), facts(params.root, sources(params))
        plans = plan_matrix(params, servers) if matrix else (plan_report(params, servers),)
        with scratch_folder(params.reports) as scratch:
            build = Build(plans, scratch, present, servers, frozenset(force), why=why)
            outcomes = build.run(build.choose())
            problems = [problem for plan in plans for problem in build.publish(plan, outcomes)]
    folders = [plan.folder(language) for plan in plans for language in params.languages]
    page = next((front_page(folder) for folder in folders if front_page(folder).exists()), None)
    if page:
        print(f"To read it, open {shown(page)}")
    if stamp and page and present.steady and not problems:
        made = {path: Fingerprint.of(path) for path in published(params.reports, folders)}
        files = {**present.files, **made}
        stamped(stamp, inputs=sources(params), known=known, files=files, page=page)
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return not problems


@dataclass(frozen=True)
class Build:
    """One run of the build: what is planned, where it is put together, and what it is held against."""

    plans: tuple[Plan, ...]
    scratch: Path
    present: Present
    warm: Warm
    force: frozenset[str]
    why: bool

    @property
    def params(self) -> Params:
        """Return the parameters that all plans share."""
        return self.plans[0].params

    @property
    def store(self) -> Store:
        """Return the store of the project."""
        return Store(self.params.root / CACHE)

    def choose(self) -> tuple[Choice, ...]:
        """Decide which chapters of all plans have to run."""
        jobs = [job for plan in self.plans for job in plan.jobs(self.scratch)]
        choices = tuple(choose(job, present=self.present, store=self.store, force=self.force) for job in jobs)
        for choice in choices:
            self._tell(self._label(choice.job), choice.why)
        return choices

    def run(self, choices: tuple[Choice, ...]) -> tuple[Outcome, ...]:
        """Run the chapters that have to, telling how it goes."""
        stale = longest_first(choice for choice in choices if choice.why)
        at_once = workers(self.params.jobs, peaks=[each.last.peak for each in stale if each.last])
        what = f"{len(self.plans)} reports" if len(self.plans) > 1 else f"Report {self.plans[0].wave.id}"
        title = f"{what}: {len(stale)} of {len(choices)} chapters to run"
        title += f", up to {at_once} at a time" if stale else ""
        outcomes = run(
            stale,
            self.params,
            workers=at_once,
            present=self.present,
            store=self.store,
            scratch=self.scratch,
            warm=self.warm,
        )
        with Progress(title, stale, workers=at_once, label=self._label) as progress:
            found = tuple(progress.note(outcome) for outcome in outcomes)
        self.store.prune()
        return found

    def publish(self, plan: Plan, outcomes: tuple[Outcome, ...]) -> list[str]:
        """Make the editions of a report, put in place those that changed; return what went wrong."""
        drafts = {language: plan.draft(self.scratch, language) for language in plan.params.languages}
        workshops = {language: self._workshop(plan, language) for language in drafts}
        outputs = {job.output for job in plan.jobs(self.scratch)}
        failures = [each for each in outcomes if each.failure and each.job.output in outputs]
        problems = [f"{self._label(each.job)}: {each.failure}" for each in failures]
        pool = partial(self.warm.pool, workers(plan.params.jobs, peaks=()), environment(plan.params))
        for language, draft in drafts.items():
            failed = {each.job.chapter for each in failures if each.job.language == language}
            workshop = workshops[language]
            problems += make_edition(plan, language, draft, failed=failed, workshop=workshop, pool=pool)
        plan.check_inputs()
        ready = [language for language in drafts if (drafts[language] / MANIFEST).exists()]
        changed = [each for each in ready if not same(drafts[each], plan.folder(each))]
        for language in changed if "html" in plan.params.formats else ():
            check_report(drafts[language], plan.instrument)
        for language in ready:
            if language in changed:
                swap(drafts[language], plan.folder(language))
            print(f"  {'published' if language in changed else 'as before'}: {shown(plan.folder(language))}/")
            workshops[language].record()
        title, first = plan.instrument.title, plan.instrument.languages[0]
        write_overview(plan.params.reports, title=title[first], language=first, scratch=self.scratch)
        return problems

    def _workshop(self, plan: Plan, language: str) -> Workshop:
        place = plan.folder(language)
        name = short(os.path.relpath(place, self.params.root))
        return Workshop(
            plan.draft(self.scratch, language),
            earlier=place,
            present=self.present,
            record=self.params.root / CACHE / "editions" / name,
            force=self.force,
            tell=lambda product, why: self._tell(f"{shown(place)}: {product}", why),
        )

    def _label(self, job: Job) -> str:
        return label(job, several=len(self.plans) > 1)

    def _tell(self, name: str, why: tuple[str, ...]) -> None:
        if self.why:
            print(f"  {name}: {said(why) or 'as before'}")
