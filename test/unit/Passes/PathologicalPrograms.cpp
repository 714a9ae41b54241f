#include "PathologicalPrograms.h"
#include "mil/IR/Cloning.h"
#include "llvm/ADT/STLExtras.h"

namespace mil::test {

namespace {
using ValueList = std::vector<Value *>;

Value *vector(FunctionBuilder &f, llvm::StringRef name = "x") { return f.input(name, DType::Float32, {4}); }
Value *matrix(FunctionBuilder &f) { return f.input("x", DType::Float32, {2, 4}); }
/// A bool for cond: interfaces have none of their own.
Value *condition(FunctionBuilder &f) { return f.op("cast", {{"x", f.input("p", DType::Int32, {1})}, {"dtype", "bool"}}); }
Value *image(FunctionBuilder &f) { return f.input("x", DType::Float32, {1, 2, 4, 4}); }

/// A chain that goes through `links` again and again.
using Link = Value *(*)(FunctionBuilder &f, Value *x);
void chain(FunctionBuilder &f, size_t count, Value *x, std::initializer_list<Link> links) {
  for (size_t i = 0; i < count; ++i)
    x = links.begin()[i % links.size()](f, x);
  f.output(x);
}

Value *number(FunctionBuilder &f, double value) { return f.constant("c", Literal::number(f.context(), DType::Float32, value)); }

const Literal *floats(FunctionBuilder &f, llvm::ArrayRef<int64_t> dims, float first) {
  Type type = Type::tensor(f.context(), DType::Float32, dims);
  std::vector<float> values(size_t(*type.elementCount()), 0.5f);
  values.front() = first;
  return Literal::tensor(f.context(), type, {reinterpret_cast<const uint8_t *>(values.data()), values.size() * sizeof(float)});
}

// ---- Chains -----------------------------------------------------------------

void casts(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f),
        {[](FunctionBuilder &f, Value *x) { return f.op("cast", {{"x", x}, {"dtype", "fp16"}}); },
         [](FunctionBuilder &f, Value *x) { return f.op("cast", {{"x", x}, {"dtype", "fp32"}}); }});
}
void relus(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f), {[](FunctionBuilder &f, Value *x) { return f.op("relu", {{"x", x}}); }});
}
void exps(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f), {[](FunctionBuilder &f, Value *x) { return f.op("exp", {{"x", x}}); }});
}
void noops(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f),
        {[](FunctionBuilder &f, Value *x) { return f.op("add", {{"x", x}, {"y", 0.0}}); },
         [](FunctionBuilder &f, Value *x) { return f.op("mul", {{"x", 1.0}, {"y", x}}); },
         [](FunctionBuilder &f, Value *x) { return f.op("identity", {{"x", x}}); }});
}
void reshapes(FunctionBuilder &f, size_t n) {
  chain(f, n, matrix(f),
        {[](FunctionBuilder &f, Value *x) { return f.op("reshape", {{"x", x}, {"shape", {4, 2}}}); },
         [](FunctionBuilder &f, Value *x) { return f.op("reshape", {{"x", x}, {"shape", {-1}}}); },
         [](FunctionBuilder &f, Value *x) { return f.op("reshape", {{"x", x}, {"shape", {2, 2, 2}}}); }});
}
void squeezes(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f),
        {[](FunctionBuilder &f, Value *x) { return f.op("expand_dims", {{"x", x}, {"axes", {0}}}); },
         [](FunctionBuilder &f, Value *x) { return f.op("squeeze", {{"x", x}, {"axes", {0}}}); }});
}
/// A nest of pairs that undo each other, from the middle outwards.
void transposes(FunctionBuilder &f, size_t n) {
  Value *x = f.input("x", DType::Float32, {2, 2, 2});
  for (size_t i = 0; i < n / 2; ++i) {
    size_t fromMiddle = i < n / 4 ? n / 4 - 1 - i : i - n / 4;
    x = f.op("transpose", {{"x", x}, {"perm", fromMiddle % 2 ? Given{1, 0, 2} : Given{0, 2, 1}}});
    x = f.op("exp", {{"x", x}});
  }
  f.output(x);
}
/// Every one undoes the one before, and is read where it is needed, too.
void readTransposes(FunctionBuilder &f, size_t n) {
  Value *x = f.input("x", DType::Float32, {2, 2, 2});
  ValueList read;
  for (size_t i = 0; i < n / 2; ++i) {
    x = f.op("transpose", {{"x", x}, {"perm", {0, 2, 1}}});
    read.push_back(f.op("softmax", {{"x", x}, {"axis", 1}}));
  }
  f.output(f.op("concat", {{"values", read}, {"axis", 0}}));
}
void pads(FunctionBuilder &f, size_t n) {
  chain(f, n, f.input("x", DType::Float32, {1, 1, 2, 2}), {[](FunctionBuilder &f, Value *x) {
          return f.op("pad", {{"x", x}, {"pad", {0, 1, 0, 0}}, {"mode", "constant"}, {"constant_val", 0.0}});
        }});
}
void additions(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f), {[](FunctionBuilder &f, Value *x) { return f.op("add", {{"x", x}, {"y", 1.0}}); }});
}
void products(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f),
        {[](FunctionBuilder &f, Value *x) { return f.op("mul", {{"x", x}, {"y", 2.0}}); },
         [](FunctionBuilder &f, Value *x) { return f.op("real_div", {{"x", x}, {"y", 2.0}}); }});
}
void doublings(FunctionBuilder &f, size_t n) { // as many paths as 2 to the n
  chain(f, n, vector(f), {[](FunctionBuilder &f, Value *x) { return f.op("add", {{"x", x}, {"y", x}}); }});
}
void activations(FunctionBuilder &f, size_t n) {
  chain(f, n / 3, vector(f), {[](FunctionBuilder &f, Value *x) {
          return f.op("mul", {{"x", x}, {"y", f.op("sigmoid", {{"x", f.op("mul", {{"x", x}, {"y", 1.702}})}})}});
        }});
}
void squares(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f),
        {[](FunctionBuilder &f, Value *x) { return f.op("pow", {{"x", x}, {"y", 2.0}}); },
         [](FunctionBuilder &f, Value *x) { return f.op("sqrt", {{"x", x}}); }});
}
void linears(FunctionBuilder &f, size_t n) {
  chain(f, n / 2, matrix(f), {[](FunctionBuilder &f, Value *x) {
          Value *y = f.op("linear", {{"x", x}, {"weight", floats(f, {4, 4}, 1)}, {"bias", floats(f, {4}, 1)}});
          return f.op("add", {{"x", y}, {"y", floats(f, {4}, 2)}});
        }});
}
void products2(FunctionBuilder &f, size_t n) {
  chain(f, n / 2, matrix(f), {[](FunctionBuilder &f, Value *x) {
          return f.op("add", {{"x", f.op("matmul", {{"x", x}, {"y", floats(f, {4, 4}, 1)}})}, {"y", floats(f, {4}, 2)}});
        }});
}
void convolutions(FunctionBuilder &f, size_t n) {
  chain(f, n / 4, image(f), {[](FunctionBuilder &f, Value *x) {
          Value *y = f.op("conv", {{"x", x}, {"weight", floats(f, {2, 2, 1, 1}, 1)}, {"pad_type", "valid"}});
          y = f.op("mul", {{"x", y}, {"y", floats(f, {1, 2, 1, 1}, 3)}});
          y = f.op("add", {{"x", y}, {"y", floats(f, {1, 2, 1, 1}, 2)}});
          return f.op("batch_norm", {{"x", y}, {"mean", floats(f, {2}, 0)}, {"variance", floats(f, {2}, 1)}});
        }});
}
void norms(FunctionBuilder &f, size_t n) {
  chain(f, n / 8, matrix(f), {[](FunctionBuilder &f, Value *x) {
          Value *mean = f.op("reduce_mean", {{"x", x}, {"axes", {-1}}, {"keep_dims", true}});
          Value *centered = f.op("sub", {{"x", x}, {"y", mean}});
          Value *square = f.op("mul", {{"x", centered}, {"y", centered}});
          Value *variance = f.op("reduce_mean", {{"x", square}, {"axes", {-1}}, {"keep_dims", true}});
          Value *root = f.op("rsqrt", {{"x", f.op("add", {{"x", variance}, {"y", 1e-5}})}});
          return f.op("mul", {{"x", centered}, {"y", root}});
        }});
}
void attentions(FunctionBuilder &f, size_t n) {
  chain(f, n / 8, f.input("x", DType::Float32, {1, 2, 3, 4}), {[](FunctionBuilder &f, Value *x) {
          Value *s = f.op("matmul", {{"x", x}, {"y", x}, {"transpose_y", true}});
          for (int i = 0; i < 4; ++i)
            s = f.op("add", {{"x", s}, {"y", s}});
          return f.op("matmul", {{"x", f.op("softmax", {{"x", s}, {"axis", -1}})}, {"y", x}});
        }});
}
void quantizations(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f),
        {[](FunctionBuilder &f, Value *x) { return f.op("quantize", {{"input", x}, {"scale", number(f, 0.5)}, {"output_dtype", "int8"}}); },
         [](FunctionBuilder &f, Value *x) { return f.op("dequantize", {{"input", x}, {"scale", number(f, 0.5)}}); }});
}
void selects(FunctionBuilder &f, size_t n) {
  chain(f, n, vector(f), {[](FunctionBuilder &f, Value *x) { return f.op("select", {{"cond", true}, {"a", x}, {"b", 0.0}}); }});
}
void stateWrites(FunctionBuilder &f, size_t n) {
  Value *state = f.state("s", DType::Float16, {4}), *x = f.op("read_state", {{"input", state}});
  for (size_t i = 0; i < n / 3; ++i) {
    x = f.op("exp", {{"x", x}});
    f.op("write_state", {{"input", state}, {"data", x}});
    x = f.op("read_state", {{"input", state}});
  }
  f.output(x);
}
void folding(FunctionBuilder &f, size_t n) {
  Value *x = number(f, 1);
  for (size_t i = 0; i < n; ++i)
    x = f.op("add", {{"x", x}, {"y", 1.0}});
  f.output(f.op("add", {{"x", vector(f)}, {"y", x}}));
}

// ---- Many uses --------------------------------------------------------------

void uses(FunctionBuilder &f, size_t n, llvm::function_ref<Value *(size_t)> use) {
  ValueList all;
  for (size_t i = 0; i < n; ++i)
    all.push_back(use(i));
  f.output(f.op("concat", {{"values", all}, {"axis", 0}}));
}
void equalUses(FunctionBuilder &f, size_t n) {
  Value *x = vector(f);
  uses(f, n, [&](size_t) { return f.op("exp", {{"x", x}}); });
}
void otherUses(FunctionBuilder &f, size_t n) {
  Value *x = vector(f);
  uses(f, n / 2, [&](size_t i) { return f.op("add", {{"x", x}, {"y", f.op("sub", {{"x", double(i) + 2}, {"y", x}})}}); });
}
void castUses(FunctionBuilder &f, size_t n) {
  Value *x = f.op("cast", {{"x", vector(f)}, {"dtype", "fp16"}});
  uses(f, n, [&](size_t) { return f.op("cast", {{"x", x}, {"dtype", "fp32"}}); });
}
void transposeUses(FunctionBuilder &f, size_t n) {
  Value *x = f.op("transpose", {{"x", matrix(f)}, {"perm", {1, 0}}});
  uses(f, n / 2, [&](size_t i) {
    Value *y = f.op("transpose", {{"x", x}, {"perm", {1, 0}}});
    return i % 2 ? y : f.op("transpose", {{"x", f.op("softmax", {{"x", x}, {"axis", 0}})}, {"perm", {1, 0}}});
  });
}
void reluUses(FunctionBuilder &f, size_t n) {
  Value *x = f.op("relu", {{"x", vector(f)}});
  uses(f, n, [&](size_t) { return f.op("relu", {{"x", x}}); });
}
void paths(FunctionBuilder &f, size_t n) { // all use the one before, and the first
  Value *first = vector(f), *x = first;
  for (size_t i = 0; i < n; ++i)
    x = f.op("mul", {{"x", x}, {"y", first}});
  f.output(x);
}
void outputs(FunctionBuilder &f, size_t n) {
  Value *x = vector(f);
  ValueList all;
  for (size_t i = 0; i < n; ++i)
    all.push_back(f.op("identity", {{"x", x}}));
  f.function().body().setOutputs(all);
}
void parts(FunctionBuilder &f, size_t n) {
  auto cut = f.results("split", {{"x", f.input("x", DType::Float32, {int64_t(n / 2), 1})}, {"num_splits", int(n / 2)}, {"axis", 0}});
  ValueList squeezed;
  for (Value *part : cut)
    squeezed.push_back(f.op("squeeze", {{"x", part}, {"axes", {0}}}));
  f.output(f.op("stack", {{"values", squeezed}, {"axis", 0}}));
}
void unused(FunctionBuilder &f, size_t n) {
  Value *x = vector(f), *y = x;
  for (size_t i = 0; i < n; ++i)
    y = f.op("exp", {{"x", y}});
  f.output(f.op("relu", {{"x", x}}));
}

// ---- Constants and names ----------------------------------------------------

void equalConstants(FunctionBuilder &f, size_t n) {
  Value *x = matrix(f);
  for (size_t i = 0; i < n / 2; ++i)
    x = f.op("sub", {{"x", f.constant("c", floats(f, {2, 4}, 1))}, {"y", x}});
  f.output(x);
}
/// That differ in the last element alone.
void likeConstants(FunctionBuilder &f, size_t n) {
  Value *x = f.input("x", DType::Float32, {64});
  for (size_t i = 0; i < n / 2; ++i)
    x = f.op("sub", {{"x", f.constant("c", floats(f, {64}, float(i)))}, {"y", x}});
  f.output(x);
}
/// Names that are all the same once they are made identifiers.
void names(FunctionBuilder &f, size_t n) {
  Value *x = vector(f);
  for (size_t i = 0; i < n; ++i) {
    std::string name = "a";
    for (unsigned bit = 0; bit < 24; ++bit)
      name += i >> bit & 1 ? '/' : '-';
    x = f.op("exp", {{"x", x}}, name);
  }
  f.output(x);
}
/// Names that new names would have.
void takenNames(FunctionBuilder &f, size_t n) {
  Value *x = vector(f);
  for (size_t i = 0; i < n; ++i)
    x = f.op("real_div", {{"x", x}, {"y", 4.0}}, "y_" + std::to_string(i));
  f.output(x);
}

// ---- Nested blocks ----------------------------------------------------------

Value *nest(FunctionBuilder &f, Value *pred, Value *x, size_t depth, size_t innermost = 1) {
  if (!depth) {
    for (size_t i = 0; i < innermost; ++i)
      x = f.op("rsqrt", {{"x", x}});
    return x;
  }
  return f.cond(
      pred, [&](FunctionBuilder &inner) { return llvm::SmallVector<Value *, 2>{nest(inner, pred, x, depth - 1, innermost)}; },
      [&](FunctionBuilder &inner) { return llvm::SmallVector<Value *, 2>{inner.op("sin", {{"x", x}})}; })[0];
}
/// As deep as is allowed, or nearly, and then side by side.
void nests(FunctionBuilder &f, size_t n) {
  Value *pred = condition(f), *x = vector(f);
  for (size_t left = n / 3; left;) {
    size_t depth = std::min<size_t>(left, 500);
    x = nest(f, pred, x, depth);
    left -= depth;
  }
  f.output(x);
}
/// All operations are deeply nested.
void depths(FunctionBuilder &f, size_t n) {
  Value *pred = condition(f), *x = vector(f);
  f.output(nest(f, pred, x, std::min<size_t>(n / 16, 500), n));
}
void loops(FunctionBuilder &f, size_t n) {
  Value *x = vector(f), *limit = f.input("n", DType::Int32, {1});
  for (size_t i = 0; i < n / 4; ++i)
    x = f.whileLoop(
        {limit, x, x}, [](FunctionBuilder &inner, llvm::ArrayRef<Value *> v) { return inner.op("greater", {{"x", v[0]}, {"y", 0}}); },
        [](FunctionBuilder &inner, llvm::ArrayRef<Value *> v) {
          return llvm::SmallVector<Value *, 2>{inner.op("sub", {{"x", v[0]}, {"y", 1}}), inner.op("exp", {{"x", v[1]}}), v[2]};
        })[1];
  f.output(x);
}
/// Many variables that never change, in one loop.
void invariants(FunctionBuilder &f, size_t n) {
  ValueList variables{f.input("n", DType::Int32, {1})};
  Value *x = vector(f);
  variables.resize(1 + n / 4, x);
  Value *last =
      f.whileLoop(
           variables, [](FunctionBuilder &inner, llvm::ArrayRef<Value *> v) { return inner.op("greater", {{"x", v[0]}, {"y", 0}}); },
           [](FunctionBuilder &inner, llvm::ArrayRef<Value *> v) {
             llvm::SmallVector<Value *, 2> next(v);
             next[0] = inner.op("sub", {{"x", v[0]}, {"y", 1}});
             return next;
           })
          .back();
  f.output(f.op("relu", {{"x", last}}));
}

const Pathology all[] = {
    {"casts", casts},
    {"relus", relus},
    {"exps", exps},
    {"noops", noops},
    {"reshapes", reshapes},
    {"squeezes", squeezes},
    {"transposes", transposes},
    {"read_transposes", readTransposes},
    {"pads", pads},
    {"additions", additions},
    {"products", products},
    {"doublings", doublings},
    {"activations", activations},
    {"squares", squares},
    {"linears", linears},
    {"matmuls", products2},
    {"convolutions", convolutions},
    {"norms", norms},
    {"attentions", attentions},
    {"quantizations", quantizations},
    {"selects", selects},
    {"state_writes", stateWrites},
    {"folding", folding},
    {"equal_uses", equalUses},
    {"other_uses", otherUses},
    {"cast_uses", castUses},
    {"transpose_uses", transposeUses},
    {"relu_uses", reluUses},
    {"paths", paths},
    {"outputs", outputs},
    {"parts", parts},
    {"unused", unused},
    {"equal_constants", equalConstants},
    {"like_constants", likeConstants},
    {"names", names},
    {"taken_names", takenNames},
    {"nests", nests},
    {"depths", depths},
    {"loops", loops},
    {"invariants", invariants},
    {"functions", products, 16},
    {"linear_functions", linears, 16},
};
} // namespace

llvm::ArrayRef<Pathology> pathologies() { return all; }

std::unique_ptr<Program> build(const Pathology &pathology, Context &context, size_t operations) {
  DiagnosticEngine diags;
  ModelBuilder model(context, Opset::IOS18);
  FunctionBuilder function = model.function("main");
  size_t each = pathology.operationsOfCopy;
  pathology.build(function, each ? each : operations);
  Result<std::unique_ptr<Model>> made = model.finish(diags);
  if (!made)
    llvm::errs() << pathology.name << ": " << diags.diagnostics().back().message << '\n';
  std::unique_ptr<Program> program = made ? std::move((*made)->program) : nullptr;
  for (size_t i = 1; program && each && i < operations / each; ++i)
    cloneFunction(function.function(), *program, context.intern("copy_" + std::to_string(i)));
  return program;
}

} // namespace mil::test
