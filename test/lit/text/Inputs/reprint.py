"""Converts every model.mil below a folder to text again and compares the bytes: reprint.py FOLDER

Weight files are not looked for: many models come without theirs.
"""

import pathlib
import subprocess
import sys

failures = 0
files = sorted(pathlib.Path(sys.argv[1]).rglob("model.mil"))
for path in files:
    text = path.read_bytes()
    # Standard input has no folder, so blobs keep their places.
    run = subprocess.run(["milc", "convert", "-", "-o", "-"], input=text, capture_output=True)
    if run.returncode != 0 or run.stdout.rstrip(b"\n") != text.rstrip(b"\n"):
        print(f"{path}: status {run.returncode}\n{run.stderr.decode()}")
        failures += 1
print(f"{len(files)} files, {failures} failures")
sys.exit(1 if failures or not files else 0)
