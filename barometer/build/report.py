"""From the plan to the published report, with the lines that tell how it goes."""

from __future__ import annotations

import sys
from collections.abc import Collection
from concurrent.futures import Executor
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from barometer.audit import check_report
from barometer.build.edition import make_edition
from barometer.build.execute import Outcome
from barometer.build.fingerprint import Fingerprint
from barometer.build.grounds import Present
from barometer.build.machine import workers
from barometer.build.plan import Plan, plan_matrix, plan_report, sources
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
    present, known = Present(params), facts(params.root, sources(params))
    with nullcontext(warm) if warm else warm_up(environment(params)) as servers:
        plans = plan_matrix(params) if matrix else (plan_report(params),)
        with scratch_folder(params.reports) as scratch:
            choices = _choose(plans, scratch, present=present, force=force, why=why)
            outcomes = _run(plans, choices, scratch, present=present, warm=servers)
            with servers.pool(workers(params.jobs, peaks=[]), environment(params)) as pool:
                problems = [each for plan in plans for each in _publish(plan, outcomes, scratch, pool)]
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


def _choose(
    plans: tuple[Plan, ...], scratch: Path, *, present: Present, force: Collection[str], why: bool
) -> tuple[Choice, ...]:
    """Decide which chapters of all plans have to run."""
    store = Store(plans[0].params.root / ".cache")
    jobs = [job for plan in plans for job in plan.jobs(scratch)]
    choices = tuple(choose(job, present=present, store=store, force=force) for job in jobs)
    for choice in choices if why else ():
        print(f"  {label(choice.job, several=len(plans) > 1)}: {said(choice.why) or 'as before'}")
    return choices


def _run(
    plans: tuple[Plan, ...], choices: tuple[Choice, ...], scratch: Path, *, present: Present, warm: Warm
) -> tuple[Outcome, ...]:
    """Run the chapters that have to, telling how it goes."""
    params = plans[0].params
    store = Store(params.root / ".cache")
    stale = longest_first(choice for choice in choices if choice.why)
    at_once = workers(params.jobs, peaks=[choice.last.peak for choice in stale if choice.last])
    what = f"{len(plans)} reports" if len(plans) > 1 else f"Report {plans[0].wave.id}"
    title = f"{what}: {len(stale)} of {len(choices)} chapters to run"
    title += f", up to {at_once} at a time" if stale else ""
    call = partial(label, several=len(plans) > 1)
    with Progress(title, stale, workers=at_once, label=call) as progress:
        found = tuple(
            progress.note(outcome)
            for outcome in run(
                stale, params, workers=at_once, present=present, store=store, scratch=scratch, warm=warm
            )
        )
    store.prune()
    return found


def _publish(plan: Plan, outcomes: tuple[Outcome, ...], scratch: Path, pool: Executor) -> list[str]:
    """Make the editions of a report, put them in place, and return what went wrong, a line each."""
    outputs = {job.output for job in plan.jobs(scratch)}
    failures = [each for each in outcomes if each.failure and each.job.output in outputs]
    problems = [f"{each.job.chapter}, {each.job.language}: {each.failure}" for each in failures]
    drafts = {language: plan.draft(scratch, language) for language in plan.params.languages}
    for language, draft in drafts.items():
        failed = {each.job.chapter for each in failures if each.job.language == language}
        problems.extend(make_edition(plan, language, draft, failed=failed, pool=pool))
    plan.check_inputs()
    ready = [language for language in drafts if (drafts[language] / "manifest.json").exists()]
    for language in ready if "html" in plan.params.formats else ():
        check_report(drafts[language], plan.instrument)
    for language in ready:
        swap(drafts[language], plan.folder(language))
        print(f"  published: {shown(plan.folder(language))}/")
    first = plan.instrument.languages[0]
    write_overview(plan.params.reports, title=plan.instrument.title[first], language=first, scratch=scratch)
    return problems
