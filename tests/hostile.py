"""Damaged survey files, and a process that reads them one after the other and tells what became of each.

``python -m tests.hostile KIND FIRST LAST FOLDER`` prints a line before and after each case, so that whoever
started it knows which file ended it.
"""

from __future__ import annotations

import random
import sys
import time
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyreadstat

KINDS = (".sav", ".zsav", ".dta", ".parquet", ".csv", ".xlsx")
ROWS = 60
MEMORY = 4_000_000_000


def whole(kind: str, folder: Path) -> bytes:
    """Return a good survey file with labels, in the manner of the waves but small."""
    path = folder / f"whole{kind}"
    numbers = np.arange(ROWS)
    frame = pd.DataFrame(
        {
            "arbnr": numbers,
            "vaegt": 1 + numbers / 7,
            "sektor": (numbers % 3 + 1).astype(float),
            "tekst": [f"æøå {n}" for n in numbers],
        }
    )
    labels = {"variable_value_labels": {"sektor": {1: "Stat", 2: "Region", 3: "Kommune"}}}
    about = {"column_labels": ["Nummer", "Vægt", "Sektor", "Tekst"], **labels}
    match kind:
        case ".sav" | ".zsav":
            pyreadstat.write_sav(frame, str(path), compress=kind == ".zsav", **about)
        case ".dta":
            pyreadstat.write_dta(frame, str(path), **about)
        case ".parquet":
            frame.to_parquet(path)
        case ".csv":
            frame.to_csv(path, sep=";", decimal=",", index=False)
        case ".xlsx":
            frame.to_excel(path, index=False)
    return path.read_bytes()


def damaged(content: bytes, case: int) -> bytes:
    """Return the bytes cut off, with bits flipped, bytes overwritten, or a piece copied elsewhere."""
    chance = random.Random(case)  # noqa: S311 (no secret)
    data, way = bytearray(content), chance.random()
    if way < 0.2:
        return bytes(data[: chance.randrange(len(data))])
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        place = chance.randrange(len(data))
        if way < 0.7:
            data[place] ^= 1 << chance.randrange(8)
        elif way < 0.85:
            length = chance.choice([1, 2, 4, 8])
            data[place : place + length] = bytes([chance.choice([0, 127, 128, 255])]) * length
        else:
            other = chance.randrange(len(data))
            data[place : place + 20] = data[other : other + chance.randrange(60)]
    return bytes(data)


def main(kind: str, first: int, last: int, folder: Path) -> None:
    """Read damaged files; print ``case N`` before each, and its outcome and seconds after it."""
    from barometer.errors import ReportError
    from barometer.onboard import source

    content = whole(kind, folder)
    for case in range(first, last):
        path = folder / f"case-{case}{kind}"
        path.write_bytes(damaged(content, case))
        print(f"case {case}", flush=True)
        start = time.monotonic()
        try:
            with patch.object(source, "check_readable"):
                source.read_source(path)
            outcome = "read"
        except ReportError as error:
            outcome = "refused" if "\n" in str(error) else "no reason"
        except BaseException as error:
            outcome = f"{type(error).__name__}: {error}"
        print(f"{outcome.splitlines()[0]}\t{time.monotonic() - start:.1f}", flush=True)
        path.unlink()


if __name__ == "__main__":
    import resource

    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
