"""arguments.py MODEL: commands with a control sequence in an argument. Prints what they say; fails if it contains the sequence."""

import subprocess
import sys

control = "\x1b[31m"
for arguments in (
    ["info", "{}", "--" + control],
    ["info", "{}", "--model", control],
    ["compress", "{}", "--preset", control, "-o", "no.mil"],
    ["convert", "{}", "--externalize-from", control, "-o", "no.mil"],
    ["compile", "{}", "--coremlc-version", control, "-o", "no.mlmodelc"],
    [control],
):
    done = subprocess.run(["milc", *[part.format(sys.argv[1]) for part in arguments]], capture_output=True)
    print(done.stderr.decode())
    if done.returncode not in (1, 2) or b"\x1b" in done.stderr + done.stdout:
        sys.exit(f"{arguments}: {done}")
