"""Makes milc/_prototypes.py from the headers of the C interface: constants, structs, callbacks and functions for ctypes.

The types of functions are expressions that `signature` evaluates: a process only calls a few functions, and making the types of all of them
takes longer than the rest of the import.

Usage: prototypes.py INCLUDE_FOLDER OUTPUT

The headers are written in a plain style (one declaration per statement, one member per line), so that no C parser is needed; anything that
can't be read is an error.
"""

import pathlib
import re
import sys

SCALARS = {
    "void": "None", "int32_t": "c_int32", "uint32_t": "c_uint32", "int64_t": "c_int64", "uint64_t": "c_uint64", "size_t": "c_size_t",
    "bool": "c_bool", "double": "c_double", "uint8_t": "c_uint8", "float": "c_float",
}


class Headers:
    def __init__(self, text):
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        self.defines = re.findall(r"^#define (MIL_\w+) \(?(-?\d+)\)?$", text, re.M)
        text = re.sub(r"^\s*#(?:[^\n\\]|\\.|\\\n)*", "", text, flags=re.M)
        self.enums, self.structs, self.callbacks = {}, {}, {}
        for body, name in re.findall(r"typedef enum \w+ MIL_ENUM \{(.*?)\} (\w+);", text, re.S):
            self.enums[name] = re.findall(r"(\w+) = (-?\d+)", body)
        for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, re.S):
            self.structs[name] = [member.strip() for member in body.split(";") if member.strip()]
        for result, name, parameters in re.findall(r"typedef (\w+) \(\*(\w+)\)\((.*?)\);", text, re.S):
            self.callbacks[name] = (result, parameters)
        self.functions = re.findall(r"MIL_API ([\w\s*]+?)(mil_\w+)\((.*?)\);", text, re.S)

    def ctype(self, text):
        """The ctypes expression for a C type: "const char *", "mil_value *const *", "int32_t"."""
        text = " ".join(text.replace("const", " ").replace("*", " * ").split())
        stars = text.count("*")
        base = text.replace("*", "").replace("struct ", "").strip()
        if base in self.enums:
            base = "int32_t"
        if base == "char" and stars:
            base, stars = "c_char_p", stars - 1
        elif base == "void" and stars:
            base, stars = "c_void_p", stars - 1
        elif base in SCALARS:
            base = SCALARS[base]
        elif base not in self.structs and base not in self.callbacks:
            if not stars or not base.startswith("mil_"):
                raise SystemExit(f"prototypes.py: unknown type '{text}'")
            base, stars = "c_void_p", stars - 1  # a handle
        for _ in range(stars):
            base = f"POINTER({base})"
        return base

    def parameters(self, text):
        """(name, ctypes expression) of each parameter."""
        if text.strip() == "void":
            return []
        return [(re.search(r"(\w+)$", each.strip()).group(1), self.ctype(re.sub(r"\w+$", "", each.strip()))) for each in text.split(",")]


def write(headers, out):
    print('"""Made from the headers of the C interface by generate/prototypes.py."""\n', file=out)
    print("from __future__ import annotations\n", file=out)
    print("from ctypes import (CFUNCTYPE, POINTER, Structure, c_bool, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint8,", file=out)
    print("                    c_uint32, c_uint64, c_void_p)\n", file=out)
    print("TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Any\n", file=out)
    for name, value in headers.defines + [pair for values in headers.enums.values() for pair in values]:
        print(f"{name} = {value}", file=out)
    for name, (result, parameters) in headers.callbacks.items():
        types = [ctype for _, ctype in headers.parameters(parameters)]
        print(f"\n{name} = CFUNCTYPE({', '.join([headers.ctype(result)] + types)})", file=out)
    for name, members in headers.structs.items():
        print(f"\n\nclass {name}(Structure):", file=out)
        print("    _fields_ = [", file=out)
        for member in members:
            field = re.search(r"(\w+)$", member).group(1)
            print(f'        ("{field}", {headers.ctype(re.sub(r"[A-Za-z0-9_]+$", "", member))}),', file=out)
        print("    ]", file=out)
    print("\n\nFUNCTIONS = {", file=out)
    for result, name, parameters in headers.functions:
        types = ", ".join(ctype for _, ctype in headers.parameters(parameters))
        print(f'    "{name}": "{headers.ctype(result)}, [{types}]",', file=out)
    print("}\n\n", file=out)
    print("def signature(name: str) -> Any:", file=out)
    print('    """The type of a function\'s result and the types of its parameters."""', file=out)
    print("    return eval(FUNCTIONS[name], globals())", file=out)


def main(folder, output):
    order = ["core.h", "types.h", "program.h", "model.h", "tools.h", "run.h", "build.h"]
    found = {path.name: path for path in pathlib.Path(folder).glob("*.h")}
    text = "\n".join(found[name].read_text() for name in order if name in found)
    missing = set(found) - set(order) - {"mil.h"}
    if missing:
        raise SystemExit(f"prototypes.py: {sorted(missing)} are missing in the order of headers")
    with open(output, "w") as out:
        write(Headers(text), out)


if __name__ == "__main__":
    main(*sys.argv[1:])
