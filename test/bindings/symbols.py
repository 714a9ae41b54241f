"""Fails unless libmil exports exactly the functions that its list contains and the headers declare.

Usage: symbols.py LIBRARY MAP HEADER_FOLDER
"""

import pathlib
import re
import subprocess
import sys


def main(library, listed, headers):
    flags = ["-gU"] if sys.platform == "darwin" else ["-D", "--defined-only"]
    output = subprocess.run(["nm", *flags, library], check=True, capture_output=True, text=True).stdout
    exported = {line.split()[-1].split("@")[0].lstrip("_") for line in output.splitlines() if line.split()[-2] != "A"}
    listed = set(re.findall(r"^    (mil_\w+);", pathlib.Path(listed).read_text(), re.M))
    text = "".join(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S) for path in pathlib.Path(headers).glob("*.h"))
    declared = set(re.findall(r"MIL_API [\w\s*]*?\b(mil_\w+)\(", text))
    for name, one, other in (("exported, not listed", exported, listed), ("listed, not exported", listed, exported),
                             ("declared, not listed", declared, listed), ("listed, not declared", listed, declared)):
        for symbol in sorted(one - other):
            print(f"{name}: {symbol}")
    return exported == listed == declared and len(listed) > 100


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
