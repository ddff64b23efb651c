"""`python -m forefolio`."""

from forefolio.cli import main

if __name__ == "__main__":
    main()
