#!/usr/bin/env python3
"""Writes in.mil, whose output has a name full of control characters, and other.mil, which has another operation: controls.py FOLDER."""

import sys

NAME = r"`y\u001b[31m\r\n\u009b\u202e`"
TEXT = """program(1.3)
[buildInfo = dict<string, string>({{{{"tool", "2"}}}})]
{{
    func main<ios18>(tensor<fp32, [1, 4]> x) {{
            tensor<fp32, [1, 4]> {name} = {op}(x = x)[name = string("y")];
        }} -> ({name});
}}
"""

for file, op in ("in", "relu"), ("other", "sigmoid"):
    with open(f"{sys.argv[1]}/{file}.mil", "w") as out:
        out.write(TEXT.format(name=NAME, op=op))
