"""Compiles the models below a folder that also contains their compiled form, and compares; decompiles every compiled model and compiles it again:
recompile.py FOLDER SCRATCH

A model belongs to the compiled model that records its hash, or, in a folder of that pattern, input.mlmodel to expected*.mlmodelc. What must be
equal: text, weights, analytics, byte for byte; coremldata.bin but for the order of user-defined metadata; metadata.json as a structure. Of what
was decompiled the model file's hash and name, and the class name, aren't known. Weight files that are missing from both are not compared.
"""

import base64
import hashlib
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys

# Numbers of types in Model, and of fields.
PROGRAM, PIPELINE = 502, 202
DESCRIPTION_OF_MODEL, METADATA, USER_DEFINED = 2, 100, 100


def fields(message):
    """Number, whole bytes and payload (of a length-delimited one) of each field."""

    def varint(at):
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value, at

    at = 0
    while at < len(message):
        begin = at
        tag, at = varint(at)
        payload = None
        if tag & 7 == 0:
            _, at = varint(at)
        elif tag & 7 == 2:
            size, at = varint(at)
            payload = message[at : at + size]
            at += size
        else:
            at += {1: 8, 5: 4}[tag & 7]
        yield tag >> 3, message[begin:at], payload


def sorted_metadata(description):
    """A serialised description with its user-defined metadata sorted."""
    out = []
    for number, whole, payload in fields(description):
        if number == METADATA:
            parts = list(fields(payload))
            out += [raw for part, raw, _ in parts if part != USER_DEFINED] + sorted(raw for part, raw, _ in parts if part == USER_DEFINED)
        else:
            out.append(whole)
    return b"".join(out)


def without_order(coremldata):
    kind = struct.unpack_from("<I", coremldata)[0]
    body = 68 + struct.unpack_from("<Q", coremldata, 28)[0]
    head, rest = coremldata[:body], coremldata[body:]
    if kind not in (PROGRAM, PIPELINE):
        parts = (sorted_metadata(payload) if number == DESCRIPTION_OF_MODEL else whole for number, whole, payload in fields(rest))
        return head + b"".join(parts)
    size = struct.unpack_from("<Q", rest)[0]
    return head + sorted_metadata(rest[8 : 8 + size]) + rest[8 + size :]


def versions(compiled):
    text = next(compiled.rglob("model.mil")).read_bytes().decode()
    found = [re.search(rf'"{key}"\)?, (?:[^"]*\()?"([^"]*)"', text) for key in ("coremlc-version", "coremlc-component-MIL")]
    return "/".join(match.group(1) for match in found) if all(found) else "1/1"


def files(folder):
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def differences(ours, theirs, decompiled):
    mine, expected = files(ours), files(theirs)
    for name in sorted(set(mine) | set(expected)):
        if name not in mine or name not in expected:
            # A compiled model may have been stored in part.
            if name not in mine and not name.startswith("weights/"):
                yield f"{name} is missing"
            continue
        a, b = mine[name].read_bytes(), expected[name].read_bytes()
        if name.endswith("analytics/coremldata.bin"):
            equal = a == b or (decompiled and b"SpecificationDetails" in b)
        elif name.endswith("coremldata.bin"):
            equal = without_order(a) == without_order(b)
        elif name.endswith("metadata.json"):
            a, b = json.loads(a), json.loads(b)
            if decompiled:
                a[0]["generatedClassName"] = b[0]["generatedClassName"]
            equal = a == b
        else:
            equal = a == b.rstrip(b"\n") if name.endswith("model.mil") else a == b
        if not equal:
            yield f"{name} differs"


def run(*arguments):
    done = subprocess.run(["milc", *map(str, arguments)], capture_output=True, text=True)
    return done.stderr if done.returncode else None


def pairs(corpus, compiled):
    by_hash = {}
    for model in sorted(corpus.rglob("*.mlmodel")):
        if model.is_file():
            by_hash[base64.b64encode(hashlib.sha256(model.read_bytes()).digest())] = model
    for folder in compiled:
        analytics = folder / "analytics/coremldata.bin"
        bare = folder.parent / "input.mlmodel"
        if analytics.exists() and (match := re.search(rb"modelHash.{8}([A-Za-z0-9+/=]{44})", analytics.read_bytes(), re.DOTALL)):
            if model := by_hash.get(match.group(1)):
                package = next((parent for parent in model.parents if parent.suffix == ".mlpackage"), model)
                yield package, folder
        elif bare.exists() and folder.name.startswith("expected"):
            yield bare, folder


def main(corpus, scratch):
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    compiled = sorted(path for path in corpus.rglob("*.mlmodelc") if path.is_dir() and (path / "coremldata.bin").exists())
    failures = count = 0

    def check(what, ours, theirs, error, decompiled):
        nonlocal failures, count
        count += 1
        found = [error] if error else list(differences(ours, theirs, decompiled))
        failures += bool(found)
        for text in found:
            print(f"{what}: {text}")

    for source, folder in pairs(corpus, compiled):
        out = scratch / f"{count}.mlmodelc"
        error = run("compile", source, "-o", out, "--coremlc-version", versions(folder), "--best-effort")
        check(source, out, folder, error, False)
    paired = count
    for folder in compiled:
        package, out = scratch / f"{count}.mlpackage", scratch / f"{count}.mlmodelc"
        error = run("decompile", folder, "-o", package, "--allow-missing-weights") or run("verify", package, "--allow-missing-weights")
        error = error or run("compile", package, "-o", out, "--coremlc-version", versions(folder), "--best-effort")
        check(folder, out, folder, error, True)
    print(f"{paired} pairs, {count - paired} decompiled, {failures} failures")
    sys.exit(1 if failures or not count else 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
