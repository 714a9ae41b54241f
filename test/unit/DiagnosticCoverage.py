"""Fails when a diagnostic of a DiagnosticKinds.h is mentioned by no test, neither by its slug nor by its kind, or when no source reports it.

Usage: DiagnosticCoverage.py SOURCE_FOLDER
"""

import pathlib
import re
import sys

SOURCES = ("lib", "passes", "tools")


def words(folders):
    """Every identifier and slug of the files under some folders."""
    found = set()
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix in (".cpp", ".h", ".mil", ".test", ".def"):
                found.update(re.findall(r"[\w-]+", path.read_bytes().decode("utf-8", "replace")))
    return found


def main(root):
    definitions = "".join(path.read_text() for path in sorted(root.glob("include/mil/*/DiagnosticKinds.h")))
    kinds = re.findall(r'^MIL_DIAG\((\w+),\s*\w+,\s*"([^"]+)"', definitions, re.MULTILINE)
    tests = words([root / "test"])
    sources = words(root / folder for folder in SOURCES)

    failures = 0
    for kind, slug in kinds:
        if slug not in tests and kind not in tests:
            print(f"{slug}: no test mentions it")
            failures += 1
        if kind not in sources:
            print(f"{slug}: nothing reports it")
            failures += 1
    slugs = [slug for _, slug in kinds]
    for slug in sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        print(f"{slug}: defined twice")
        failures += 1
    print(f"{len(kinds)} diagnostics, {failures} complaints")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
