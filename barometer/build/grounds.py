"""What a chapter or a page rests on, and whether that is still as it was.

A ground is a kind and a name, such as ``data data/cases.yaml`` or ``word en page.next``; its digest changes
when the thing does. The kinds are ``data`` (a file, by its path from the project's folder), ``notebook``,
``code`` (a module of this package), ``template`` (another file of it), ``parameter`` (a value that a chapter
is told), ``word`` (a text in one language) and ``package`` (the version of Python, or of a locked package).
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from barometer.build.execute import Job
from barometer.build.fingerprint import Fingerprint
from barometer.build.installation import packages
from barometer.build.plan import sources
from barometer.build.stamp import PACKAGE, walk
from barometer.build.trace import Trace, Traced
from barometer.documents import relative
from barometer.formats import Words
from barometer.params import Params
from barometer.waves import list_waves

Grounds = Mapping[str, str]
"""The digest of each ground by its name."""


class Present:
    """What everything is like now. Each file is read once: what is built is held to what it was then."""

    def __init__(self, params: Params) -> None:
        """Look at all that a report is made of; at what a chapter reads besides when it is known."""
        self.steady = True
        self._params = params
        self._began = time.time_ns()
        self._running = False
        self._late: set[Path] = set()
        self._words: dict[str, Mapping[str, str]] = {}
        self._seen: dict[Path, Fingerprint | None] = {
            path: Fingerprint.of(path) for path in walk(sources(params))
        }

    @property
    def files(self) -> Mapping[Path, Fingerprint]:
        """Return what was looked at and is there."""
        return {path: seen for path, seen in self._seen.items() if seen}

    def of_job(self, job: Job) -> Grounds:
        """Return what a chapter is known to rest on before it runs."""
        params = self._params
        named = (path for path in (params.instrument, params.published, params.cases) if path)
        files = (*named, *_files(params.waves, job.parameters["wave"]))
        told = params.told(params.root) | dict(job.parameters)
        return (
            self.known(
                [f"notebook {self._name(job.notebook)}", *(f"data {self._name(path)}" for path in files)]
            )
            | {f"parameter {name}": short(json.dumps(value)) for name, value in told.items()}
            | dict(self.packages)
        )

    def after(self, before: Grounds, traced: Traced) -> Grounds | None:
        """Return all that something rests on after it was made; None if a file changed meanwhile.

        Then it isn't known which of the two was read.
        """
        self._running = True
        code = {f"code {name}" for name in traced.modules}
        data = {f"data {name}" for name in traced.files}
        grounds = self.known(code | data.difference(before) | {f"word {name}" for name in traced.words})
        self.steady = self.steady and all(
            seen.untouched(path) and (path not in self._late or seen.changed <= self._began)
            for path, seen in self.files.items()
        )
        return {**before, **grounds} if self.steady else None

    def changed(self, kept: Grounds, before: Grounds) -> tuple[str, ...]:
        """Return the grounds that aren't what they were when something was kept.

        Parameters
        ----------
        kept
            What it rested on then.
        before
            What it is known to rest on now; the others are looked up.
        """
        now = {**before, **self.known(kept.keys() - before.keys())}
        return tuple(sorted(ground for ground, digest in now.items() if kept.get(ground) != digest))

    @cached_property
    def trace(self) -> Trace:
        """Return what hears which words this process asks for."""
        return Trace(self._params.root)

    @cached_property
    def packages(self) -> Grounds:
        """Return Python and the locked packages."""
        system = f"{platform.python_version()} {sys.platform} {platform.machine()}"
        return {f"package {name}": version for name, version in packages().items()} | {
            "package Python": system
        }

    def known(self, grounds: Iterable[str]) -> dict[str, str]:
        """Return the digest of every ground; it is empty for what isn't there."""
        return {ground: self._digest(*ground.split(" ", 1)) for ground in sorted(grounds)}

    def _digest(self, kind: str, name: str) -> str:
        if kind == "word":
            return short(self._word(*name.split(" ", 1)))
        if kind == "code":
            stem = PACKAGE.parent.joinpath(*name.split("."))
            return self._look(stem / "__init__.py") or self._look(stem.with_suffix(".py"))
        if kind == "template":
            return self._look(PACKAGE / name)
        if kind in ("data", "notebook"):
            return self._look(self._params.root / name)
        return ""

    def _word(self, language: str, key: str) -> str:
        if language not in self._words:
            self._words[language] = Words(language).entries
        return self._words[language].get(key, "")

    def _look(self, path: Path) -> str:
        """Return the sha256 of a file as it was when it was first asked for."""
        if path not in self._seen:
            self._seen[path] = Fingerprint.of(path) if path.is_file() else None
            if self._running:
                self._late.add(path)
        seen = self._seen[path]
        return seen.sha256 if seen else ""

    def _name(self, path: Path) -> str:
        """Return a path from the project's folder, as a ground is called."""
        return relative(path, self._params.root)


def _files(waves: Path, last: str) -> Iterator[Path]:
    """Yield every file of the waves up to one."""
    for name in list_waves(waves):
        if name <= last:
            yield from sorted(path for path in (waves / name).rglob("*") if path.is_file())


def short(text: str) -> str:
    """Return a digest of a text that is long enough to tell it from others."""
    return sha256(text.encode()).hexdigest()[:16]
