#include "RandomCalls.h"
#include "mil/Tensor/Tensor.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;
using namespace mil::test;

const Literal *mil::test::randomLiteral(Context &context, Dice &dice, DType type, llvm::ArrayRef<int64_t> dims) {
  Type tensor = Type::tensor(context, type, dims);
  if (type == DType::String) {
    llvm::SmallVector<llvm::StringRef, 4> texts;
    for (int64_t i = 0; i < *tensor.elementCount(); ++i)
      texts.push_back(dice.pick<llvm::StringRef>({"fp16", "fp32", "int32", "bool", "tanh", "sigmoid", "LINEAR", "valid", ""}));
    return Literal::strings(context, tensor, texts);
  }
  Tensor values(type, dims);
  for (int64_t i = 0; i < values.count(); ++i) {
    int64_t number = int64_t(dice.below(type == DType::Bool ? 2 : 5)) - (isFloat(type) || isSignedInteger(type) ? 2 : 0);
    if (isFloat(type))
      values.write(i, llvm::ArrayRef<double>{double(number) + double(dice.below(4)) / 4});
    else
      values.write(i, llvm::ArrayRef<int64_t>{number});
  }
  return values.toLiteral(context, tensor);
}

namespace {

/// What chance alone would take too long to find: shapes that go together, and constants.
struct Hint {
  llvm::StringRef op, parameter;
  Dims dims;
  std::vector<int64_t> values = {}; ///< of a constant
  llvm::StringRef text = {};        ///< the same
};

const Hint hints[] = {
    {"affine", "x", {1, 2, 3, 4}},
    {"affine", "transform_matrix", {1, 6}},
    {"affine", "output_height", {}, {2}},
    {"affine", "output_width", {}, {5}},
    {"batch_norm", "x", {2, 3, 4}},
    {"batch_norm", "mean", {3}},
    {"batch_norm", "variance", {3}},
    {"batch_norm", "gamma", {3}},
    {"batch_norm", "beta", {3}},
    {"batch_to_space", "x", {4, 2, 3, 3}},
    {"batch_to_space", "block_shape", {2}, {2, 2}},
    {"batch_to_space", "crops", {2, 2}, {0, 1, 0, 0}},
    {"space_to_batch", "x", {1, 2, 4, 4}},
    {"space_to_batch", "block_shape", {2}, {2, 2}},
    {"space_to_batch", "paddings", {2, 2}, {0, 0, 1, 1}},
    {"classify", "probabilities", {2}},
    {"constexpr_lut_to_dense", "indices", {2, 4}},
    {"constexpr_lut_to_dense", "lut", {1, 1, 2, 1}},
    {"constexpr_lut_to_dense", "indices", {1}}, // before iOS18
    {"constexpr_lut_to_dense", "lut", {2}},
    {"constexpr_lut_to_dense", "shape", {1}, {8}},
    {"constexpr_lut_to_sparse", "indices_mask", {2}},
    {"constexpr_lut_to_sparse", "indices_nonzero_data", {1}},
    {"constexpr_lut_to_sparse", "lut", {1, 2, 1}},
    {"crop_resize", "x", {1, 2, 4, 4}},
    {"crop_resize", "roi", {2, 1, 4, 1, 1}},
    {"crop_resize", "boxes", {2, 4}},
    {"crop_resize", "box_indices", {2}, {0, 0}},
    {"einsum", "values", {1, 2, 2, 2}},
    {"einsum", "equation", {}, {}, "nchw,nwhu->nchu"},
    {"gru", "x", {3, 2, 4}},
    {"gru", "initial_h", {2, 5}},
    {"gru", "weight_ih", {15, 4}},
    {"gru", "weight_hh", {15, 5}},
    {"gru", "bias", {15}},
    {"gru", "input_bias", {15}},
    {"lstm", "x", {3, 2, 4}},
    {"lstm", "initial_h", {2, 5}},
    {"lstm", "initial_c", {2, 5}},
    {"lstm", "weight_ih", {20, 4}},
    {"lstm", "weight_hh", {20, 5}},
    {"lstm", "bias", {20}},
    {"lstm", "peephole", {15}},
    {"reshape_like", "x", {2, 6}},
    {"reshape_like", "ref_tensors", {3, 4}},
    {"reshape_like", "begins", {}, {0}},
    {"reshape_like", "ends", {}, {2}},
    {"reshape_like", "end_masks", {}, {0}},
    {"rnn", "x", {3, 2, 4}},
    {"rnn", "initial_h", {2, 5}},
    {"rnn", "weight_ih", {5, 4}},
    {"rnn", "weight_hh", {5, 5}},
    {"rnn", "bias", {5}},
    {"softplus_parametric", "x", {2, 3, 4}},
    {"softplus_parametric", "alpha", {3}},
    {"softplus_parametric", "beta", {3}},
};

/// The arguments of one call.
class Caller {
public:
  Caller(ModelBuilder &model, const OpVersion &version, Dice &dice)
      : model(model), f(model.function("f")), version(version), dice(dice), context(model.context()), bindings(1 + dice.below(3)) {
    for (const TypeVariableDomain &domain : version.variables)
      variables.push_back(anyOf(domain.types));
    size_t rank = dice.below(6);
    for (size_t i = 0; i < rank; ++i)
      base.push_back(dice.pick<int64_t>({1, 2, 2, 3, 4, 4, 6}));
  }

  Operation *call() {
    if (!version.blocks.empty())
      return withBlocks();
    llvm::SmallVector<GivenArgument, 8> arguments;
    for (const Parameter &parameter : version.parameters)
      if (!parameter.optional || dice.oneIn(2))
        arguments.push_back({parameter.name, given(parameter)});
    // What nothing infers is asserted.
    Type expected = version.open ? Type::tensor(context, DType::Float16, base) : Type();
    f.op(version.op, arguments, "y", expected);
    return model.ok() ? &f.function().body().back() : nullptr;
  }

private:
  DType anyOf(DTypeSet types) {
    llvm::SmallVector<DType, 16> all;
    (types.empty() ? DTypeSet{DType::Float16, DType::Float32, DType::Int32, DType::Bool} : types).forEach([&](DType type) {
      all.push_back(type);
    });
    return dice.pick(all);
  }

  DType typeOf(const Parameter &parameter) {
    return parameter.variable >= 0 ? variables[size_t(parameter.variable)] : anyOf(parameter.types);
  }

  /// One of those for a parameter, mostly; null when there is none.
  const Hint *hint(const Parameter &parameter) {
    llvm::SmallVector<const Hint *, 2> found;
    for (const Hint &hint : hints)
      if (hint.op == version.op && hint.parameter == parameter.name)
        found.push_back(&hint);
    return found.empty() || dice.oneIn(16) ? nullptr : dice.pick(found);
  }

  /// Something like the others' shape, mostly.
  Dims shape(const Parameter &parameter) {
    if (const Hint *known = hint(parameter))
      return known->dims;
    Dims dims = base;
    switch (dice.below(12)) {
    case 0:
      return {};
    case 1:
      return Dims{base.empty() ? 1 : dice.pick(base)};
    case 2:
      for (size_t i = dims.size(); i > 1; --i)
        std::swap(dims[i - 1], dims[dice.below(i)]);
      return dims;
    case 3:
      for (int64_t &dim : dims)
        dim = dice.pick<int64_t>({1, dim, dim, dim + 1});
      return dims;
    case 4:
      return Dims(llvm::ArrayRef(base).drop_front(dice.below(base.size() + 1)));
    case 5:
      for (int64_t &dim : dims)
        dim = dice.pick<int64_t>({1, 2, 3, 4});
      return dims;
    case 6:
      dims.insert(dims.begin(), dice.pick<int64_t>({1, 2, 4}));
      return dims;
    default:
      return dims;
    }
  }

  /// Axes, sizes, pads, permutations: what vectors of integers are.
  const Literal *integers(DType type) {
    int64_t rank = int64_t(base.size());
    Dims values(size_t(std::max<int64_t>(0, dice.pick<int64_t>({1, 2, 4, rank, rank, rank - 2, 2 * (rank - 2), 2 * rank}))));
    switch (dice.below(5)) {
    case 0:
      std::fill(values.begin(), values.end(), int64_t(dice.below(3)));
      break;
    case 1:
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = int64_t(i);
      for (size_t i = values.size(); i > 1; --i)
        std::swap(values[i - 1], values[dice.below(i)]);
      break;
    case 2:
      values = base;
      break;
    case 3:
      for (int64_t &value : values)
        value = int64_t(dice.below(size_t(2 * rank + 1))) - rank;
      break;
    default:
      for (int64_t &value : values)
        value = int64_t(dice.below(4));
    }
    return numbers(type, Dims{int64_t(values.size())}, values);
  }

  const Literal *numbers(DType type, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> values) {
    Tensor tensor(type, dims);
    tensor.write(0, values);
    return tensor.toLiteral(context, Type::tensor(context, type, dims));
  }

  const Literal *constant(const Parameter &parameter) {
    if (!parameter.choices.empty())
      return Literal::string(context, dice.pick(parameter.choices));
    DType type = typeOf(parameter);
    if (const Hint *known = hint(parameter); known && !known->text.empty())
      return Literal::string(context, known->text);
    else if (known && !known->values.empty())
      return numbers(type, known->dims, known->values);
    else if (known)
      return randomLiteral(context, dice, type, known->dims);
    if (parameter.scalar || (parameter.kind == Parameter::Kind::Tensor && dice.oneIn(3)))
      return randomLiteral(context, dice, type, {});
    return isInteger(type) && bitWidth(type) >= 8 && dice.below(4) ? integers(type) : randomLiteral(context, dice, type, shape(parameter));
  }

  Value *tensor(const Parameter &parameter) {
    const Hint *known = hint(parameter);
    if (parameter.constant || (known && !known->values.empty()) || dice.oneIn(4))
      return f.constant("c", constant(parameter));
    Dims dims = parameter.scalar ? Dims() : shape(parameter);
    for (int64_t &dim : dims)
      if (dice.oneIn(16))
        dim = Type::unknown;
    return f.input("x", typeOf(parameter), dims);
  }

  Value *list() {
    llvm::SmallVector<Value *, 4> sizes;
    for (size_t i = 0; i < base.size() && i < 4; ++i)
      sizes.push_back(f.constant("size", Literal::int32(context, int32_t(base[i]))));
    DType type = variables.empty() ? DType::Float32 : variables[0];
    return f.op(
        "make_list",
        {{"elem_shape", llvm::ArrayRef<Value *>(sizes)}, {"dtype", name(type)}, {"dynamic_length", dice.oneIn(2)}, {"init_length", 2}},
        "l");
  }

  const Literal *listOfStrings() {
    const Literal *texts[] = {Literal::string(context, "cat"), Literal::string(context, "dog")};
    return Literal::list(context, Type::list(context, texts[0]->type(), 2), texts);
  }

  Given given(const Parameter &parameter) {
    switch (parameter.kind) {
    case Parameter::Kind::List:
      return parameter.constant ? Given(listOfStrings()) : Given(list());
    case Parameter::Kind::State:
      return f.state("s", anyOf({}), base);
    case Parameter::Kind::Any:
      return parameter.constant ? Given(constant(parameter)) : Given(f.input("x", anyOf({}), base));
    case Parameter::Kind::Tensor:
      break;
    }
    if (!parameter.variadic)
      return parameter.constant && dice.oneIn(2) ? Given(constant(parameter)) : Given(tensor(parameter));
    llvm::SmallVector<Value *, 3> values(bindings);
    for (Value *&value : values)
      value = tensor(parameter);
    return llvm::ArrayRef<Value *>(values);
  }

  Operation *withBlocks() {
    using Values = llvm::SmallVector<Value *, 2>;
    Value *x = f.input("x", DType::Float32, base), *p = f.input("p", DType::Bool, {});
    if (version.op == "cond")
      f.cond(p, [&](FunctionBuilder &b) { return Values{b.op("relu", {{"x", x}})}; }, [&](FunctionBuilder &) { return Values{x}; });
    else
      f.whileLoop(
          {x, p}, [&](FunctionBuilder &, llvm::ArrayRef<Value *> v) { return v[1]; },
          [&](FunctionBuilder &b, llvm::ArrayRef<Value *> v) {
            return Values{b.op("relu", {{"x", v[0]}}), b.op("logical_not", {{"x", v[1]}})};
          });
    return model.ok() ? &f.function().body().back() : nullptr;
  }

  ModelBuilder &model;
  FunctionBuilder f;
  const OpVersion &version;
  Dice &dice;
  Context &context;
  llvm::SmallVector<DType, 4> variables;
  Dims base;
  size_t bindings; ///< of variadic parameters
};

Type anyType(Context &context, Dice &dice) {
  static constexpr DType types[] = {DType::Float16, DType::Float32, DType::Int32, DType::Bool, DType::Int8, DType::UInt4, DType::String};
  DType type = dice.pick(types);
  if (dice.oneIn(8))
    return Type::unrankedTensor(context, type);
  Dims dims(dice.below(8));
  for (int64_t &dim : dims)
    dim = dice.pick<int64_t>({0, 1, 2, 3, 4, Type::unknown, int64_t(1) << 40, std::numeric_limits<int64_t>::max()});
  Type tensor = Type::tensor(context, type, dims);
  return dice.oneIn(8) ? Type::list(context, tensor, Type::unknown) : dice.oneIn(8) ? Type::state(context, tensor) : tensor;
}

/// Small shapes of extreme values.
const Literal *anyLiteral(Context &context, Dice &dice) {
  static constexpr DType types[] = {DType::Float16, DType::Float32, DType::Int32, DType::Int32, DType::Int32,
                                    DType::Bool,    DType::Int8,    DType::UInt4, DType::String};
  Dims dims(dice.below(4));
  for (int64_t &dim : dims)
    dim = dice.pick<int64_t>({0, 1, 2, 3, 4});
  DType type = dice.pick(types);
  if (type != DType::Int32)
    return randomLiteral(context, dice, type, dims);
  Tensor tensor(type, dims);
  for (int64_t i = 0; i < tensor.count(); ++i)
    tensor.write(i, llvm::ArrayRef<int64_t>{dice.pick<int64_t>({INT32_MIN, INT32_MAX, -1, 0, 1, 2, 65536, -7})});
  return tensor.toLiteral(context, Type::tensor(context, type, dims));
}

} // namespace

Operation *mil::test::randomCall(ModelBuilder &model, const OpVersion &version, Dice &dice) { return Caller(model, version, dice).call(); }

void mil::test::breakCall(Operation &op, Dice &dice) {
  Context &context = op.program().context();
  if (op.arguments().empty())
    return;
  const Argument argument = dice.pick(op.arguments());
  switch (dice.below(6)) {
  case 0:
    return op.removeArgument(argument.name);
  case 1:
    return op.setArgument(argument.name, Binding(anyLiteral(context, dice)));
  case 2: {
    const Argument &other = dice.pick(op.arguments());
    llvm::SmallVector<Binding, 4> bindings;
    for (int twice = 0; twice < 2; ++twice)
      for (const Operand &operand : other.bindings())
        bindings.push_back(operand.value() ? Binding(operand.value()) : Binding(operand.literal()));
    return op.setArgument(argument.name, bindings);
  }
  case 3:
    return op.setArgument(context.intern("surprise"), Binding(anyLiteral(context, dice)));
  default:
    // Another type, or another constant, behind the argument.
    for (const Operand &operand : argument.bindings()) {
      Value *value = operand.value();
      if (!value)
        continue;
      Operation *maker = value->definingOp();
      const Literal *literal = maker && maker->is("const") ? anyLiteral(context, dice) : nullptr;
      if (literal)
        maker->setAttribute(context.intern("val"), literal);
      value->setType(literal ? literal->type() : anyType(context, dice));
    }
  }
}
