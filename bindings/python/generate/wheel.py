"""Makes milc-VERSION-py3-none-PLATFORM.whl of a staged package: one wheel for every Python from 3.9 on.

Usage: wheel.py STAGED_FOLDER VERSION OUTPUT_FOLDER [--readme FILE] [--licence FILE]...

STAGED_FOLDER has `milc/` with libmil in it. The platform is computed from the symbol versions that the library needs: the lowest
manylinux_2_N whose glibc, libstdc++ and libgcc have them. Libraries that such a system may lack are put into the wheel next to libmil,
which finds them through $ORIGIN. The same input gives the same bytes.
"""

import argparse
import base64
import hashlib
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

#: Libraries that wheels may expect on the system (PEP 600 and the policies of auditwheel), without their versions.
ON_SYSTEM = {"libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "libstdc++.so", "libgcc_s.so", "libz.so", "ld-linux-x86-64.so", "ld-linux-aarch64.so"}

#: The newest symbol versions of libstdc++ and libgcc_s in the policy of each glibc, that is, in the distributions with this glibc.
POLICIES = [  # (glibc 2.N, GLIBCXX_3.4.N, CXXABI_1.3.N, GCC_N)
    (17, 19, 7, 4), (24, 22, 10, 4), (26, 24, 11, 4), (27, 24, 11, 7), (28, 24, 11, 7), (31, 28, 12, 7), (34, 29, 13, 11), (35, 30, 13, 12),
    (36, 30, 13, 12), (38, 31, 14, 12), (39, 33, 15, 14), (41, 33, 15, 14),
]


def needed(library):
    """The libraries that an ELF file requires, and its symbol versions."""
    dynamic = subprocess.run(["readelf", "-dVW", str(library)], check=True, capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.*?)\]", dynamic), set(re.findall(r"Name: (\w+_[\d.]+)", dynamic.split("Version needs section")[-1]))


def located(library):
    """Where the loader finds the libraries that an ELF file requires."""
    listed = subprocess.run(["ldd", str(library)], check=True, capture_output=True, text=True).stdout
    return dict(re.findall(r"(\S+) => (/\S+)", listed))


def is_on_system(name):
    return re.sub(r"(\.so).*", r"\1", name) in ON_SYSTEM


def bundle(folder):
    """Copies the libraries that a system may lack, and those that they need, next to libmil."""
    pending = [path for path in folder.rglob("lib*.so*") if path.is_file()]
    while pending:
        library = pending.pop()
        places = located(library)
        for name in needed(library)[0]:
            target = library.parent / name
            if is_on_system(name) or target.exists():
                continue
            if name not in places:
                sys.exit(f"wheel.py: {library.name} needs {name}, which is not found")
            target.write_bytes(pathlib.Path(places[name]).read_bytes())
            pending.append(target)


def newest(versions, prefix):
    numbers = [int(each[len(prefix):].split(".")[0]) for each in versions if each.startswith(prefix)]
    return max(numbers, default=0)


def manylinux(folder):
    """The platform tag of the libraries of a folder."""
    libraries = sorted(path for path in folder.rglob("*.so*") if path.is_file())
    asked, versions = set(), set()
    for path in libraries:
        names, found = needed(path)
        asked |= set(names)
        versions |= found
    bundled = {path.name for path in libraries}
    foreign = {name for name in asked if name not in bundled and not is_on_system(name)}
    if foreign:
        sys.exit(f"wheel.py: the library needs {', '.join(sorted(foreign))}, which must be included in the wheel")
    wants = [newest(versions, prefix) for prefix in ("GLIBC_2.", "GLIBCXX_3.4.", "CXXABI_1.3.", "GCC_")]
    for policy in POLICIES:
        if all(want <= has for want, has in zip(wants, policy)):
            return f"manylinux_2_{policy[0]}_{platform.machine()}"
    sys.exit(f"wheel.py: no policy has glibc 2.{wants[0]}, GLIBCXX_3.4.{wants[1]}, CXXABI_1.3.{wants[2]}, GCC_{wants[3]}")


def tag(folder):
    if sys.platform == "darwin":
        release = platform.mac_ver()[0].split(".")
        return f"macosx_{release[0]}_0_{platform.machine()}"
    return manylinux(folder)


def digest(data):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("staged", type=pathlib.Path)
    arguments.add_argument("version")
    arguments.add_argument("output", type=pathlib.Path)
    arguments.add_argument("--readme", type=pathlib.Path)
    arguments.add_argument("--licence", type=pathlib.Path, action="append", default=[])
    given = arguments.parse_args()
    if sys.platform != "darwin":
        bundle(given.staged)
    name = f"milc-{given.version}"
    platform_tag = tag(given.staged)
    licences = "".join(f"License-File: {path.name}\n" for path in given.licence)
    metadata = f"""Metadata-Version: 2.1
Name: milc
Version: {given.version}
Summary: A compiler and optimizer for MIL, the language of Core ML's ML programs
Requires-Python: >=3.9
Requires-Dist: numpy
{licences}Description-Content-Type: text/markdown

""" + (given.readme.read_text(encoding="utf-8") if given.readme else "")
    wheel = f"Wheel-Version: 1.0\nGenerator: milc\nRoot-Is-Purelib: false\nTag: py3-none-{platform_tag}\n"
    files = {}
    for path in sorted(given.staged.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            files[path.relative_to(given.staged).as_posix()] = path.read_bytes()
    for path in given.licence:
        files[f"{name}.dist-info/licenses/{path.name}"] = path.read_bytes()
    files[f"{name}.dist-info/METADATA"] = metadata.encode()
    files[f"{name}.dist-info/WHEEL"] = wheel.encode()
    files[f"{name}.dist-info/top_level.txt"] = b"milc\n"
    record = f"{name}.dist-info/RECORD"
    files[record] = "".join([f"{path},{digest(data)},{len(data)}\n" for path, data in files.items()] + [f"{record},,\n"]).encode()
    given.output.mkdir(parents=True, exist_ok=True)
    for old in given.output.glob("milc-*.whl"):
        old.unlink()
    target = given.output / f"{name}-py3-none-{platform_tag}.whl"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if ".so" in path else 0o644) << 16
            archive.writestr(entry, data)
    print(target)


if __name__ == "__main__":
    main()
