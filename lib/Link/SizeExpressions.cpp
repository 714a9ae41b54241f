#include "SizeExpressions.h"
#include "mil/Ops/Elements.h"
#include "mil/Tensor/Shapes.h"
#include <cmath>
#include <numeric>

namespace mil {

int64_t SizeExpression::at(size_t function) const {
  if (!symbol)
    return offset;
  int64_t product = factor * symbol->values[function] * (other ? other->values[function] : 1);
  return shapes::floorDiv(product, divisor) + offset;
}

void Sizes::add(Value &input, unsigned axis, PerFunction values) {
  if (llvm::none_of(symbols, [&](const auto &symbol) { return symbol->values == values; }))
    symbols.push_back(std::make_unique<SizeSymbol>(SizeSymbol{std::move(values), &input, axis}));
}

/// Sizes and numbers beyond this are not multiplied, so that nothing overflows.
static bool isModest(llvm::ArrayRef<int64_t> values) {
  return llvm::all_of(values, [](int64_t value) { return value > -(int64_t(1) << 31) && value < (int64_t(1) << 31); });
}

PerFunction dimsOf(Value &value, unsigned axis, const Alignment &alignment) {
  PerFunction sizes;
  for (size_t i = 0; i < alignment.functionCount(); ++i) {
    Type type = alignment.value(&value, i)->type();
    sizes.push_back((type.isState() ? type.element() : type).dims()[axis]);
  }
  return sizes;
}

std::optional<llvm::SmallVector<SizeExpression, 6>> Sizes::solve(llvm::function_ref<int64_t(size_t function, unsigned axis)> dim,
                                                                 unsigned rank) const {
  llvm::SmallVector<SizeExpression, 6> expressions;
  for (unsigned axis = 0; axis < rank; ++axis) {
    PerFunction values;
    for (size_t i = 0; i < functionCount; ++i)
      values.push_back(dim(i, axis));
    std::optional<SizeExpression> expression = solve(values);
    if (!expression)
      return std::nullopt;
    expressions.push_back(*expression);
  }
  return expressions;
}

std::optional<SizeExpression> Sizes::solve(llvm::ArrayRef<int64_t> values) const {
  if (llvm::all_equal(values))
    return SizeExpression{nullptr, nullptr, 1, 1, values[0]};
  auto fits = [&](const SizeExpression &expression) {
    for (size_t i = 0; i < values.size(); ++i)
      if (expression.at(i) != values[i])
        return false;
    return true;
  };
  auto modest = llvm::make_filter_range(symbols, [](const std::unique_ptr<SizeSymbol> &symbol) { return isModest(symbol->values); });
  if (!isModest(values))
    return std::nullopt;
  // A size, a multiple or a part of one.
  for (const auto &symbol : modest)
    if (SizeExpression expression{symbol.get()}; fits(expression))
      return expression;
  for (const auto &symbol : modest) {
    int64_t size = symbol->values[0];
    if (size && values[0] % size == 0)
      if (SizeExpression expression{symbol.get(), nullptr, values[0] / size}; fits(expression))
        return expression;
    if (values[0] && size % values[0] == 0)
      if (SizeExpression expression{symbol.get(), nullptr, 1, size / values[0]}; size / values[0] > 0 && fits(expression))
        return expression;
  }
  // A size and something.
  for (const auto &symbol : modest)
    if (SizeExpression expression{symbol.get(), nullptr, 1, 1, values[0] - symbol->values[0]}; fits(expression))
      return expression;
  // A ratio: three halves of a size.
  for (const auto &symbol : modest)
    if (int64_t size = symbol->values[0], common = std::gcd(values[0], size); size > 0 && values[0])
      if (SizeExpression expression{symbol.get(), nullptr, values[0] / common, size / common}; fits(expression))
        return expression;
  // A multiple of a product of two.
  for (const auto &symbol : modest)
    for (const auto &other : modest)
      if (int64_t product = symbol->values[0] * other->values[0]; product && values[0] % product == 0)
        if (SizeExpression expression{symbol.get(), other.get(), values[0] / product}; isModest(expression.factor) && fits(expression))
          return expression;
  // A line through the first two: factor · size + offset, or the positions of a window that moves by a stride.
  for (const auto &symbol : modest) {
    int64_t run = symbol->values[1] - symbol->values[0], rise = values[1] - values[0];
    if (!run || !rise)
      continue;
    if (rise % run == 0)
      if (SizeExpression expression{symbol.get(), nullptr, rise / run, 1, values[0] - rise / run * symbol->values[0]}; fits(expression))
        return expression;
    if (run % rise == 0 && run / rise > 0) {
      int64_t stride = run / rise, offset = values[0] - shapes::floorDiv(symbol->values[0], stride);
      if (SizeExpression expression{symbol.get(), nullptr, 1, stride, offset}; fits(expression))
        return expression;
    }
  }
  return std::nullopt;
}

Value *Sizes::make(llvm::StringRef type, llvm::ArrayRef<ArgumentSpec> arguments, llvm::StringRef name) {
  unified.insertAtStart();
  Value *value = unified.rewriter().make(type, arguments);
  if (value)
    unified.rename(*value, unified.rewriter().fresh(name).str());
  return value;
}

Value *Sizes::size(const SizeSymbol &symbol) {
  Value *&value = made[&symbol];
  if (value)
    return value;
  Rewriter &rewriter = unified.rewriter();
  std::string name = symbol.input->name().str().str();
  Value *&shape = shapes[symbol.input];
  if (!shape)
    shape = make("shape", {{"x", symbol.input}}, name + "_shape");
  value = make("gather", {{"x", shape}, {"indices", rewriter.i32(symbol.axis)}, {"axis", rewriter.i32(0)}},
               name + "_size_" + std::to_string(symbol.axis));
  return value;
}

Value *Sizes::scalar(const SizeExpression &expression) {
  Rewriter &rewriter = unified.rewriter();
  if (expression.isConstant()) {
    unified.insertAtStart();
    return rewriter.constant(rewriter.i32(expression.offset), "size_" + std::to_string(expression.offset));
  }
  std::string key;
  llvm::raw_string_ostream(key) << expression.symbol << ' ' << expression.other << ' ' << expression.factor << ' ' << expression.divisor
                                << ' ' << expression.offset;
  auto [known, isNew] = scalars.try_emplace(key, nullptr);
  if (!isNew)
    return known->second;
  Value *value = size(*expression.symbol);
  std::string name = value ? value->name().str().str() : "";
  auto next = [&](llvm::StringRef type, ArgumentSpec x, ArgumentSpec y) {
    value = make(type, {std::move(x), std::move(y)}, name + "_" + type.str());
  };
  if (expression.other)
    next("mul", {"x", value}, {"y", size(*expression.other)});
  if (expression.factor != 1)
    next("mul", {"x", value}, {"y", rewriter.i32(expression.factor)});
  if (expression.divisor != 1)
    next("floor_div", {"x", value}, {"y", rewriter.i32(expression.divisor)});
  if (expression.offset)
    next("add", {"x", value}, {"y", rewriter.i32(expression.offset)});
  return scalars[key] = value;
}

Value *Sizes::vector(llvm::ArrayRef<SizeExpression> expressions) {
  Rewriter &rewriter = unified.rewriter();
  llvm::SmallVector<int64_t, 6> constants;
  for (const SizeExpression &expression : expressions)
    if (expression.isConstant())
      constants.push_back(expression.offset);
  if (constants.size() == expressions.size()) {
    unified.insertAtStart();
    return rewriter.constant(rewriter.ints(constants), "sizes");
  }
  llvm::SmallVector<Value *, 6> values;
  std::string key;
  for (const SizeExpression &expression : expressions) {
    Value *value = values.emplace_back(scalar(expression));
    if (!value)
      return nullptr;
    llvm::raw_string_ostream(key) << ' ' << (expression.isConstant() ? nullptr : value) << ' ' << expression.offset;
  }
  Value *&vector = vectors[key];
  if (!vector)
    vector = make("concat", {{"values", values}, {"axis", rewriter.i32(0)}, {"interleave", rewriter.flag(false)}}, "sizes");
  return vector;
}

Value *Sizes::number(llvm::ArrayRef<double> values, DType type) {
  Rewriter &rewriter = unified.rewriter();
  enum class Form : uint8_t { Multiple, Part, RootPart };
  for (const auto &symbol : symbols)
    for (Form form : {Form::Multiple, Form::Part, Form::RootPart}) {
      double first = double(symbol->values[0]);
      double factor = form == Form::Multiple ? values[0] / first : form == Form::Part ? values[0] * first : values[0] * std::sqrt(first);
      float k = float(factor);
      bool fits = std::isfinite(k) && k != 0;
      for (size_t i = 0; fits && i < values.size(); ++i) {
        // As the operations below compute it.
        float size = float(symbol->values[i]);
        double result = form == Form::Multiple ? size * k : form == Form::Part ? k / size : k / std::sqrt(size);
        roundTo(type, result);
        fits = result == values[i];
      }
      if (!fits)
        continue;
      std::string name = symbol->input->name().str().str() + "_scale";
      const Literal *literal = rewriter.number(DType::Float32, k);
      Value *value = make("cast", {{"x", size(*symbol)}, {"dtype", rewriter.string("fp32")}}, name + "_cast");
      if (form == Form::RootPart)
        value = make("sqrt", {{"x", value}}, name + "_sqrt");
      value = form == Form::Multiple ? make("mul", {{"x", value}, {"y", literal}}, name)
                                     : make("real_div", {{"x", literal}, {"y", value}}, name);
      return type == DType::Float32 ? value : make("cast", {{"x", value}, {"dtype", rewriter.string(mil::name(type))}}, name + "_rounded");
    }
  return nullptr;
}

Value *Sizes::beginning(Value &x, llvm::ArrayRef<SizeExpression> ends) {
  Rewriter &rewriter = unified.rewriter();
  llvm::SmallVector<SizeExpression, 6> wanted(ends.begin(), ends.end());
  llvm::SmallVector<bool, 6> masks;
  for (SizeExpression &end : wanted) {
    masks.push_back(end.isConstant());
    if (end.isConstant())
      end.offset = 0;
  }
  Value *end = vector(wanted);
  if (Operation *definer = x.definingOp(); definer && !definer->is("const"))
    rewriter.setInsertionPointAfter(definer);
  else
    unified.insertAtStart();
  Value *cut = rewriter.make("slice_by_index", {{"x", &x},
                                                {"begin", rewriter.ints(llvm::SmallVector<int64_t, 6>(ends.size(), 0))},
                                                {"end", end},
                                                {"end_mask", rewriter.flags(masks)}});
  if (cut)
    unified.rename(*cut, rewriter.fresh(x.name().str().str() + "_beginning").str());
  return cut;
}

} // namespace mil
