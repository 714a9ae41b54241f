#!/usr/bin/env python3
"""depfiles.py PACKAGE COMPILED: runs each command that writes a model with --depfile, once as it is and once with a rule that can't be written
because make can't read the name of an input. In the first case the rule has the name of the output; in the second the command must fail and
leave nothing."""

import os
import shutil
import subprocess
import sys

package, compiled = sys.argv[1:]
commands = [
    ["convert", package, "-o", "model.mil"],
    ["opt", package, "--passes=dead_code_elimination", "-o", "model.mlpackage"],
    ["edit", package, "--author", "A", "-o", "model.mlmodel"],
    ["extract", package, "--function", "adapter_1", "-o", "model.mlpackage"],
    ["split", package, "--function", "adapter_1", "--parts", "2", "-o", "parts"],
    ["precision", package, "--max-trials", "2", "-o", "model.mlpackage"],
    ["merge", package, "-o", "model.mlpackage"],
    ["unify", package, "-o", "model.mlpackage", "--adapters", "adapters"],
    ["compress", package, "--preset", "4bit-palette", "-o", "model.mlpackage", "--report", "report.html"],
    ["compile", package, "-o", "model.mlmodelc", "--best-effort"],
    ["decompile", compiled, "-o", "model.mlpackage"],
]

failed = False
for command in commands:
    given, output = command[1], command[command.index("-o") + 1]
    for name in ("model", "a\nb"):
        shutil.rmtree("depfiles", ignore_errors=True)
        os.mkdir("depfiles")
        copied = "../" + name + os.path.splitext(given)[1]
        shutil.copytree(given, "depfiles/" + copied)
        result = subprocess.run(["milc", command[0], copied, *command[2:], "--depfile", "rule.d"], cwd="depfiles", capture_output=True, text=True)
        shutil.rmtree("depfiles/" + copied)
        found = sorted(os.listdir("depfiles"))
        if name == "model":
            right = result.returncode == 0 and output in found and open("depfiles/rule.d").read().startswith(output + ": ")
        else:
            right = result.returncode == 1 and "make can't represent the path" in result.stderr and not found
        if not right:
            failed = True
            print(f"milc {' '.join(command)} with input {name!r}: exit status {result.returncode}, found {found}\n{result.stderr}")
sys.exit(failed)
