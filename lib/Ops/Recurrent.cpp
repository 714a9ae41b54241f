// Recurrent networks over a sequence x [S, B, I], with hidden states of H elements. None of them is folded.
//
// Results are y [S, B, H], or its last step [1, B, H] unless output_sequence, and the state after the last step. Reversed, steps are
// taken from the end, and y has them in the order in which they were taken.

#include "Definition.h"
#include "Families.h"

namespace mil {

/// Names of activations; both spellings of the hard sigmoid occur.
static Trait activations() { return oneOfIgnoringCase("tanh", "scaled_tanh", "sigmoid", "hard_sigmoid", "sigmoid_hard", "relu", "linear"); }

/// Whether a parameter, if it is there, has a shape; complains otherwise.
static bool checkShape(const Args &a, llvm::StringRef parameter, llvm::ArrayRef<int64_t> dims, const char *layout) {
  if (!a[parameter] || shapes::compatible(a[parameter].dims(), dims))
    return true;
  a.failShape(parameter, printDims(dims) + ", " + layout);
  return false;
}

/// The number of elements of the hidden state; nullopt, having said why, when the weights of one direction (named with `suffix`) don't fit
/// together or don't fit x. Gates lie one above the other.
static std::optional<int64_t> checkWeights(const Args &a, int64_t gates, llvm::StringRef suffix, const char *gated) {
  std::string recurrent = "weight_hh" + suffix.str(), input = "weight_ih" + suffix.str();
  if (a[recurrent].rank() != 2)
    return a.failRank(recurrent, 2);
  int64_t hidden = a[recurrent].dim(1);
  std::optional<int64_t> rows = shapes::multiply(gates, hidden);
  if (!rows)
    return a.failOverflow();
  if (!checkShape(a, recurrent, {*rows, hidden}, gated) || !checkShape(a, input, {*rows, a["x"].dim(2)}, gated) ||
      !checkShape(a, "bias" + suffix.str(), {*rows}, gated))
    return std::nullopt;
  return hidden;
}

/// The types of the results: y and `states` times the state, of `width` elements.
static Inferred results(const Args &a, int64_t width, unsigned states) {
  Arg x = a["x"];
  DType type = x.dtype();
  llvm::SmallVector<Type, 1> types{a.tensor(type, {a.flag("output_sequence") ? x.dim(0) : 1, x.dim(1), width})};
  types.append(states, a.tensor(type, {x.dim(1), width}));
  return types;
}

/// gru and rnn: one direction, one state.
static Inferred inferOneState(const Args &a, int64_t gates, const char *gated) {
  if (a["x"].rank() != 3)
    return a.failRank("x", 3);
  std::optional<int64_t> hidden = checkWeights(a, gates, "", gated);
  if (!hidden || !checkShape(a, "initial_h", {a["x"].dim(1), *hidden}, "[B, H]"))
    return a.failed();
  return results(a, *hidden, 1);
}

static Inferred inferGru(const Args &a) {
  Inferred inferred = inferOneState(a, 3, "with gates r, o and z of H rows");
  if (inferred.outcome != Inferred::Outcome::Known || a.opset() < iOS18)
    return inferred;
  if (!checkShape(a, "input_bias", a["weight_hh"].dims().take_front(), "as the rows of weight_hh"))
    return a.failed();
  return inferred;
}

static Inferred inferRnn(const Args &a) { return inferOneState(a, 1, "H rows"); }

static Inferred inferLstm(const Args &a) {
  constexpr const char *gated = "with gates i, f, o and g of H rows";
  if (a["x"].rank() != 3)
    return a.failRank("x", 3);
  std::optional<llvm::StringRef> direction = a.string("direction");
  if (!direction)
    return a.unknown();
  bool both = *direction == "bidirectional";
  if (both && (!a["weight_ih_back"] || !a["weight_hh_back"]))
    return a.failValue("direction", "\"forward\" or \"reverse\", as weight_ih_back or weight_hh_back is absent");
  std::optional<int64_t> hidden = checkWeights(a, 4, "", gated);
  if (!hidden)
    return a.failed();
  Dims peephole{*hidden == shapes::unknown ? shapes::unknown : *hidden * 3}; // no overflow: 4 times as much has none
  if (both) {
    std::optional<int64_t> back = checkWeights(a, 4, "_back", gated);
    if (!back)
      return a.failed();
    if (!shapes::compatible(*back, *hidden))
      return a.failShape("weight_hh_back", printDims(a["weight_hh"].dims()) + ", as weight_hh");
    if (!checkShape(a, "peephole_back", peephole, "[3 H]"))
      return a.failed();
  }
  int64_t width = both && *hidden != shapes::unknown ? *hidden * 2 : *hidden;
  if (!checkShape(a, "peephole", peephole, "[3 H]") || !checkShape(a, "initial_h", {a["x"].dim(1), width}, "[B, H · directions]") ||
      !checkShape(a, "initial_c", {a["x"].dim(1), width}, "[B, H · directions]"))
    return a.failed();
  return results(a, width, 2);
}

void ops::defineRecurrent(Catalogue &catalogue) {
  OpFamily op(catalogue, "recurrent");

  op("rnn", iOS15)
      .says("h = activation(W · x + U · h + bias), step by step")
      .in("x", T)
      .in("initial_h", T)
      .in("weight_ih", T, constant)
      .in("weight_hh", T, constant)
      .in("bias", T, constant, optional)
      .in("direction", string, constant, dflt("forward"), oneOf("forward", "reverse"))
      .in("output_sequence", boolean, constant, dflt(false))
      .in("activation", string, constant, dflt("tanh"), activations())
      .where(T, fp32)
      .results({"y", "h"})
      .infer(inferRnn)
      .from(iOS17)
      .where(T, {fp16, fp32});

  // r = ract(W_r x + U_r h + b_r), z likewise; o = act(W_o x + U_o (r · h) + b_o); h = (1 - z) · o + z · h. With reset_after, r is applied
  // to the product: o = act(W_o x + input_bias_o + r · (U_o h + b_o)).
  op("gru", iOS15)
      .says("gated recurrent units with the gates r, o and z, step by step")
      .in("x", T)
      .in("initial_h", T)
      .in("weight_ih", T, constant)
      .in("weight_hh", T, constant)
      .in("bias", T, constant, optional)
      .in("direction", string, constant, dflt("forward"), oneOf("forward", "reverse"))
      .in("output_sequence", boolean, constant, dflt(false))
      .in("recurrent_activation", string, constant, dflt("sigmoid"), activations())
      .in("activation", string, constant, dflt("tanh"), activations())
      .where(T, fp32)
      .results({"y", "h"})
      .infer(inferGru)
      .from(iOS17)
      .where(T, {fp16, fp32})
      .from(iOS18)
      .in("reset_after", boolean, constant, optional, scalar)
      .in("input_bias", T, constant, optional);

  // i = ract(W_i x + U_i h + b_i + p_i · c), f likewise; g = cact(W_g x + U_g h + b_g); c = f · c + i · g, clipped; o = ract(W_o x + U_o h
  // + b_o + p_o · c); h = o · act(c). Of two directions, the forward one comes first in every result.
  op("lstm", iOS15)
      .says("long short-term memory with the gates i, f, o and g, step by step, in one direction or both")
      .in("x", T)
      .in("initial_h", T)
      .in("initial_c", T)
      .in("weight_ih", T, constant)
      .in("weight_hh", T, constant)
      .in("bias", T, constant, optional)
      .in("peephole", T, constant, optional)
      .in("weight_ih_back", T, constant, optional)
      .in("weight_hh_back", T, constant, optional)
      .in("bias_back", T, constant, optional)
      .in("peephole_back", T, constant, optional)
      .in("direction", string, constant, dflt("forward"), oneOf("forward", "reverse", "bidirectional"))
      .in("output_sequence", boolean, constant, dflt(false))
      .in("recurrent_activation", string, constant, dflt("sigmoid"), activations())
      .in("cell_activation", string, constant, dflt("tanh"), activations())
      .in("activation", string, constant, dflt("tanh"), activations())
      .in("clip", T, constant, optional, scalar)
      .where(T, fp32)
      .results({"y", "h", "c"})
      .infer(inferLstm)
      .from(iOS17)
      .where(T, {fp16, fp32});
}

} // namespace mil
