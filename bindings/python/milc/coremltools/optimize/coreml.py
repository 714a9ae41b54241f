"""coremltools.optimize.coreml: compressing the weights of finished models, by milc's passes.

A weight takes the configuration of the operation that reads it: by its name, else by its type, else the global one; None leaves it alone. Only
what milc's passes do is taken; other modes raise Unsupported."""

from collections import namedtuple

from ... import tools
from ...errors import Unsupported
from ...model import Model, load
from ..models.mlmodel import MLModel


class _Config:
    """The configuration of a kind of compression: which pass with which options."""

    _pass = ""

    def options(self):
        raise NotImplementedError


def _words(pass_name, option):
    """What a choice of a pass may be, as the list of passes says it."""
    for each in tools.passes()["passes"]:
        if each["name"] == pass_name:
            for chosen in each["options"]:
                if chosen["name"] == option:
                    return chosen["kind"].replace(" or ", ", ").split(", ")
    return []


def _choice(pass_name, option, value):
    if str(value) not in _words(pass_name, option):
        raise Unsupported(f"{pass_name}: {option}={value!r}; milc has {', '.join(_words(pass_name, option))}")
    return value


class OpLinearQuantizerConfig(_Config):
    _pass = "linear_quantize_weights"

    def __init__(self, mode="linear_symmetric", dtype="int8", granularity="per_channel", block_size=32, weight_threshold=2048):
        if not isinstance(dtype, str):
            dtype = getattr(dtype, "__name__", str(dtype))
        self.mode, self.dtype = _choice(self._pass, "mode", mode), _choice(self._pass, "dtype", dtype)
        self.granularity = _choice(self._pass, "granularity", str(getattr(granularity, "value", granularity)).lower())
        self.block_size, self.weight_threshold = block_size, weight_threshold

    def options(self):
        options = {"mode": self.mode, "dtype": self.dtype, "granularity": self.granularity}
        if self.granularity == "per_block":
            sizes = self.block_size if isinstance(self.block_size, (list, tuple)) else [self.block_size]
            options["block_size"] = "x".join(map(str, sizes))
        return options


class OpPalettizerConfig(_Config):
    _pass = "palettize_weights"

    def __init__(self, mode="kmeans", nbits=None, lut_function=None, granularity="per_tensor", group_size=32, channel_axis=None,
                 cluster_dim=1, enable_per_channel_scale=False, num_kmeans_workers=1, weight_threshold=2048):
        if lut_function is not None:
            raise Unsupported("palettize_weights: lut_function")
        if cluster_dim != 1:
            raise Unsupported("palettize_weights: cluster_dim")
        if enable_per_channel_scale:
            raise Unsupported("palettize_weights: enable_per_channel_scale")
        self.mode = _choice(self._pass, "mode", str(mode).lower())
        if nbits is None and self.mode != "unique":
            raise ValueError("nbits must be given for this mode")
        self.nbits = nbits
        self.granularity = _choice(self._pass, "granularity", str(getattr(granularity, "value", granularity)).lower())
        self.group_size, self.channel_axis, self.weight_threshold = group_size, channel_axis, weight_threshold

    def options(self):
        options = {"mode": self.mode, "granularity": self.granularity}
        if self.nbits is not None:
            options["nbits"] = _choice(self._pass, "nbits", self.nbits)
        if self.granularity == "per_grouped_channel":
            options["group_size"] = self.group_size
            if self.channel_axis is not None:
                options["channel_axis"] = self.channel_axis
        return options


class OpThresholdPrunerConfig(_Config):
    _pass = "prune_weights"

    def __init__(self, threshold=1e-12, minimum_sparsity_percentile=0.5, weight_threshold=2048):
        self.threshold, self.minimum_sparsity_percentile, self.weight_threshold = threshold, minimum_sparsity_percentile, weight_threshold

    def options(self):
        return {"threshold": self.threshold, "minimum_sparsity_percentile": self.minimum_sparsity_percentile}


class OpMagnitudePrunerConfig(_Config):
    _pass = "prune_weights"

    def __init__(self, target_sparsity=None, block_size=None, n_m_ratio=None, dim=None, weight_threshold=2048):
        if block_size is not None:
            raise Unsupported("prune_weights: block_size")
        if (target_sparsity is None) == (n_m_ratio is None):
            raise ValueError("either target_sparsity or n_m_ratio must be given")
        self.target_sparsity, self.n_m_ratio, self.dim, self.weight_threshold = target_sparsity, n_m_ratio, dim, weight_threshold

    def options(self):
        if self.n_m_ratio is not None:
            options = {"n_m_ratio": f"{self.n_m_ratio[0]}:{self.n_m_ratio[1]}"}
            return options if self.dim is None else dict(options, dim=self.dim)
        return {"target_sparsity": self.target_sparsity}


class OptimizationConfig:
    """Which configuration is whose: `global_config`, `op_type_configs` {"conv": …}, `op_name_configs` {"conv_1": …}."""

    def __init__(self, global_config=None, op_type_configs=None, op_name_configs=None, is_deprecated=False, op_selector=None):
        if op_selector is not None:
            raise Unsupported("OptimizationConfig: op_selector")
        self.global_config = global_config
        self.op_type_configs, self.op_name_configs = dict(op_type_configs or {}), dict(op_name_configs or {})

    def set_global(self, op_config):
        self.global_config = op_config

    def set_op_type(self, op_type, op_config):
        self.op_type_configs[op_type] = op_config

    def set_op_name(self, op_name, op_config):
        self.op_name_configs[op_name] = op_config

    def of(self, const):
        """The configuration of a weight, a `const` operation."""
        readers = const.outputs[0].users
        for name in [const.name] + [reader.name for reader in readers]:
            if name in self.op_name_configs:
                return self.op_name_configs[name]
        for reader in readers:
            if reader.type in self.op_type_configs:
                return self.op_type_configs[reader.type]
        return self.global_config


def _copy(mlmodel):
    """A milc.Model of its own with what the given one has: it is left as it is."""
    given = getattr(mlmodel, "milc_model", mlmodel)
    if not isinstance(given, Model):
        return load(given)
    return tools.extract(given, functions=list(given.functions), default=given.default_function)


def _compress(mlmodel, config, kind):
    model = _copy(mlmodel)
    configs = config if isinstance(config, OptimizationConfig) else OptimizationConfig(config)
    weights = [op for function in model.functions.values() for op in function.walk() if op.type == "const"]
    chosen = {op.name: configs.of(op) for op in weights}
    for each in {id(each): each for each in chosen.values() if each is not None}.values():
        if each._pass != kind:
            raise ValueError(f"{type(each).__name__} is no configuration for {kind}")
        options = dict(each.options())
        if each.weight_threshold is not None:
            options["weight_threshold"] = each.weight_threshold
        skipped = [name for name, other in chosen.items() if other is not each]
        if skipped:
            options["skip"] = skipped
        tools.opt(model, passes=[(kind, options)])
    return MLModel(model, function_name=getattr(mlmodel, "function_name", None))


def linear_quantize_weights(mlmodel, config, joint_compression=False):
    """Weights as integers with scales. Returns an MLModel; the one given stays as it is."""
    if joint_compression:
        raise Unsupported("linear_quantize_weights: joint_compression")
    return _compress(mlmodel, config, "linear_quantize_weights")


def palettize_weights(mlmodel, config, joint_compression=False):
    """Weights as indices into tables. Returns an MLModel; the one given stays as it is."""
    if joint_compression:
        raise Unsupported("palettize_weights: joint_compression")
    return _compress(mlmodel, config, "palettize_weights")


def prune_weights(mlmodel, config, joint_compression=False):
    """The smallest weights as zeros that take no space. Returns an MLModel; the one given stays as it is."""
    if joint_compression:
        raise Unsupported("prune_weights: joint_compression")
    return _compress(mlmodel, config, "prune_weights")


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
