"""milc_model: models that an app ships, made at build time. The same steps as milc_add_model of CMake (docs/cmake.md).

    load("//packaging/bazel:milc.bzl", "milc_model")

    milc_model(
        name = "assistant",
        srcs = glob(["models/**"]),
        inputs = ["french=models/french.mlpackage", "german=models/german.mlpackage"],
        optimize = "default",
        compress = ["--preset", "4bit-palette"],
        out = "assistant.mlmodelc",
    )

Bazel tracks `srcs`: all files that the inputs and options need, the weight files of MIL text and the configurations of `compress` included.
The steps run without a sandbox. The command is the installed `milc` of the PATH, or the program that `milc` names.
"""

_FOLDERS = ("mlpackage", "mlmodelc")

# A sandbox has a link out of it for each file, which milc doesn't follow: a model could have its own, to any file.
_REQUIREMENTS = {"no-sandbox": "1"}

def _split_input(text):
    """[NAME=]PATH[:FUNCTION] as (NAME=, PATH, :FUNCTION)."""
    name, equals, rest = text.partition("=") if "=" in text.split("/")[0] else ("", "", text)
    path, colon, function = rest.partition(":")
    return name + equals, path, colon + function

def _declare(ctx, path):
    if path.rpartition(".")[2] in _FOLDERS:
        return ctx.actions.declare_directory(path)
    return ctx.actions.declare_file(path)

def _steps(ctx, count):
    steps = []
    if count > 1:
        steps.append(("merge", []))
    if ctx.attr.optimize:
        steps.append(("opt", ["--pipeline", ctx.attr.optimize]))
    if ctx.attr.compress:
        options = [ctx.expand_location(option, ctx.attr.srcs) for option in ctx.attr.compress]
        steps.append(("compress", ["--quiet"] + options))
    if ctx.attr.out.endswith(".mlmodelc"):
        steps.append(("compile", []))
    elif not steps:
        steps.append(("convert", []))
    return steps

def _milc_model_impl(ctx):
    if ctx.attr.out.rpartition(".")[2] not in _FOLDERS + ("mlmodel",):
        fail("out must be a .mlmodelc, .mlpackage or .mlmodel: the weights of other forms lie beside it")
    folder = "/".join([part for part in (ctx.label.workspace_root, ctx.label.package) if part])
    models = []
    for text in ctx.attr.inputs:
        name, path, function = _split_input(text)
        models.append(name + (folder + "/" if folder else "") + path + function)
    files = ctx.files.srcs
    steps = _steps(ctx, len(models))
    for number, (step, options) in enumerate(steps):
        is_last = number == len(steps) - 1
        result = _declare(ctx, ctx.attr.out if is_last else "%s.milc/%s.mlpackage" % (ctx.label.name, step))
        arguments = [step] + models + options + ["--force", "-o", result.path]
        message = "milc %s for %s" % (step, ctx.label)
        if ctx.executable.milc:
            ctx.actions.run(
                executable = ctx.executable.milc,
                arguments = arguments,
                inputs = files,
                outputs = [result],
                execution_requirements = _REQUIREMENTS,
                mnemonic = "Milc",
                progress_message = message,
            )
        else:
            ctx.actions.run_shell(
                command = "exec milc \"$@\"",
                arguments = arguments,
                inputs = files,
                outputs = [result],
                execution_requirements = _REQUIREMENTS,
                mnemonic = "Milc",
                progress_message = message,
                use_default_shell_env = True,
            )
        models = [result.path]

        # Configurations of later steps are sources, too.
        files = ctx.files.srcs + [result]
    return [DefaultInfo(files = depset([result]), runfiles = ctx.runfiles([result]))]

milc_model = rule(
    implementation = _milc_model_impl,
    attrs = {
        "compress": attr.string_list(doc = "Options of `milc compress`; $(location FILE) names one of srcs."),
        "inputs": attr.string_list(mandatory = True, doc = "Models as `milc merge` takes them, [NAME=]PATH[:FUNCTION]; several are merged."),
        "milc": attr.label(executable = True, cfg = "exec", allow_files = True, doc = "The command; default: `milc` of the PATH."),
        "optimize": attr.string(doc = "A pipeline, as `milc opt --pipeline` takes it."),
        "out": attr.string(mandatory = True, doc = "X.mlmodelc (compiled), X.mlpackage or X.mlmodel."),
        "srcs": attr.label_list(allow_files = True, mandatory = True, doc = "All files that the inputs are made of."),
    },
    doc = "Merges, optimizes, compresses and compiles models.",
)
