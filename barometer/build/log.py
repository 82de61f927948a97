"""The log of changed numbers that a report carries along: changes.csv, the newest first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from barometer.changes import changes

LOG = "changes.csv"


def log_changes(earlier: Path, folder: Path, *, day: date) -> bool:
    """Write changes.csv of a report that is ready: what differs from the earlier one, above its own log.

    Parameters
    ----------
    earlier, folder
        The report that is published now, if any, and the one that is to take its place.
    day
        What the changes are dated with.

    Returns
    -------
    bool
        Whether there is a log; there is none while no published number ever changed.
    """
    compared = (earlier / "data/estimates.csv", earlier / "manifest.json", folder / "data/estimates.csv")
    old = (earlier / LOG).read_text("utf-8") if (earlier / LOG).exists() else ""
    found = changes(earlier, folder) if all(path.exists() for path in compared) else None
    if found is not None and len(found):
        dated = found.assign(date=day.isoformat())
        text = dated[["date", *found.columns]].to_csv(index=False, lineterminator="\n")
        old = text + old.partition("\n")[2]
    if old:
        (folder / LOG).write_text(old, encoding="utf-8")
    return bool(old)
