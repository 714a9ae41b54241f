"""Fails unless each function that libmil exports is called with wrong arguments by a test.

Usage: bad_calls.py MAP TEST
"""

import pathlib
import re
import sys


def main(listed, test):
    exported = re.findall(r"^    (mil_\w+);", pathlib.Path(listed).read_text(), re.M)
    called = set(re.findall(r"\bmil_\w+", pathlib.Path(test).read_text()))
    missing = [name for name in exported if name not in called]
    for name in missing:
        print(f"no bad call of {name} in {test}")
    return not missing and len(exported) > 100


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
