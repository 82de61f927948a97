"""The page that says what a report was made of: the manifest for people, where every figure has its row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from barometer.formats import Words
from barometer.render.document import Block, ChapterDocument, Section
from barometer.render.html import render_page
from barometer.render.site import Site

PAGE = "manifest.html"
DATA = ("manifest.json", "ro-crate-metadata.json")


def record_page(said: Mapping[str, Any], site: Site) -> str:
    """Return the page of a manifest.

    Parameters
    ----------
    said
        What manifest.json says; the hashes of all files of the report, the page among them, aren't needed.
    site
        The report that the page belongs to.
    """
    words = Words(site.language)
    document = ChapterDocument(
        id=PAGE.partition(".")[0],
        number=0,
        language=site.language,
        wave=said["wave"],
        wave_title=site.wave_title,
        synthetic=site.synthetic,
        banner="",
        segment=said["segment_label"],
        title=words("manifest.title"),
        sections=tuple(_sections(said, site, words)),
    )
    return render_page(document, site)


def _sections(said: Mapping[str, Any], site: Site, words: Words) -> Iterator[Section]:
    def section(name: str, *blocks: Block) -> Section:
        return Section(f"section-{name}", words(f"manifest.{name}"), blocks)

    yield Section("", "", (_text(words("manifest.intro")), _text(words("manifest.check"))))
    yield section("making", _record(_making(said, words)))
    verdicts = [_item(words(f"manifest.{key}"), words.number.count(n)) for key, n in said["verdicts"].items()]
    yield section("verdicts", _record(verdicts))
    yield section("figures", *_figures(said, site, words))
    inputs = [_item(name, _code(sha256)) for name, sha256 in said["inputs"].items()]
    yield section("inputs", _text(words("manifest.inputs_intro")), _record(inputs))
    params = [_item(name, json.dumps(value, ensure_ascii=False)) for name, value in said["params"].items()]
    yield section("params", _record(params))
    yield section("packages", _record([_item(*pair) for pair in said["packages"].items()]))


def _making(said: Mapping[str, Any], words: Words) -> Iterator[Block]:
    """Yield what the report was made with."""
    changed = said["changed_since_commit"]
    yield _item(words("page.wave"), said["title"])
    if said["segment_label"]:
        yield _item(words("page.segment"), said["segment_label"])
    yield _item(words("page.version"), f"barometer {said['packages']['barometer']}")
    if changed is not None:
        yield _item(words("manifest.commit"), _code(said["commit"]))
        yield _item(words("manifest.changed"), *(changed or [words("manifest.unchanged")]))
    yield _item(words("manifest.code"), _code(said["code"]))
    yield _item(words("manifest.platform"), ", ".join(filter(None, said["platform"].values())))
    if said["timestamp"]:
        day = datetime.fromtimestamp(said["timestamp"], UTC).date().isoformat()
        yield _item(words("page.date"), words.number.date(day))
    for file, seed in said["seeds"].items():
        yield _item(words("manifest.seed"), f"{seed} ({file})")
    yield _item(words("manifest.as_data"), *(_line(name, href=name) for name in DATA))


def _figures(said: Mapping[str, Any], site: Site, words: Words) -> Iterator[Block]:
    """Yield the figures and tables of each chapter; if it is from an earlier run, what was different then."""
    for chapter, made in said["chapters"].items():
        rows = {name: each for name, each in said["figures"].items() if each["chapter"] == chapter}
        entry = site.chapter(chapter)
        if not rows or not entry:
            continue
        other = sorted(name for name, _ in made["inputs"].items() - said["inputs"].items())
        if listed := [*other, *(["barometer"] if made.get("code") != said["code"] else [])]:
            yield _text(words("manifest.kept", chapter=entry.title, files=words.number.list(listed)))
        yield _record([_figure(name, each, words) for name, each in rows.items()], entry.title)


def _figure(name: str, figure: Mapping[str, Any], words: Words) -> Block:
    label = words(f"page.{figure['type']}_number", number=figure["number"])
    return _item(
        _line(label, href=figure["page"]),
        figure["title"],
        _line(figure["file"], href=figure["file"]),
        _code(figure["sha256"]),
        words("manifest.made_from", files=words.number.list(figure["inputs"])),
        id=name,
    )


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _record(items: Iterator[Block] | Sequence[Block], title: str = "") -> Block:
    return {"type": "record", "title": title, "items": list(items)}


def _item(term: str | Block, *lines: str | Block, id: str = "") -> Block:
    term, *rest = (_line(each) if isinstance(each, str) else each for each in (term, *lines))
    return {"id": id, "term": term, "lines": rest}


def _line(text: str, *, href: str = "") -> Block:
    return {"text": text, "href": href}


def _code(text: str) -> Block:
    return {"text": text, "code": True}
