"""The way into the command line: a report that is up to date is known before anything is imported for it."""

from __future__ import annotations

import sys

from barometer.build.stamp import answer


def main() -> None:
    """Answer at once where nothing changed, else run the command line."""
    if said := answer(sys.argv[1:]):
        print(said)
        return
    from barometer.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
