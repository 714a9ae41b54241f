"""broken_names.py FOLDER: what commands print as JSON can be read, even if the names in a model, or of its file, are not UTF-8."""

import json
import os
import subprocess
import sys

os.chdir(sys.argv[1])
TEXT = b"""program(1.3)
{
    func `main\xff`<ios18>(tensor<fp16, [1, 4]> `x\xff`) {
            tensor<fp16, [1, 4]> `w\xff` = const()[name = string("w\xff"), val = tensor<fp16, [1, 4]>([[VALUES]])];
            tensor<fp16, [1, 4]> `y\xff` = add(x = `x\xff`, y = `w\xff`)[name = string("y\xff")];
        } -> (`y\xff`);
}
"""
models = [b"a\xff.mil", b"b.mil"]
for model, values in zip(models, (b"1, 2, 3, 4", b"5, 6, 7, 8")):
    with open(model, "wb") as file:
        file.write(TEXT.replace(b"VALUES", values))


def run(*arguments):
    return subprocess.run([b"milc", *(part if isinstance(part, bytes) else part.encode() for part in arguments)], capture_output=True)


for arguments in (
    ["info", models[0]],
    ["info", models[0], "--costs"],
    ["info", models[0], "--weights"],
    ["diff", *models],
    ["compare", *models],
    ["run", models[0], "--watch", "--print", "--time", "1"],
    ["merge", *models, "-o", "merged.mil", "--force"],
    ["precision", models[0], "--max-trials", "2"],
    ["compress", models[0], "--preset", "4bit-palette", "-o", "compressed.mil", "--force"],
):
    done = run(*arguments, "--json")
    try:
        json.loads(done.stdout)
    except ValueError:
        sys.exit(f"{arguments}: exit status {done.returncode}\n{done.stdout}\n{done.stderr.decode()}")

done = run("unify", *models, "-o", "unified.mil", "--adapters", "folder", "--adapter-format", "safetensors")
if done.returncode != 1 or b"names in .safetensors must be UTF-8" not in done.stderr or os.path.exists("unified.mil"):
    sys.exit(f"unify: exit status {done.returncode}\n{done.stderr.decode()}")
