"""coremltools.optimize.coreml: compressing the weights of finished models, by milc's passes.

A weight takes the configuration of the operation that reads it: by its name, else by its type, else the global one; None leaves it alone. Only
what milc's passes do is taken; other modes raise Unsupported."""

import os
from collections import namedtuple

from ... import tools
from ...errors import Unsupported
from ...model import Model, load
from ..models.mlmodel import MLModel


class _Config:
    """The configuration of a kind of compression: an entry of milc's configuration files, which check it."""

    _kind = ""

    def __init__(self, weight_threshold):
        self.weight_threshold = weight_threshold

    def options(self):
        raise NotImplementedError

    def entry(self):
        entry = {"config_type": type(self).__name__, **self.options()}
        if self.weight_threshold is not None:
            entry["weight_threshold"] = self.weight_threshold
        return entry


def _word(value):
    """A member of an enumeration, or its name, as a word."""
    return str(getattr(value, "name", value)).lower()


def _dtype(dtype):
    """"int8" of that, of np.int8 and of coremltools' types."""
    return dtype if isinstance(dtype, str) else getattr(dtype, "__name__", str(dtype))


class OpLinearQuantizerConfig(_Config):
    _kind = "linear_quantize_weights"

    def __init__(self, mode="linear_symmetric", dtype="int8", granularity="per_channel", block_size=32, weight_threshold=2048):
        super().__init__(weight_threshold)
        self.mode, self.dtype = str(mode).lower(), _dtype(dtype)
        self.granularity, self.block_size = _word(granularity), block_size

    def options(self):
        options = {"mode": self.mode, "dtype": self.dtype, "granularity": self.granularity}
        if self.granularity == "per_block":
            options["block_size"] = list(self.block_size) if isinstance(self.block_size, tuple) else self.block_size
        return options


class OpPalettizerConfig(_Config):
    _kind = "palettize_weights"

    def __init__(self, mode="kmeans", nbits=None, lut_function=None, granularity="per_tensor", group_size=32, channel_axis=None,
                 cluster_dim=1, enable_per_channel_scale=False, num_kmeans_workers=1, weight_threshold=2048):
        super().__init__(weight_threshold)
        if lut_function is not None or str(mode).lower() == "custom":
            raise Unsupported("palettize_weights: lut_function; milc finds tables by kmeans, uniform or unique")
        self.mode = str(mode).lower()
        if nbits is None and self.mode != "unique":
            raise ValueError("nbits must be given for this mode")
        if nbits is not None and self.mode == "unique":
            raise ValueError("nbits must not be given for this mode")
        self.nbits, self.cluster_dim, self.enable_per_channel_scale = nbits, cluster_dim, enable_per_channel_scale
        self.granularity, self.group_size, self.channel_axis = _word(granularity), group_size, channel_axis

    def options(self):
        options = {"mode": self.mode, "granularity": self.granularity}
        if self.nbits is not None:
            options["nbits"] = self.nbits
        if self.cluster_dim != 1:
            options["cluster_dim"] = self.cluster_dim
        if self.enable_per_channel_scale:
            options["enable_per_channel_scale"] = True
        if self.granularity == "per_grouped_channel":
            options["group_size"] = self.group_size
            if self.channel_axis is not None:
                options["channel_axis"] = self.channel_axis
        return options


class OpThresholdPrunerConfig(_Config):
    _kind = "prune_weights"

    def __init__(self, threshold=1e-12, minimum_sparsity_percentile=0.5, weight_threshold=2048):
        super().__init__(weight_threshold)
        self.threshold, self.minimum_sparsity_percentile = threshold, minimum_sparsity_percentile

    def options(self):
        return {"threshold": self.threshold, "minimum_sparsity_percentile": self.minimum_sparsity_percentile}


class OpMagnitudePrunerConfig(_Config):
    _kind = "prune_weights"

    def __init__(self, target_sparsity=None, block_size=None, n_m_ratio=None, dim=None, weight_threshold=2048):
        super().__init__(weight_threshold)
        if (target_sparsity is None) == (n_m_ratio is None):
            raise ValueError("either target_sparsity or n_m_ratio must be given")
        self.target_sparsity, self.block_size, self.n_m_ratio, self.dim = target_sparsity, block_size, n_m_ratio, dim

    def options(self):
        options = {"n_m_ratio": list(self.n_m_ratio)} if self.n_m_ratio is not None else {"target_sparsity": self.target_sparsity}
        if self.block_size is not None:
            options["block_size"] = self.block_size
        if self.dim is not None:
            options["dim"] = self.dim
        return options


class OptimizationConfig:
    """Which configuration is whose: `global_config`, `op_type_configs` {"conv": …}, `op_name_configs` {"conv_1": …}."""

    def __init__(self, global_config=None, op_type_configs=None, op_name_configs=None, is_deprecated=False, op_selector=None):
        if op_selector is not None:
            raise Unsupported("OptimizationConfig: op_selector")
        self.global_config = global_config
        self.op_type_configs, self.op_name_configs = dict(op_type_configs or {}), dict(op_name_configs or {})
        self._dict = None

    def set_op_type(self, op_type, op_config):
        self.op_type_configs[op_type] = op_config

    def set_op_name(self, op_name, op_config):
        self.op_name_configs[op_name] = op_config

    def set_global(self, op_config):
        self.global_config = op_config

    @classmethod
    def from_dict(cls, config_dict):
        """Of a dict as milc's configuration files have it."""
        made = cls()
        made._dict = dict(config_dict)
        return made

    @classmethod
    def from_yaml(cls, yml):
        """Of the path of a file."""
        made = cls()
        made._dict = os.fspath(yml)
        return made

    def configuration(self, kind):
        """What `milc.compress` takes, once each entry is of the kind of compression."""
        if self._dict is not None:
            return self._dict
        for each in [self.global_config, *self.op_type_configs.values(), *self.op_name_configs.values()]:
            if each is not None and getattr(each, "_kind", None) != kind:
                raise ValueError(f"{type(each).__name__} is no configuration for {kind}")
        parts = {"global_config": self.global_config, "op_type_configs": self.op_type_configs, "op_name_configs": self.op_name_configs}
        entry = lambda each: None if each is None else each.entry()  # noqa: E731
        return {key: {name: entry(each) for name, each in part.items()} if isinstance(part, dict) else entry(part)
                for key, part in parts.items() if part}


def _copy(mlmodel):
    """A milc.Model of its own with what the given one has: it is left as it is."""
    given = getattr(mlmodel, "milc_model", mlmodel)
    if not isinstance(given, Model):
        return load(given)
    return tools.extract(given, functions=list(given.functions), default=given.default_function)


def _compress(mlmodel, config, kind, joint):
    configs = config if isinstance(config, OptimizationConfig) else OptimizationConfig(config)
    wanted = configs.configuration(kind)
    model = _copy(mlmodel)
    if wanted:
        tools.compress(model, config=wanted, joint=joint)
    return MLModel(model, function_name=getattr(mlmodel, "function_name", None))


def linear_quantize_weights(mlmodel, config, joint_compression=False):
    """Weights as integers with scales. Returns an MLModel; the one given stays as it is. `joint_compression`: those that are compressed already,
    too: what pruning left, and the tables of palettized weights."""
    return _compress(mlmodel, config, "linear_quantize_weights", joint_compression)


def palettize_weights(mlmodel, config, joint_compression=False):
    """Weights as indices into tables. Returns an MLModel; the one given stays as it is. `joint_compression`: pruned ones, too."""
    return _compress(mlmodel, config, "palettize_weights", joint_compression)


def prune_weights(mlmodel, config, joint_compression=False):
    """The smallest weights as zeros that take no space. Returns an MLModel; the one given stays as it is. `joint_compression`: compressed ones,
    too."""
    return _compress(mlmodel, config, "prune_weights", joint_compression)


def decompress_weights(mlmodel):
    """Compressed weights as plain ones. Returns an MLModel; the one given stays as it is."""
    model = _copy(mlmodel)
    tools.opt(model, passes=["decompress_weights"])
    return MLModel(model)


CoreMLWeightMetaData = namedtuple("CoreMLWeightMetaData", ["val", "sparsity", "unique_values", "child_ops"])
_ChildOp = namedtuple("_ChildOp", ["op_type", "name", "params_name_mapping"])


def get_weights_metadata(mlmodel, weight_threshold=2048):
    """What is known of each weight of more than `weight_threshold` elements, by its name: its value, the part of zeros, how many different
    values it has, and the operations that read it."""
    import numpy as np

    model = getattr(mlmodel, "milc_model", mlmodel)
    model = model if isinstance(model, Model) else load(model)
    found = {}
    for function in model.functions.values():
        for op in function.walk():
            if op.type != "const" or "val" not in op.attributes:
                continue
            value = op.val
            if not isinstance(value, np.ndarray) or value.dtype == object or value.size <= weight_threshold:
                continue
            readers = [_ChildOp(user.type, user.name, {key: bound.name for key, bound in user.inputs.items() if hasattr(bound, "op")})
                       for user in op.outputs[0].users]
            found[op.name] = CoreMLWeightMetaData(value, 1 - np.count_nonzero(value) / value.size, len(np.unique(value)), readers)
    return found
