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
    strings, types = chunk(page, "strings").decode().split("\0"), data["types"]
    for number, model in enumerate(data["models"]):
        print("model", model["name"])
        for function in model["functions"]:
            print("function", function["name"], function["operations"], "operations")
            for name, kind, parent, begin, end, copies in zip(*[iter(function.get("groups", []))] * 6):
                print(" ", GROUPS[kind], ascii(strings[name])[1:-1], f"in {parent}, nodes {begin} to {end}" + (f", x{copies}" if copies > 1 else ""))
            results = iter(function.get("results", []))
            for op, name, count in zip(function.get("op", []), function.get("nodeNames", []), function.get("resultCounts", [])):
                its = [next(results) for _ in range(count)]
                what = data["ops"][op][0] if op >= 0 else "input" if op == -1 else "output"
                print("  node", what, ascii(strings[name])[1:-1], types[its[1]] if its else "")
            for node, change, other, details in function.get("marks", []):
                print("  mark", ("added", "removed", "changed")[change], ascii(strings[function["nodeNames"][node]])[1:-1], details)
            if "number" in function:
                print(chunk(page, f"{function['number']}-0").decode().replace("\0", "\n"))
        constants = model["constants"]
        for i, (name, type_, size, has_sample) in enumerate(zip(*(constants[key] for key in ("name", "type", "bytes", "hasSample")))):
            sample = json.loads(chunk(page, f"samples-{number}-{i // 256}"))[i % 256] if has_sample else None
            print("  constant", strings[name], types[type_], size, "bytes", *(["sample", sample] if has_sample else []))
    for report in data["reports"]:
        print("report", report["title"], report["measures"], report["rows"])


if __name__ == "__main__":
    main(sys.argv[1])
