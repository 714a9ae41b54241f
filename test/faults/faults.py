#!/usr/bin/env python3
"""Checks the guarantee for outputs of milc: whole or not at all, for every failure.

Usage: faults.py MILC FAULT_LIBRARY [--filter TEXT] [--every N]

Each scenario is a command that writes, in a folder where an older output may be. It is run once to count its system calls, then for each of
them with that call failing, with the process killed before it, and with a signal before it that asks it to end. Then must hold:

  failed, exit status 1   the folder is as it was before: nothing changed, nothing left
  failed, exit status 0   the folder is as after a run without a fault
  ended by a signal       the folder is as it was before, or as after a run without a fault; the process died of that signal
  killed                  each model there is whole, the old one or the new one; and the same command once more, without a fault, gives the
                          folder that it would have given, with nothing left

--every N tries each N-th call only.
"""

import argparse
import errno
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "lit"))
from weight_file import WeightFile  # noqa: E402

FAULTS = [errno.EIO, errno.ENOSPC]
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGXCPU, signal.SIGALRM, signal.SIGUSR1]


def text(weights, seed):
    return f"""program(1.3)
[buildInfo = dict<string, string>({{{{"seed", "{seed}"}}}})]
{{
    func main<ios18>(tensor<fp16, [32]> x) {{
            tensor<fp16, [32]> w = const()[name = string("w"), val = tensor<fp16, [32]>(BLOBFILE(path = string("@model_path/{weights}"), offset = uint64(64)))];
            tensor<fp16, [32]> v = const()[name = string("v"), val = tensor<fp16, [32]>(BLOBFILE(path = string("@model_path/{weights}"), offset = uint64(192)))];
            tensor<fp16, [32]> a = add(x = x, y = w)[name = string("a")];
            tensor<fp16, [32]> y = add(x = a, y = v)[name = string("y")];
        }} -> (y);
}}
"""


def make_model(folder, name, seed):
    """A text NAME.mil with weights of its own; another seed doubles the size, so that a mixture of two outputs cannot be read."""
    with WeightFile(f"{folder}/weights/{name}.bin") as weights:
        weights.add("fp16", 32, seed)
        weights.add("fp16", 32, seed + 1)
    with open(f"{folder}/{name}.mil", "w") as out:
        out.write(text(f"weights/{name}.bin", seed))


def make_wide_model(folder, name, seed):
    """A text wide_NAME.mil with a weight that is large enough to be compressed."""
    with WeightFile(f"{folder}/weights/wide_{name}.bin") as weights:
        weights.add("fp16", 4096, seed)
    with open(f"{folder}/wide_{name}.mil", "w") as out:
        out.write(f"""program(1.3)
{{
    func main<ios18>(tensor<fp16, [1, 64]> x) {{
            tensor<fp16, [64, 64]> w = const()[name = string("w"), val = tensor<fp16, [64, 64]>(BLOBFILE(path = string("@model_path/weights/wide_{name}.bin"), offset = uint64(64)))];
            tensor<fp16, [1, 64]> y = linear(weight = w, x = x)[name = string("y")];
        }} -> (y);
}}
""")


STATE = """program(1.3)
{
    func main<ios18>(state<tensor<fp16, [4]>> s, tensor<fp16, [4]> x) {
            tensor<fp16, [4]> r = read_state(input = s)[name = string("r")];
            tensor<fp16, [4]> a = add(x = r, y = x)[name = string("a")];
            write_state(data = a, input = s)[name = string("w")];
            tensor<fp16, [4]> y = add(x = a, y = x)[name = string("y")];
        } -> (y);
}
"""


def write_input(path, values):
    """An .npz file with the array x of fp16."""
    header = f"{{'descr': '<f2', 'fortran_order': False, 'shape': ({len(values)},)}}".ljust(117) + "\n"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}e", *values))


def snapshot(folder):
    """Everything in a folder: paths of files with their bytes, of links with where they lead, of folders with None."""
    found = {}
    for top, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(top, name), folder)] = None
        for name in files:
            path = os.path.join(top, name)
            if os.path.islink(path):
                found[os.path.relpath(path, folder)] = os.readlink(path)
                continue
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def outputs_in(folder):
    return {f"{part}/{path}": content for part in ("out", "other") for path, content in snapshot(f"{folder}/{part}").items()}


class Scenario:
    """A command on the output OUT (a path in the folder `out`), which an earlier run with the other model may have made. Further outputs lie
    in `out` and `other`."""

    def __init__(self, name, command, output, old=None, reader=("info", "{1}")):
        self.name, self.command, self.output, self.old, self.reader = name, command, output, old, reader


def scenarios():
    convert = ["convert", "in/{0}.mil", "-o", "{1}", "--force"]
    described = ["convert", "in/{0}.mlpackage", "-o", "{1}", "--force"]
    yield Scenario("text, new", convert, "out/m.mil")
    yield Scenario("text, replaced", convert, "out/m.mil", old=convert)
    yield Scenario("text with a description, replaced", described, "out/m.mil", old=described)
    yield Scenario("bare model, replaced", convert, "out/m.mlmodel", old=convert)
    yield Scenario("package, new", convert, "out/m.mlpackage")
    yield Scenario("package, replaced", convert, "out/m.mlpackage", old=convert)
    yield Scenario("compiled model, replaced", ["compile", "in/{0}.mlpackage", "-o", "{1}", "--force"], "out/m.mlmodelc", old=convert)
    yield Scenario("decompiled, replaced", ["decompile", "in/{0}.mlmodelc", "-o", "{1}", "--force"], "out/m.mlpackage", old=convert)
    yield Scenario("merged text, replaced", ["merge", "p=in/{0}.mil", "q=in/third.mil", "-o", "{1}", "--force"], "out/m.mil", old=convert)
    yield Scenario("optimized text, replaced", ["opt", "in/{0}.mil", "--pipeline=default", "-o", "{1}", "--force"], "out/m.mil", old=convert)
    yield Scenario("extracted, replaced", ["extract", "in/{0}.mil", "--outputs", "a", "-o", "{1}", "--force"], "out/m.mil", old=convert)
    compress = ["compress", "in/wide_{0}.mil", "--preset", "4bit-palette", "-o", "{1}", "--force"]
    yield Scenario("compressed, replaced", compress, "out/m.mlpackage", old=compress)
    yield Scenario("compressed, new", compress, "out/m.mlpackage")
    split = ["split", "in/{0}.mil", "--at", "a", "-o", "{1}", "--force"]
    yield Scenario("parts, replaced", split, "out/parts", old=split)
    edit = ["edit", "in/{0}.mil", "--rename", "x=photo", "--author", "{0}", "-o", "{1}", "--force"]
    yield Scenario("edited text, replaced", edit, "out/m.mil", old=edit)
    precision = ["precision", "in/{0}.mil", "--max-trials", "2", "-o", "{1}", "--force"]
    yield Scenario("precision, replaced", precision, "out/m.mlpackage", old=precision)
    bind = ["bind", "in/unified.mlpackage", "--adapter", "in/adapters/{0}.npz", "-o", "{1}", "--force"]
    yield Scenario("bound, replaced", bind, "out/m.mlpackage", old=bind)
    unify = ["unify", "in/third.mil", "in/{0}.mil", "-o", "{1}", "--adapters", "out/adapters", "--force"]
    elsewhere = ["unify", "in/third.mil", "in/{0}.mil", "-o", "{1}", "--adapters", "other/adapters", "--force"]
    yield Scenario("unified, new", unify, "out/m.mlpackage")
    yield Scenario("unified, replaced", unify, "out/m.mlpackage", old=unify)
    yield Scenario("unified text, replaced", unify, "out/m.mil", old=unify)
    yield Scenario("unified with adapters elsewhere, new", elsewhere, "out/m.mlpackage")
    yield Scenario("unified with adapters elsewhere, replaced", elsewhere, "out/m.mlpackage", old=elsewhere)
    yield Scenario("unified text with adapters elsewhere, replaced", elsewhere, "out/m.mil", old=elsewhere)
    ruled = [*convert, "--depfile", "out/m.d"]
    yield Scenario("package with a rule for make, replaced", ruled, "out/m.mlpackage", old=ruled)
    ruled_elsewhere = [*split, "--depfile", "other/m.d"]
    yield Scenario("parts with a rule elsewhere, new", ruled_elsewhere, "out/parts")
    ruled_text = [*described, "--depfile", "other/m.d"]
    yield Scenario("text with a rule elsewhere, replaced", ruled_text, "out/m.mil", old=ruled_text)
    chosen = ["compress", "in/wide_{0}.mil", "--preset", "4bit-palette", "-o", "{1}", "--recipe", "other/r.yaml", "--report", "out/r.html",
              "--force"]
    yield Scenario("compressed with a recipe and a report, replaced", chosen, "out/m.mlpackage", old=chosen)
    run = ["run", "in/{0}.mil", "--seed", "1", "-o", "{1}", "--force"]
    steps = ["run", "in/state.mil", "--inputs", "in/{0}.npz", "--inputs", "in/{0}.npz", "-o", "{1}", "--save-state", "out/s.npz", "--force"]
    yield Scenario("steps and states, new", steps, "out/steps")
    yield Scenario("steps and states, replaced", steps, "out/steps", old=steps)
    apart = [part.replace("out/s.npz", "other/s.npz") for part in steps]
    yield Scenario("steps and states elsewhere, replaced", apart, "out/steps", old=apart, reader=("run", "in/state.mil", "--state", "other/s.npz"))
    yield Scenario("arrays, replaced", run, "out/y.npz", old=run)
    view = ["view", "in/{0}.mil", "-o", "{1}", "--force"]
    yield Scenario("page, replaced", view, "out/m.html", old=view)


class Suite:
    def __init__(self, milc, library, root):
        self.milc, self.library, self.root, self.failures = milc, library, root, []
        self.inputs = f"{root}/in"
        os.makedirs(self.inputs)
        for name, seed in (("first", 1), ("second", 20), ("third", 40)):
            make_model(self.inputs, name, seed)
            make_wide_model(self.inputs, name, seed)
            self.must("convert", f"in/{name}.mil", "-o", f"in/{name}.mlpackage")
            self.describe(f"{self.inputs}/{name}.mlpackage", name)
            self.must("compile", f"in/{name}.mil", "-o", f"in/{name}.mlmodelc")
        with open(f"{self.inputs}/state.mil", "w") as out:
            out.write(STATE)
        for name, value in (("first", 1), ("second", 2)):
            write_input(f"{self.inputs}/{name}.npz", [value] * 4)
        self.must("unify", "first=in/first.mil", "second=in/second.mil", "-o", "in/unified.mlpackage", "--adapters", "in/adapters")

    def describe(self, package, author):
        """Gives a package what text can't say, so that converting it writes a description."""
        with open(f"{package}/Data/com.apple.CoreML/Metadata.json", "w") as out:
            out.write(f'{{"MLModelAuthorKey": "{author}"}}')
        manifest = f"{package}/Manifest.json"
        with open(manifest) as file:
            before = file.read()
        entry = ('"itemInfoEntries": {"0": {"author": "com.apple.CoreML", "description": "External Metadata Overlay", "name": "Metadata.json", '
                 '"path": "com.apple.CoreML/Metadata.json"},')
        with open(manifest, "w") as out:
            out.write(before.replace('"itemInfoEntries": {', entry, 1))

    def run(self, *arguments, cwd=None, **environment):
        return subprocess.run([self.milc, *arguments], cwd=cwd or self.root, capture_output=True, text=True, timeout=60,
                              env={**os.environ, **environment})

    def must(self, *arguments):
        result = self.run(*arguments)
        if result.returncode:
            sys.exit(f"milc {' '.join(arguments)}: exit status {result.returncode}\n{result.stderr}")

    def folder(self, scenario):
        """A fresh folder with the inputs (shared) and the old output."""
        folder = tempfile.mkdtemp(dir=self.root)
        os.symlink(self.inputs, f"{folder}/in")
        os.mkdir(f"{folder}/out")
        os.mkdir(f"{folder}/other")
        return folder

    def arguments(self, command, model, output):
        return [part.format(model, output) for part in command]

    def begin(self, scenario):
        """The folder before the command: made once, then copied. None if this milc was built without the page of milc view."""
        folder = self.folder(scenario)
        if scenario.old:
            result = self.run(*self.arguments(scenario.old, "first", scenario.output), cwd=folder)
            if "[view-no-page]" in result.stderr:
                return None
            assert result.returncode == 0, result.stderr
        return folder

    def fail(self, scenario, what, why, detail=""):
        self.failures.append(f"{scenario.name}: {what}: {why}\n{detail}")

    def try_scenario(self, scenario, every):
        start = self.begin(scenario)
        if start is None:
            return print(f"{scenario.name}: skipped, this milc has no page", flush=True)
        before = outputs_in(start)
        command = self.arguments(scenario.command, "second", scenario.output)

        def copy():
            folder = tempfile.mkdtemp(dir=self.root)
            shutil.rmtree(folder)
            shutil.copytree(start, folder, symlinks=True)
            return folder

        clean = copy()
        counts = f"{clean}/count"
        result = self.run(*command, cwd=clean, LD_PRELOAD=self.library, MILC_FAULT_COUNT=counts)
        if result.returncode:
            return self.fail(scenario, "without a fault", f"exit status {result.returncode}", result.stderr)
        after = outputs_in(clean)
        with open(counts) as file:
            calls = int(file.read())
        # What the output is when a run finds the new one there already.
        again = self.run(*command, cwd=clean)
        settled = outputs_in(clean)
        if again.returncode or settled != after:
            return self.fail(scenario, "a second time", "the output differs", describe(settled, after))

        def one(call, fault, sent):
            folder = copy()
            what = f"call {call} of {calls}, " + (errno.errorcode[fault] if fault else sent.name)
            environment = {"LD_PRELOAD": self.library, "MILC_FAULT_AT": str(call)}
            environment["MILC_FAULT_ERRNO" if fault else "MILC_FAULT_SIGNAL"] = str(int(fault or sent))
            result = self.run(*command, cwd=folder, **environment)
            found = outputs_in(folder)
            if sent and sent != signal.SIGKILL:
                if found != before and found != after:
                    self.fail(scenario, what, "neither the old output nor the new one", describe(found, after))
                # If only a report is left to be printed, a failure to print it isn't an error.
                if result.returncode != -sent and not (sent == signal.SIGPIPE and result.returncode == 0):
                    self.fail(scenario, what, f"exit status {result.returncode}", result.stderr)
            elif fault:
                if result.returncode == 0 and found != after:
                    self.fail(scenario, what, "exit status 0, and the output isn't whole", describe(found, after))
                elif result.returncode == 1 and found != before:
                    self.fail(scenario, what, "exit status 1, and something changed", describe(found, before) + result.stderr)
                elif result.returncode not in (0, 1):
                    self.fail(scenario, what, f"exit status {result.returncode}", result.stderr)
            else:
                self.check_whole(scenario, what, folder, found, before, after)
                result = self.run(*command, cwd=folder)
                found = outputs_in(folder)
                if result.returncode or found != after:
                    self.fail(scenario, what, "the next run doesn't give what it should", describe(found, after) + result.stderr)
            shutil.rmtree(folder)

        runs = []
        for call in range(1, calls + 1, every):
            runs += [(call, FAULTS[call % len(FAULTS)], None), (call, None, signal.SIGKILL), (call, None, SIGNALS[call % len(SIGNALS)])]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda run: one(*run), runs))
        print(f"{scenario.name}: {calls} calls, {len(runs)} runs", flush=True)

    def check_whole(self, scenario, what, folder, found, before, after):
        """What a kill left: every file of the old output or every one of the new, once a reader has looked."""
        main = scenario.output
        self.run(*self.arguments(scenario.reader, "second", scenario.output), cwd=folder)
        found = outputs_in(folder)
        if main in found and main not in before and main not in after:
            return self.fail(scenario, what, "an output nobody made")
        if not any(all(found.get(path, "") == content for path, content in state.items() if self.belongs(path)) and (main in found) == (main in state)
                   for state in (before, after)):
            self.fail(scenario, what, "neither the old output nor the new one is whole", describe(found, after))

    @staticmethod
    def belongs(path):
        return not os.path.basename(path).startswith(".")


def describe(found, wanted):
    lines = []
    for path in sorted(set(found) | set(wanted)):
        if path not in wanted:
            lines.append(f"  extra    {path}")
        elif path not in found:
            lines.append(f"  missing  {path}")
        elif found[path] != wanted[path]:
            lines.append(f"  differs  {path}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("milc")
    parser.add_argument("library")
    parser.add_argument("--filter", default="")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    os.umask(0o022)
    for each in SIGNALS:  # ignored ones would be ignored by milc, too: SIGHUP behind nohup, SIGINT in the background of a script
        signal.signal(each, signal.SIG_DFL)
    with tempfile.TemporaryDirectory(prefix="milc-faults-") as root:
        suite = Suite(os.path.abspath(options.milc), os.path.abspath(options.library), os.path.realpath(root))
        for scenario in scenarios():
            if options.filter in scenario.name:
                suite.try_scenario(scenario, options.every)
        for failure in suite.failures[:40]:
            print(failure)
        if suite.failures:
            sys.exit(f"{len(suite.failures)} runs broke the guarantee")


if __name__ == "__main__":
    main()
