"""From the plan to the published report, with the lines that tell how it goes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from barometer.build.edition import make_edition
from barometer.build.execute import Outcome, execute
from barometer.build.plan import Plan, plan_report
from barometer.build.progress import Progress
from barometer.build.publish import front_page, swap, write_overview
from barometer.build.scratch import scratch_folder
from barometer.documents import shown
from barometer.params import Params


def build_report(params: Params) -> bool:
    """Build the report and publish what is good; say whether everything is.

    A chapter that fails keeps its earlier page, with a notice. Nothing is published before all is ready.

    Raises
    ------
    ReportError
        If the parameters, the questionnaire or the waves can't be used, or another build is at work; then
        nothing is touched.
    """
    plan = plan_report(params)
    with scratch_folder(params.reports) as scratch:
        problems = _publish(plan, _run(plan, scratch), scratch)
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return not problems


def _run(plan: Plan, scratch: Path) -> tuple[Outcome, ...]:
    """Execute the chapters of the plan, telling how it goes."""
    settings = scratch / "params.yaml"
    settings.write_text(json.dumps(plan.params.document(scratch), indent=1), encoding="utf-8")
    cache = plan.params.root / ".cache" / "matplotlib"
    cache.mkdir(parents=True, exist_ok=True)
    environment = {
        "BAROMETER_PARAMS": str(settings),
        "MPLCONFIGDIR": str(cache),
        # The kernel is that of this environment, whatever else is registered on the machine under its name.
        "JUPYTER_PATH": "",
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    jobs = plan.jobs(scratch)
    with Progress(
        f"Report {plan.wave.id}: {len(jobs)} chapters, up to {plan.workers} at a time", len(jobs)
    ) as progress:
        return tuple(
            progress.note(outcome) for outcome in execute(jobs, workers=plan.workers, environment=environment)
        )


def _publish(plan: Plan, outcomes: tuple[Outcome, ...], scratch: Path) -> list[str]:
    """Make the editions, put them in place, and return what went wrong, a line each."""
    problems = [f"{o.job.chapter}, {o.job.language}: {o.failure}" for o in outcomes if o.failure]
    for language in plan.params.languages:
        failed = {o.job.chapter for o in outcomes if o.failure and o.job.language == language}
        problems.extend(make_edition(plan, language, scratch / language, failed=failed))
    ready = [each for each in plan.params.languages if (scratch / each / "manifest.json").exists()]
    plan.check_inputs()
    for language in ready:
        swap(scratch / language, plan.folder(language))
        print(f"  published: {shown(plan.folder(language))}/")
    first = plan.instrument.languages[0]
    write_overview(plan.params.reports, title=plan.instrument.title[first], language=first, scratch=scratch)
    if ready:
        print(f"To read it, open {shown(front_page(plan.folder(ready[0])))}")
    return problems
