"""Let `python -m barometer` do what `barometer` does."""

from barometer.cli import main

if __name__ == "__main__":
    main()
