"""`python -m ewarn`."""

from ewarn.cli import main

if __name__ == "__main__":
    main()
