"""How long a wave of a million answers takes to load and to validate, and how much memory.

Run from the project's folder: ``.venv/bin/python benchmarks/large_wave.py [ROWS]``. The newest wave is
repeated until it has so many rows, each with an id of its own, in strata that are larger by as much.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from barometer.documents import read_yaml
from barometer.estimate import proportions
from barometer.harmonise import read_file
from barometer.instrument import load_instrument
from barometer.validate import validate
from barometer.waves import list_waves, load_wave

ROWS = 1_000_000
BLOCK = 100_000


def enlarge(source: Path, target: Path, rows: int) -> None:
    """Write a wave with so many rows, block by block, so that making it needs little memory."""
    document = read_yaml(source / "wave.yaml")
    answers = read_file(source / document["file"])
    design, factor = document["design"], rows / len(answers)
    document |= {"file": "responses.parquet", "responses": rows}
    for key in ("population", "sample", "response_rate", "breaks"):
        del document[key]
    target.mkdir()
    (target / "wave.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    writer: Any = None
    for start in range(0, rows, BLOCK):
        at = np.arange(start, min(start + BLOCK, rows))
        block = answers.iloc[at % len(answers)].assign(**{design["unit"]: at})
        for name in (design["population"], design["sample"]):
            block[name] = np.ceil(block[name] * (factor + 1))
        table = pa.Table.from_pandas(block, preserve_index=False)
        writer = writer or pq.ParquetWriter(target / document["file"], table.schema)
        writer.write_table(table)
    writer.close()


def stage(name: str, started: float) -> float:
    """Print the seconds since the last stage and the peak of memory so far; return the time."""
    now = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<32}{now - started:8.1f} s   peak {peak:8.0f} MB")
    return now


def main() -> None:
    """Make the wave, load it, validate it and estimate one question of it by sector."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    instrument = load_instrument(Path("data/instrument.yaml"))
    newest = list_waves(Path("data/waves"))[-1]
    with tempfile.TemporaryDirectory() as folder:
        clock = time.perf_counter()
        enlarge(Path("data/waves") / newest, Path(folder) / newest, rows)
        clock = stage(f"make {rows:,} rows", clock)
        wave = load_wave(newest, folder=Path(folder), instrument=instrument)
        clock = stage("load", clock)
        proportions(wave, "partners", by="sector")
        clock = stage("estimate partners by sector", clock)
        del wave
        (found,) = validate([newest], folder=Path(folder), instrument=instrument)
        stage("load and validate", clock)
        print(f"{len(found.errors)} errors, {len(found.warnings)} warnings")
        for each in (*found.errors, *found.warnings):
            print(f"  {each}")


if __name__ == "__main__":
    main()
