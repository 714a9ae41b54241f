"""Fails when a diagnostic of Diagnostics.def is mentioned by no test, neither by its slug nor by its kind, or when no source reports it.

Usage: DiagnosticCoverage.py SOURCE_FOLDER
"""

import pathlib
import re
import sys

SOURCES = ("lib", "passes", "tools")


def texts(folder):
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.read_bytes().decode("utf-8", "replace")


def main(root):
    definitions = (root / "include/mil/Support/Diagnostics.def").read_text()
    kinds = re.findall(r'^DIAG\((\w+),\s*\w+,\s*"([^"]+)"', definitions, re.MULTILINE)
    tests = "\n".join(texts(root / "test"))
    sources = "\n".join(text for folder in SOURCES for text in texts(root / folder))

    def mentioned(word, text):
        return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)

    failures = 0
    for kind, slug in kinds:
        if not mentioned(slug, tests) and not re.search(rf"\bdiag::{kind}\b|\bDiag(?:Kind|ID)?::{kind}\b", tests):
            print(f"{slug}: no test mentions it")
            failures += 1
        if not re.search(rf"\b{kind}\b", sources):
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
