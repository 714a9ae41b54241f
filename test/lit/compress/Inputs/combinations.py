#!/usr/bin/env python3
"""Compresses the weights of models twice and three times, and checks what comes of it: it is valid, computes what its weights compute once they are
decompressed, is as sparse as pruning made it, and isn't far from the model. What can't be combined has to be an error that writes nothing.

Usage: combinations.py PAIRS EVERY MODEL...

PAIRS: of the pairs of steps, every how manieth to try with a model; 1 for all. EVERY: of the cases that this makes, every how manieth to try.
"""

import json
import os
import shutil
import subprocess
import sys

QUANTIZE, PALETTIZE, PRUNE = "OpLinearQuantizerConfig", "OpPalettizerConfig", "OpMagnitudePrunerConfig"
STEPS = {
    "pruned": (PRUNE, {"target_sparsity": 0.5}),
    "pruned 2:4": (PRUNE, {"n_m_ratio": [2, 4]}),
    "pruned pairs": (PRUNE, {"target_sparsity": 0.5, "block_size": 2}),
    "int8": (QUANTIZE, {}),
    "uint8 per tensor": (QUANTIZE, {"dtype": "uint8", "mode": "linear", "granularity": "per_tensor"}),
    "int4 blocks": (QUANTIZE, {"dtype": "int4", "granularity": "per_block", "block_size": 4}),
    "uint4": (QUANTIZE, {"dtype": "uint4", "mode": "linear"}),
    "4 bit": (PALETTIZE, {"nbits": 4}),
    "4 bit groups": (PALETTIZE, {"nbits": 4, "granularity": "per_grouped_channel", "group_size": 4}),
    "4 bit scaled": (PALETTIZE, {"nbits": 4, "enable_per_channel_scale": True}),
    "4 bit vectors": (PALETTIZE, {"nbits": 4, "cluster_dim": 2}),
    "3 bit uniform": (PALETTIZE, {"nbits": 3, "mode": "uniform"}),
    "2 bit": (PALETTIZE, {"nbits": 2}),
}
LEAST = {QUANTIZE: 20, PALETTIZE: 8, PRUNE: 3}  # decibels of the signal that a step leaves


def run(*arguments):
    return subprocess.run(["milc", *arguments], capture_output=True, text=True)


def prunes(step):
    return STEPS[step][0] == PRUNE


def fits(steps, target):
    """Whether the steps can follow one another. From iOS26 on, scales are applied behind tables, which pruning doesn't look through."""
    first, second = steps[:2]
    if target == "ios26" and prunes(steps[-1]) and (len(steps) == 3 or first == "4 bit scaled"):
        return False
    kinds = STEPS[first][0], STEPS[second][0]
    if kinds[0] == kinds[1]:
        return False
    if kinds == (PRUNE, PALETTIZE):
        return second != "4 bit vectors" or first == "pruned pairs"
    if kinds == (QUANTIZE, PALETTIZE) and first == "int4 blocks":  # a table for each block is too much
        return second == "4 bit vectors" if target == "ios18" else not second.startswith("4 bit") or second == "4 bit vectors"
    if kinds == (QUANTIZE, PALETTIZE) and first == "uint4":  # as many bits, or tables for each channel
        return second in ("4 bit vectors", "2 bit") or (target == "ios26" and second == "3 bit uniform")
    if kinds == (PALETTIZE, QUANTIZE):
        return first not in ("2 bit", "3 bit uniform")  # whose tables are small
    if kinds == (PALETTIZE, PRUNE):
        return first != "4 bit vectors"
    return True


def problem(model, steps, target):
    """What is wrong; None for nothing."""
    arguments = [argument for step in steps for argument in ("--config", step.replace(" ", "_").replace(":", "_") + ".json")]
    shutil.rmtree("out.mlpackage", ignore_errors=True)
    done = run("compress", model, *arguments, "--target", target, "-o", "out.mlpackage", "--json")
    if not fits(steps, target):
        refused = done.returncode == 1 and "[nothing-again]" in done.stderr and not os.path.exists("out.mlpackage")
        return None if refused else "must be refused: " + (done.stderr or done.stdout)
    if done.returncode or done.stderr:
        return done.stderr
    for weight in json.loads(done.stdout)["weights"]:
        if weight["scheme"].count(", then ") != len(steps) - 1:
            return f"{weight['name']}: {weight['scheme']}: {weight['left']}"
        if weight["bytesAfter"] >= weight["bytesBefore"]:
            return f"{weight['name']}: {weight['bytesAfter']} bytes"
        if weight["error"]["snr"] < min(LEAST[STEPS[step][0]] for step in steps):
            return f"{weight['name']}: {weight['error']['snr']} dB"
    checked = run("verify", "--strict", "out.mlpackage")
    if checked.returncode:
        return checked.stderr
    shutil.rmtree("dense.mlpackage", ignore_errors=True)
    run("opt", "out.mlpackage", "--passes=decompress_weights", "-o", "dense.mlpackage")
    for function in functions(model):
        compared = run("compare", "out.mlpackage", "dense.mlpackage", "--tolerance", "0", "--seed", "5", *function)
        if compared.returncode:
            return compared.stdout + compared.stderr
    weights = [w for w in json.loads(run("info", "out.mlpackage", "--weights", "--json").stdout) if w["elements"] >= 64]
    if any(prunes(step) for step in steps) and any(w["zeros"] < 0.49 * w["elements"] for w in weights):
        return "not sparse"
    return None


def functions(model):
    names = [function["name"] for function in json.loads(run("info", model, "--json").stdout).get("functions", [])]
    return [["--function", name] for name in names] if len(names) > 1 else [[]]


for name, (kind, entry) in STEPS.items():
    with open(name.replace(" ", "_").replace(":", "_") + ".json", "w") as file:
        json.dump({"config_type": kind, "global_config": dict(entry, weight_threshold=9)}, file)
pairs = [(a, b) for a in STEPS for b in STEPS]
threes = [("pruned", "4 bit", "int8"), ("4 bit", "int8", "pruned"), ("4 bit groups", "pruned", "int8"), ("int8", "4 bit", "pruned"),
          ("uint8 per tensor", "4 bit groups", "pruned"), ("uint4", "2 bit", "pruned 2:4"), ("pruned pairs", "4 bit vectors", "int8")]
pairs_step, every = int(sys.argv[1]), int(sys.argv[2])
cases = [(model, target, steps) for number, model in enumerate(sys.argv[3:]) for target in ("ios18", "ios26")
         for steps in pairs[number % pairs_step::pairs_step] + threes]
failed = 0
for model, target, steps in cases[::every]:
    if why := problem(model, steps, target):
        failed += 1
        print(f"{model}: {', then '.join(steps)}, {target}: {why}")
print(f"{failed} failed")
