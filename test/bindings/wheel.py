"""Makes the wheel, installs it by pip in new virtual environments without a network, and merges and runs with it.

Usage: wheel.py STAGED_FOLDER VERSION WHEEL_SCRIPT NOTICES_SCRIPT EXAMPLES PYTHON...

Ends with 77 (skipped) when no PYTHON has venv, pip and numpy, which is all that the wheel needs.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

USES = """
import pathlib, sys
import milc
import numpy as np
examples, environment = map(pathlib.Path, sys.argv[1:])
assert environment.resolve() in pathlib.Path(milc.__file__).resolve().parents, milc.__file__
milc.merge(examples / "lora/adapter_1.mil", examples / "lora/adapter_2.mil", output="merged.mlpackage")
model = milc.load("merged.mlpackage")
assert list(model.functions) == ["adapter_1", "adapter_2"], list(model.functions)
outputs = model.predict({"x": np.ones((1, 64), np.float16)}, function="adapter_2")
assert outputs["adapted_2"].shape == (1, 64), outputs
try:
    milc.load("nowhere.mlpackage")
    raise SystemExit("a model that isn't there was loaded")
except milc.Error as error:
    assert "nowhere.mlpackage" in str(error)
"""


def is_fit(python):
    has = subprocess.run([python, "-c", "import sys, venv, ensurepip, numpy; assert sys.version_info >= (3, 9)"], capture_output=True)
    return has.returncode == 0


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


def try_wheel(wheel, examples, python, folder):
    folder.mkdir()
    environment = folder / "environment"
    run(python, "-m", "venv", "--system-site-packages", environment)  # for numpy
    run(environment / "bin/python", "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--disable-pip-version-check", wheel)
    run(environment / "bin/python", "-I", "-c", USES, examples, environment, cwd=folder)
    run(environment / "bin/python", "-m", "pip", "uninstall", "-q", "-y", "milc")
    left = list(environment.rglob("*milc*"))
    assert not left, left


def check_licences(wheel):
    """The wheel contains the notices of all libraries whose code is in it, with the texts that this system has."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/licenses/THIRD-PARTY.txt"))
        notices = archive.read(name).decode()
    for library in ("ANTLR", "CLI11", "Eigen", "fmt", "Highway", "libjpeg", "libpng", "LLVM", "nlohmann", "Protocol Buffers", "zlib", "Zstandard"):
        assert library in notices, library
    if pathlib.Path("/usr/share/doc/libprotobuf-dev/copyright").exists():
        assert "Redistribution and use in source and binary forms" in notices


def main(staged, version, script, notices, examples, *pythons):
    fit = {}
    for python in filter(shutil.which, pythons):
        if is_fit(python):
            real = subprocess.run([python, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=True).stdout
            fit.setdefault(real, python)
    if not fit:
        print("no Python with venv, pip and numpy")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copytree(staged, folder / "staged", ignore=shutil.ignore_patterns("__pycache__"))
        run(sys.executable, notices, folder / "THIRD-PARTY.txt")
        run(sys.executable, script, folder / "staged", version, folder / "dist", "--licence", folder / "THIRD-PARTY.txt")
        (wheel,) = (folder / "dist").glob("*.whl")
        check_licences(wheel)
        for number, python in enumerate(fit.values()):
            try_wheel(wheel, examples, python, folder / str(number))
            print(f"{wheel.name} works with {python}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
