#!/usr/bin/env python3
"""What milc writes with exit status 0 it accepts, and reads back equal: every_text.py MILC FOLDER WORK.

Takes every .mil file below FOLDER that `milc verify --strict` accepts, writes it in each form and by the commands that rewrite models, and holds
the outputs to that.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

milc, folder, work = sys.argv[1:]


def run(*arguments):
    return subprocess.run([milc, *arguments], capture_output=True, text=True, timeout=120)


def text(path):
    return run("convert", path, "-o", "-").stdout


def faults(number, path):
    """What is wrong with the outputs for one text; None when it isn't one to try."""
    if run("verify", "--strict", path).returncode:
        return None
    found = []
    here = f"{work}/{number}"
    os.makedirs(here)
    wanted = text(path)
    commands = {f"convert to {form}": (["convert", path], f"{here}/a.{form}", True) for form in ("mlpackage", "mlmodel", "mil", "mlmodelc")}
    commands["merge"] = (["merge", f"m={path}"], f"{here}/merged.mlpackage", False)
    commands["opt"] = (["opt", path, "--pipeline=default"], f"{here}/opt.mlpackage", False)
    commands["split"] = (["split", path, "--parts", "2"], f"{here}/parts", False)
    for name, (command, output, same) in commands.items():
        result = run(*command, "-o", output)
        if result.returncode not in (0, 1):
            found.append(f"{path}: {name}: exit status {result.returncode}\n{result.stderr}")
        if result.returncode:
            continue
        outputs = [str(part) for part in pathlib.Path(output).glob("*.mlpackage")] if name == "split" else [output]
        for each in outputs:
            verified = run("verify", "--strict", each)
            if verified.returncode:
                found.append(f"{path}: {name}: what was written does not verify\n{verified.stderr}")
            if run("diff", each, each).returncode:
                found.append(f"{path}: {name}: what was written differs from itself")
        # A message doesn't say in which spelling its text was; compiled models gain the compiler's keys, packages lose them.
        if same and output.endswith(".mil") and text(output) != wanted:
            found.append(f"{path}: {name}: reads back as another text")
        if same and "coremlc-" not in wanted and not output.endswith(".mlmodelc") and run("diff", path, output).returncode:
            found.append(f"{path}: {name}: reads back as another model")
    return found


def main():
    texts = sorted(str(path) for path in pathlib.Path(folder).rglob("*.mil"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda job: faults(*job), enumerate(texts)))
    tried = [result for result in results if result is not None]
    found = [fault for result in tried for fault in result]
    print(f"{len(tried)} of {len(texts)} texts")
    if len(tried) < 20:
        sys.exit("hardly any text verifies: this test tests nothing")
    if found:
        sys.exit("\n".join(found[:30]))


if __name__ == "__main__":
    main()
