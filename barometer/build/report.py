"""From the plan to the published report, with the lines that tell how it goes."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from barometer.audit import check_report
from barometer.build.edition import make_edition
from barometer.build.execute import Outcome
from barometer.build.fingerprint import Fingerprint
from barometer.build.grounds import Present
from barometer.build.plan import Plan, plan_report, sources
from barometer.build.progress import Progress
from barometer.build.publish import front_page, published, swap, write_overview
from barometer.build.run import choose, run
from barometer.build.scratch import scratch_folder
from barometer.build.stamp import facts, stamped
from barometer.build.store import Store
from barometer.build.why import said
from barometer.documents import shown
from barometer.params import Params


def build_report(
    params: Params, *, force: Collection[str] = (), why: bool = False, stamp: Path | None = None
) -> bool:
    """Build the report and publish what is good; say whether everything is.

    A chapter runs only if something that it rests on changed, or it is named in `force`; `why` prints which.
    A chapter that fails keeps its earlier page, with a notice. Nothing is published before all is ready. The
    stamp is written where all is good, so that the next build need not look further.

    Raises
    ------
    ReportError
        If the parameters, the questionnaire or the waves can't be used, another build is at work, or what was
        made contradicts itself; then nothing is touched.
    """
    present, known = Present(params), facts(params.root, sources(params))
    plan = plan_report(params)
    with scratch_folder(params.reports) as scratch:
        outcomes = _run(plan, scratch, present=present, force=force, why=why)
        problems = _publish(plan, outcomes, scratch)
    if stamp and present.steady and not problems:
        folders = [plan.folder(language) for language in params.languages]
        made = {path: Fingerprint.of(path) for path in published(params.reports, folders)}
        page, files = front_page(folders[0]), {**present.files, **made}
        stamped(stamp, inputs=sources(params), known=known, files=files, page=page)
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return not problems


def _run(
    plan: Plan, scratch: Path, *, present: Present, force: Collection[str], why: bool
) -> tuple[Outcome, ...]:
    """Run the chapters of the plan that have to, telling how it goes."""
    params = plan.params
    store = Store(params.root / ".cache")
    choices = [choose(job, present=present, store=store, force=force) for job in plan.jobs(scratch)]
    for choice in choices if why else ():
        print(f"  {choice.job.chapter}, {choice.job.language}: {said(choice.why) or 'as before'}")
    stale = tuple(choice for choice in choices if choice.why)
    title = f"Report {plan.wave.id}: {len(stale)} of {len(choices)} chapters to run"
    with Progress(f"{title}, up to {plan.workers} at a time" if stale else title, len(stale)) as progress:
        outcomes = run(stale, params, workers=plan.workers, present=present, store=store, scratch=scratch)
        found = tuple(progress.note(outcome) for outcome in outcomes)
    store.prune()
    return found


def _publish(plan: Plan, outcomes: tuple[Outcome, ...], scratch: Path) -> list[str]:
    """Make the editions, put them in place, and return what went wrong, a line each."""
    problems = [f"{o.job.chapter}, {o.job.language}: {o.failure}" for o in outcomes if o.failure]
    for language in plan.params.languages:
        failed = {o.job.chapter for o in outcomes if o.failure and o.job.language == language}
        problems.extend(make_edition(plan, language, scratch / language, failed=failed))
    ready = [each for each in plan.params.languages if (scratch / each / "manifest.json").exists()]
    plan.check_inputs()
    for language in ready if "html" in plan.params.formats else ():
        check_report(scratch / language, plan.instrument)
    for language in ready:
        swap(scratch / language, plan.folder(language))
        print(f"  published: {shown(plan.folder(language))}/")
    first = plan.instrument.languages[0]
    write_overview(plan.params.reports, title=plan.instrument.title[first], language=first, scratch=scratch)
    if ready:
        print(f"To read it, open {shown(front_page(plan.folder(ready[0])))}")
    return problems
