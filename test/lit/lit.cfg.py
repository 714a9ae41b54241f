# The lit suite of milc. A test is a .mil file (its RUN lines in // comments) or a .test file; folders named Inputs hold what several share.
#
# Substitutions: %S, %s, %t as ever; %examples, the bundled examples; %corpus, a folder of real models (feature `corpus`); %python; %view,
# the tools that test pages; %every, of the many cases that a script makes every how manieth to try: fewer with sanitizers.
# Features: corpus; page, when milc has the page of view; sanitized, for what the sanitizers' own memory would spoil; and the system's name.

import os
import platform
import shutil
import sys

import lit.formats

config.name = "milc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mil", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)

paths = [config.milc_tools_dir, config.llvm_tools_dir, config.environment.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(paths)
for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TMPDIR"):
    if variable in os.environ:
        config.environment[variable] = os.environ[variable]

config.substitutions.append(("%examples", os.path.join(config.milc_source_root, "examples")))
config.substitutions.append(("%python", sys.executable))

config.substitutions.append(("%view", os.path.join(config.milc_source_root, "test", "view")))

if config.milc_page:
    config.available_features.add("page")
config.available_features.add(platform.system().lower())
config.available_features.update(shell for shell in ("fish", "zsh") if shutil.which(shell))
if config.milc_sanitize:
    config.available_features.add("sanitized")
config.substitutions.append(("%every", "6" if config.milc_sanitize else "1"))

corpus = os.environ.get("MILC_CORPUS_DIR") or config.milc_corpus_dir
if corpus and os.path.isdir(corpus):
    config.available_features.add("corpus")
    config.substitutions.append(("%corpus", corpus))
