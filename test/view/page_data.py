"""Prints what a page of `milc view` holds: the JSON of its data, one model's nodes and groups in words.

Usage: page_data.py PAGE.html
"""

import base64
import json
import re
import sys
import zlib

GROUPS = ("function", "scope", "repeat", "copy", "part", "call", "block")


def chunk(page, name):
    form, text = re.search(r'id="(zlib|raw)-%s">([^<]*)<' % name, page).groups()
    data = base64.b64decode(text)
    return zlib.decompress(data) if form == "zlib" else data


def main(path):
    page = open(path, encoding="utf-8").read()
    data = json.loads(chunk(page, "data"))
    strings, types = data["strings"], data["types"]
    for model in data["models"]:
        print("model", model["name"])
        for function in model["functions"]:
            print("function", function["name"], function["operations"], "operations")
            for name, kind, parent, begin, end, copies in function.get("groups", []):
                print(" ", GROUPS[kind], ascii(strings[name])[1:-1], f"in {parent}, nodes {begin} to {end}" + (f", x{copies}" if copies > 1 else ""))
            for op, name, results in zip(function.get("op", []), function.get("nodeNames", []), function.get("results", [])):
                what = data["ops"][op][0] if op >= 0 else "input" if op == -1 else "output"
                print("  node", what, ascii(strings[name])[1:-1], types[results[1]] if results else "")
            for node, change, other, details in function.get("marks", []):
                print("  mark", ("added", "removed", "changed")[change], ascii(strings[function["nodeNames"][node]])[1:-1], details)
            if "number" in function:
                print(chunk(page, f"{function['number']}-0").decode().replace("\0", "\n"))
        for name, type_, size, records, scheme, text, *sample in model["constants"]:
            print("  constant", strings[name], types[type_], size, "bytes", *(["sample", sample[0]] if sample else []))
    for report in data["reports"]:
        print("report", report["title"], report["measures"], report["rows"])


if __name__ == "__main__":
    main(sys.argv[1])
