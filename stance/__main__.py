"""`python -m stance` is the program `stance`, for where it is not on the path."""

from stance.cli import main

if __name__ == "__main__":
    main()
