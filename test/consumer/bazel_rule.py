"""Runs the steps that the rule of Bazel declares, in a folder with nothing but their inputs, and compares the results with those of commands.

Rules are written in a subset of Python: what Bazel gives them is made here as far as this rule asks for it.

Usage: bazel_rule.py MILC packaging/bazel/milc.bzl examples/lora
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import types

MILC, RULE, EXAMPLES = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
NAMES = ("adapter_1.mil", "adapter_2.mil")


class Failed(Exception):
    """What the function `fail` of Bazel ends with."""


def fail(text):
    raise Failed(text)


def attribute(**settings):
    return settings


def load_rule():
    """The implementation, and the attributes."""
    rules = []
    kinds = types.SimpleNamespace(**dict.fromkeys(("label", "label_list", "string", "string_list"), attribute))
    names = {"attr": kinds, "rule": lambda **given: rules.append(given), "fail": fail, "depset": list, "DefaultInfo": lambda **given: given}
    exec(compile(RULE.read_text(), str(RULE), "exec"), names)
    return rules[0]["implementation"], rules[0]["attrs"]


class Actions:
    """Runs actions as they are declared, as Bazel does: all inputs and the folders of outputs are there."""

    def __init__(self, root):
        self.root, self.steps = root, []

    def declare_file(self, path):
        made = types.SimpleNamespace(path=f"bazel-out/bin/{path}")
        (self.root / made.path).parent.mkdir(parents=True, exist_ok=True)
        return made

    def declare_directory(self, path):
        made = self.declare_file(path)
        (self.root / made.path).mkdir()
        return made

    def run(self, executable, arguments, inputs, outputs, execution_requirements, **_):
        assert execution_requirements == {"no-sandbox": "1"}  # of links, whose targets milc would refuse
        assert all((self.root / each.path).exists() for each in inputs), inputs
        self.steps.append(arguments[0])
        subprocess.run([executable, *arguments], cwd=self.root, check=True)
        assert all((self.root / each.path).exists() for each in outputs)

    def run_shell(self, command, arguments, use_default_shell_env, **given):
        assert use_default_shell_env  # with its PATH
        self.run("sh", ["-c", command, "milc", *arguments], **given)
        self.steps[-1] = arguments[0]


def build(root, implementation, executable=MILC, **given):
    """The steps and the path of what the rule makes."""
    sources = [types.SimpleNamespace(path=str(path.relative_to(root))) for path in sorted((root / "app/models").rglob("*")) if path.is_file()]
    settings = {"optimize": "", "compress": [], "inputs": [f"models/{name}" for name in NAMES], "srcs": sources, **given}
    context = types.SimpleNamespace(
        attr=types.SimpleNamespace(**settings), files=types.SimpleNamespace(srcs=sources), executable=types.SimpleNamespace(milc=executable),
        label=types.SimpleNamespace(workspace_root="", package="app", name="assistant"), actions=Actions(root),
        expand_location=lambda text, _: text, runfiles=lambda files: files)
    (info,) = implementation(context)
    return context.actions.steps, root / info["files"][0].path


def main():
    implementation, attributes = load_rule()
    assert set(attributes) == {"compress", "inputs", "milc", "optimize", "out", "srcs"}, attributes
    os.environ["PATH"] = f"{os.path.dirname(MILC)}:{os.environ['PATH']}"
    cases = [
        ("whole.mlmodelc", {"optimize": "default", "compress": ["--preset", "8bit-palette"]}, ["merge", "opt", "compress", "compile"]),
        ("named.mlpackage", {"inputs": ["french=models/adapter_1.mil:main", "models/adapter_2.mil"]}, ["merge"]),
        ("one.mlpackage", {"inputs": ["models/adapter_1.mil"]}, ["convert"]),
        ("one.mlmodelc", {"inputs": ["models/adapter_1.mil"], "executable": None}, ["compile"]),
    ]
    for out, given, wanted in cases:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            shutil.copytree(EXAMPLES, root / "app/models")
            steps, made = build(root, implementation, out=out, **given)
            assert steps == wanted and made.name == out, (steps, made)
            subprocess.run([MILC, "verify", made], check=True, stdout=subprocess.DEVNULL)
            if out == "named.mlpackage":
                models = [f"french={root}/app/models/adapter_1.mil:main", root / "app/models/adapter_2.mil"]
                subprocess.run([MILC, "merge", *models, "-o", root / "wanted.mlpackage"], check=True, stdout=subprocess.DEVNULL)
                subprocess.run([MILC, "diff", made, root / "wanted.mlpackage"], check=True)
    try:
        build(pathlib.Path(), implementation, out="x.mil")
    except Failed as error:
        assert "mlmodelc" in str(error)
    else:
        raise AssertionError("an output that has its weights beside it is refused")


if __name__ == "__main__":
    main()
