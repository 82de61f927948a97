"""The command line: `barometer report`, `wave`, `validate` and more; the Makefile calls it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from barometer.documents import nearest
from barometer.errors import Problem, ReportError

FAILED, REFUSED = 1, 2
EVERY = ("all", "1")  # `make report FORCE=1` reads like a switch

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

ParamsOption = Annotated[
    Path, typer.Option("--params", help="The file with the decisions of the publication.")
]


SettingsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME=VALUE]...", help="Over params.yaml, e.g. LOCALE=en CHAPTERS=diffusion"),
]
WhyOption = Annotated[bool, typer.Option("--why", help="Say why each chapter runs again, or doesn't.")]
ForceOption = Annotated[
    str, typer.Option(metavar="CHAPTERS", help="Run these whatever is unchanged; `all` is every one.")
]


@app.command()
def report(
    settings: SettingsArgument = None,
    params: ParamsOption = Path("params.yaml"),
    why: WhyOption = False,
    force: ForceOption = "",
) -> None:
    """Build what changed of the report, as pages and as PDF."""
    _build("report", settings or (), params, why=why, force=force)


@app.command()
def reports(
    settings: SettingsArgument = None,
    params: ParamsOption = Path("params.yaml"),
    why: WhyOption = False,
    force: ForceOption = "",
) -> None:
    """Build what changed of all reports: each wave with each segment of the matrix in params.yaml."""
    _build("reports", settings or (), params, why=why, force=force)


@app.command()
def wave(
    name: Annotated[str, typer.Argument(help="What the wave is called, e.g. by its years.")],
    file: Annotated[
        Path, typer.Option("--from", help="The file as delivered: .sav, .dta, .csv, .parquet ...")
    ],
    params: ParamsOption = Path("params.yaml"),
    link: Annotated[bool, typer.Option("--link", help="Point to the file instead of copying it.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Over a wave.yaml that is there.")] = False,
) -> None:
    """Add a wave: recognise the columns and codes of a file, and write its wave.yaml.

    Where the questionnaire is missing or empty, one is proposed from the file, and written.
    """
    from rich.console import Console

    from barometer.instrument import load_instrument
    from barometer.onboard import is_empty, onboard, onboard_unknown
    from barometer.onboard.summary import show
    from barometer.params import load_params

    decisions = load_params(params)
    place, folder = decisions.instrument, decisions.waves
    if is_empty(place):
        languages = decisions.languages
        found = onboard_unknown(
            name, file, folder=folder, questionnaire=place, languages=languages, link=link, replace=replace
        )
    else:
        instrument = load_instrument(place)
        found = onboard(name, file, folder=folder, instrument=instrument, link=link, replace=replace)
    show(found, Console())


@app.command("validate")
def validate_waves(
    wave: Annotated[str | None, typer.Argument(help="Which wave; none is every one.")] = None,
    params: ParamsOption = Path("params.yaml"),
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the findings as a page too.")
    ] = None,
) -> None:
    """Check a wave before its report: every error and warning, with what to do."""
    from barometer.instrument import load_instrument
    from barometer.params import load_params
    from barometer.validate import validate
    from barometer.validate.show import page, print_validation
    from barometer.waves import list_waves

    decided = load_params(params)
    names = [wave] if wave else list_waves(decided.waves)
    found = []
    for validation in validate(names, folder=decided.waves, instrument=load_instrument(decided.instrument)):
        print_validation(validation)
        found.append(validation)
    if html:
        html.write_text(page(found), encoding="utf-8")
    if any(each.errors for each in found):
        raise typer.Exit(FAILED)


@app.command()
def check(
    folders: Annotated[list[Path], typer.Argument(help="Of reports, e.g. reports/<wave>/en")],
    params: ParamsOption = Path("params.yaml"),
) -> None:
    """Check that published reports agree with themselves: words, numbers, figures, data."""
    from barometer.audit import check_report
    from barometer.instrument import load_instrument
    from barometer.params import load_params

    instrument = load_instrument(load_params(params).instrument)
    for folder in folders:
        check_report(folder, instrument)
        typer.echo(f"{folder}: what it says and its data agree")


@app.command()
def synthesise(
    waves: Annotated[
        list[str] | None, typer.Argument(help="Which waves; none is all synthetic ones.")
    ] = None,
    params: ParamsOption = Path("params.yaml"),
    seed: Annotated[
        int | None, typer.Option(help="Of the random numbers, instead of the project's own.")
    ] = None,
) -> None:
    """Make the synthetic waves again (seeded: the same answers every time)."""
    from barometer.documents import shown
    from barometer.params import load_params
    from barometer.synthesise import synthesise as make

    for path in make(load_params(params).root, waves=waves or (), seed=seed):
        typer.echo(shown(path))


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A published report, or a folder of reports.")],
) -> None:
    """Hold a published report against its manifest: what was altered, is missing, was added."""
    from barometer.build.verify import verify as verified
    from barometer.documents import shown

    found = verified(folder)
    for each in found:
        typer.echo(f"{shown(each.folder)}: {each.same} files are as the manifest says")
        for line in each.differences:
            typer.echo(f"  {line}")
    if any(each.differences for each in found):
        raise typer.Exit(FAILED)


@app.command()
def reproduce(
    folder: Annotated[Path, typer.Argument(help="A published report in one language.")],
    params: ParamsOption = Path("params.yaml"),
) -> None:
    """Make a published report again from its manifest, and compare every byte."""
    from barometer.build.reproduce import differing
    from barometer.build.reproduce import reproduce as reproduced
    from barometer.documents import shown

    for line in differing(folder, params=params):
        typer.echo(f"Not as it was: {line}")
    typer.echo(f"{shown(folder)} is being made again ...")
    found = reproduced(folder, params=params)
    typer.echo(f"{found.same} files are the same, byte by byte")
    for line in found.differences:
        typer.echo(f"  {line}")
    if found.differences:
        raise typer.Exit(FAILED)


@app.command()
def preview(
    params: ParamsOption = Path("params.yaml"),
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes a free port.")] = 8000,
) -> None:
    """Show the built reports in a browser; only this machine can reach them."""
    from barometer.params import load_params
    from barometer.preview import preview_server

    with preview_server(load_params(params).reports, port=port) as server:
        typer.echo(f"The reports are at http://127.0.0.1:{server.server_port}/ (Ctrl-C stops)")
        server.serve_forever()


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(installed_version("barometer"))


def main() -> None:
    """Run the command line; what is wrong with the input is one message and exit code 2."""
    try:
        app()
    except ReportError as error:
        typer.echo(str(error), err=True)
        sys.exit(REFUSED)
    except OSError as error:
        typer.echo(f"{error.filename or 'The system says'}: {error.strerror or error}", err=True)
        sys.exit(REFUSED)


def _setting(text: str) -> tuple[str, str]:
    """Return name and value of NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def _build(command: str, settings: Sequence[str], params: Path, *, why: bool, force: str) -> None:
    from barometer.build.stamp import place
    from barometer.build.warm.processes import environment, warm_up
    from barometer.params import load_params

    matrix, overrides = command == "reports", dict(_setting(text) for text in settings)
    decided = load_params(params, overrides)
    forced = decided.chapters if force in EVERY else tuple(filter(None, force.split(",")))
    problems = [
        Problem("force", "a chapter that is built", name, nearest(name, decided.chapters))
        for name in forced
        if name not in decided.chapters
    ] + [
        Problem(f"{name}={value}", "no choice of one report", remedy="The matrix in params.yaml says which.")
        for name, value in overrides.items()
        if matrix and name.lower() in ("wave", "segment")
    ]
    if problems:
        raise ReportError(f"The {command} can't be built", problems)
    stamp = place(params, overrides, command)
    try:
        with warm_up(environment(decided)) as warm:  # it imports while this process does
            from barometer.build.report import build_report

            good = build_report(decided, matrix=matrix, force=forced, why=why, stamp=stamp, warm=warm)
    except KeyboardInterrupt:
        typer.echo("Stopped; nothing was published.", err=True)
        raise
    if not good:
        raise typer.Exit(FAILED)
