"""coremltools.PassPipeline: a list of passes by name, with options."""

from ..tools import passes as _known


class PassPipeline:
    """Passes to run: `milc.opt(model, passes=pipeline.as_passes())`. Names may have coremltools' name spaces ("common::")."""

    def __init__(self, pass_names=None, pipeline_name="default"):
        if pass_names is None:
            pass_names = next(each["passes"] for each in _known()["pipelines"] if each["name"] == "default")
        self.passes = [self._plain(name) for name in pass_names]
        self._options = {}
        self._pipeline_name = pipeline_name

    @staticmethod
    def _plain(name):
        return name.split("::")[-1]

    @classmethod
    def _named(cls, name):
        return cls(next(each["passes"] for each in _known()["pipelines"] if each["name"] == name), name)

    @classmethod
    def get_pipeline(cls, pipeline_name):
        """A named pipeline: "default", "cleanup", "default_palettization", "empty", …."""
        return cls([], "empty") if pipeline_name == "empty" else cls._named(pipeline_name)

    def append_pass(self, pass_name):
        self.passes.append(self._plain(pass_name))

    def insert_pass(self, index, pass_name):
        self.passes.insert(index, self._plain(pass_name))

    def remove_pass(self, index):
        del self.passes[index]

    def remove_passes(self, passes_names):
        names = {self._plain(name) for name in passes_names}
        self.passes = [name for name in self.passes if name not in names]

    def set_options(self, pass_name, options, override=False):
        name = self._plain(pass_name)
        if name in self._options and not override:
            raise ValueError(f"The pass {pass_name} already has associated options. Set override=True to replace it.")
        self._options[name] = dict(options)

    def get_options(self, pass_name):
        return self._options.get(self._plain(pass_name))

    def as_passes(self):
        return [(name, self._options[name]) if name in self._options else name for name in self.passes]
