"""`python -m lingen` is the command `lingen`."""

from lingen.scripts.main import run

if __name__ == "__main__":
    run()
