"""Writes the notices of the libraries whose code is in milc's binaries and packages: their names and licences.

Usage: notices.py OUTPUT [--docs FOLDER]

FOLDER has the copyright files of Debian's packages (/usr/share/doc); where one isn't there, as on other systems, the name of the licence and the
address of the library have to do. The libraries of the page of `milc view` are named in its about box, with their licences.
"""

import argparse
import pathlib

#: Name, licence (SPDX), address, packages of Debian of which the first there has the text.
LIBRARIES = [
    ("ANTLR 4 C++ runtime", "BSD-3-Clause", "https://www.antlr.org", ("libantlr4-runtime-dev",)),
    ("CLI11", "BSD-3-Clause", "https://github.com/CLIUtils/CLI11", ("libcli11-dev",)),
    ("Eigen", "MPL-2.0", "https://eigen.tuxfamily.org", ("libeigen3-dev",)),
    ("fmt", "MIT", "https://fmt.dev", ("libfmt-dev",)),
    ("GCC runtime libraries", "GPL-3.0-or-later WITH GCC-exception-3.1", "https://gcc.gnu.org", ("gcc-12-base", "gcc-14-base", "libstdc++6")),
    ("Highway", "Apache-2.0", "https://github.com/google/highway", ("libhwy-dev",)),
    ("libjpeg-turbo", "IJG AND BSD-3-Clause AND Zlib", "https://libjpeg-turbo.org", ("libjpeg62-turbo-dev",)),
    ("libpng", "libpng-2.0", "http://www.libpng.org", ("libpng-dev",)),
    ("LLVM Support and ADT", "Apache-2.0 WITH LLVM-exception", "https://llvm.org", ("llvm-19-dev",)),
    ("nlohmann/json", "MIT", "https://json.nlohmann.me", ("nlohmann-json3-dev",)),
    ("Protocol Buffers", "BSD-3-Clause", "https://protobuf.dev", ("libprotobuf-dev",)),
    ("zlib", "Zlib", "https://zlib.net", ("zlib1g-dev",)),
    ("Zstandard", "BSD-3-Clause OR GPL-2.0-only", "https://facebook.github.io/zstd", ("libzstd-dev",)),
]


def notices(docs):
    parts = ["milc is built with these libraries. Some are linked into its binaries, others lie beside them in archives and wheels.\n"]
    for name, licence, address, packages in LIBRARIES:
        parts.append(f"{'=' * 80}\n{name}\n{licence}\n{address}\n")
        text = next((docs / each / "copyright" for each in packages if (docs / each / "copyright").is_file()), None)
        if text:
            parts.append(text.read_text(encoding="utf-8", errors="replace").strip() + "\n")
    return "\n".join(parts)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("output", type=pathlib.Path)
    arguments.add_argument("--docs", type=pathlib.Path, default=pathlib.Path("/usr/share/doc"))
    given = arguments.parse_args()
    given.output.write_text(notices(given.docs), encoding="utf-8")


if __name__ == "__main__":
    main()
