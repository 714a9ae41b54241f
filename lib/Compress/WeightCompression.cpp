#include "mil/Compress/WeightCompression.h"
#include "Joint.h"
#include "mil/Compress/DiagnosticKinds.h"
#include "mil/Compress/WeightSurvey.h"
#include "mil/IR/ConstantQueries.h"
#include "mil/IR/Context.h"
#include "mil/Pass/DiagnosticKinds.h"
#include "mil/Support/Interrupt.h"
#include "mil/Support/Printable.h"
#include "llvm/ADT/STLExtras.h"

using namespace mil;

/// A weight, and the value that represents it in the program.
struct WeightCompression::Target {
  WeightReaders readers;
  int64_t elements = 0;
  bool again = false;         ///< it is compressed already
  const Value *end = nullptr; ///< the dense weight, which operations read: the last of a chain of constexpr_*
};

/// Whether a scheme keeps all values.
static bool isExact(const Scheme &scheme) {
  const auto *palettize = std::get_if<PalettizeScheme>(&scheme);
  return palettize && palettize->mode == PalettizeScheme::Mode::Unique;
}

/// Whether an operation looks values up in a table.
static bool isPalette(const Operation &op) { return op.is("constexpr_lut_to_dense") || op.is("constexpr_lut_to_sparse"); }

std::string mil::describe(const WeightChange &change) {
  if (!change.scheme)
    return "left: " + describe(change.why).str();
  std::string text;
  for (const Scheme *earlier : change.earlier)
    text += describe(*earlier) + ", then ";
  return text + describe(*change.scheme);
}

WeightCompression::WeightCompression(CompressionConfig config, llvm::StringRef pass)
    : PatternPass({"const", "constexpr_affine_dequantize", "constexpr_blockwise_shift_scale", "constexpr_lut_to_dense",
                   "constexpr_lut_to_sparse", "constexpr_sparse_to_dense"}),
      config(std::move(config)), pass(pass) {}

bool WeightCompression::startFunction(Function &) {
  warned = false;
  names.clear();
  again.clear();
  return true;
}

bool WeightCompression::refuse(const Operation &op, Rewriter &rewriter, llvm::StringRef why) const {
  reportOn(op, rewriter.diags(), diag::PassRefused, pass, rewriter.function().name().str(), why);
  return false;
}

bool WeightCompression::isTooOld(Rewriter &rewriter) {
  Function &function = rewriter.function();
  if (function.opset() >= Opset::IOS16)
    return false;
  if (!warned)
    rewriter.diags().report(function.location(), diag::PassSkipped, pass, function.name().str(),
                            "compressed constants need iOS16: raise the opset first, see raise_opset");
  warned = true;
  return true;
}

std::optional<WeightCompression::Target> WeightCompression::targetOf(Operation &op) const {
  Target target;
  target.again = op.isConstexpr();
  if (target.again ? !config.joint : !isWeight(op))
    return std::nullopt;
  Value &value = *op.result(op.resultCount() - 1);
  std::optional<int64_t> elements = value.type().hasStaticShape() ? value.type().elementCount() : std::nullopt;
  target.readers = readersOf(value);
  if (!elements || target.readers.operations.empty())
    return std::nullopt;
  target.elements = *elements;
  // The dense weight counts, at the end of the chain.
  target.end = &value;
  while (target.end->hasOneUse() && target.end->firstUse()->user() && target.end->firstUse()->user()->isConstexpr()) {
    const Operation *next = target.end->firstUse()->user();
    target.end = next->result(next->resultCount() - 1);
    target.elements = std::max(target.elements, target.end->type().elementCount().value_or(0));
  }
  return target;
}

const std::optional<SchemeEntry> *WeightCompression::named(llvm::StringRef name) {
  auto entry = name.empty() ? config.byName.end() : config.byName.find(name);
  if (entry == config.byName.end())
    return nullptr;
  seen.insert(name);
  return &entry->second;
}

const SchemeEntry *WeightCompression::entryFor(const Operation &op, const Target &target, Rewriter &rewriter) {
  auto pointer = [](const std::optional<SchemeEntry> &entry) { return entry ? &*entry : nullptr; };
  llvm::StringRef value = op.result(op.resultCount() - 1)->name().str(), end = target.end->name().str();
  std::string before = firstName ? firstName(rewriter.function().name().str(), end) : "";
  for (llvm::StringRef name : {value, op.opName(), end, llvm::StringRef(before)})
    if (const auto *entry = named(name))
      return pointer(*entry);
  const SchemeEntry *found = nullptr;
  const Operation *first = nullptr;
  for (const Operation *reader : target.readers.operations) {
    const SchemeEntry *entry = pointer(config.global);
    if (auto byType = config.byType.find(reader->type().str()); byType != config.byType.end())
      entry = pointer(byType->second), seen.insert(reader->type().str());
    const auto *byName = named(reader->opName());
    if (!byName && reader->resultCount())
      byName = named(reader->result()->name().str());
    if (byName)
      entry = pointer(*byName);
    if (!entry && config.anyLeaves)
      return nullptr;
    if (first && !(entry && found ? *entry == *found : entry == found)) {
      refuse(op, rewriter, "the operations that use '" + value.str() + "' have different configurations");
      return nullptr;
    }
    first = reader, found = entry;
  }
  return found;
}

/// Makes the operations of a form; their last result, or null.
static Value *build(const CompressedWeight &form, Rewriter &rewriter) {
  llvm::SmallVector<Operation *, 3> made;
  for (const CompressedWeight::Operation &op : form.operations) {
    llvm::SmallVector<ArgumentSpec, 5> arguments;
    for (const CompressedWeight::Argument &argument : op.arguments)
      arguments.push_back(argument.literal ? ArgumentSpec(argument.name, argument.literal)
                          : argument.value ? ArgumentSpec(argument.name, argument.value)
                                           : ArgumentSpec(argument.name, made[argument.operation]->result(argument.result)));
    Operation *operation = rewriter.create(op.type, arguments);
    if (!operation)
      return nullptr;
    made.push_back(operation);
  }
  return made.back()->result(made.back()->resultCount() - 1);
}

const Value *WeightCompression::replace(Operation &op, const CompressedWeight &form, Rewriter &rewriter) {
  std::string name = op.result(op.resultCount() - 1)->name().str().str();
  Value *value = build(form, rewriter);
  if (!value)
    return nullptr;
  bool replaced;
  if (op.resultCount() == value->definingOp()->resultCount())
    replaced = rewriter.replace(op, value->definingOp(), Rewriter::Compressed::Move);
  else
    replaced = rewriter.replace(op, value, Rewriter::Compressed::Move);
  if (!replaced || form.suffix.empty() || functionOutput(value))
    return replaced ? value : nullptr;
  // The same name in every function that has none such, so that functions stay alike.
  if (names.empty()) {
    const Block &body = rewriter.function().body();
    auto add = [&](const Block &block) {
      for (const Value *input : block.inputs())
        names.insert(input->name().str());
    };
    add(body);
    body.walk([&](const Operation &each) {
      for (const Value &result : each.results())
        names.insert(result.name().str());
      for (const Block *block : each.blocks())
        add(*block);
    });
  }
  std::string wanted = name + form.suffix.str();
  Name renamed = names.insert(wanted).second ? rewriter.context().intern(wanted) : rewriter.fresh(wanted);
  value->setName(renamed);
  value->definingOp()->setAttribute(rewriter.context().intern("name"), Literal::string(rewriter.context(), renamed.str()));
  return value;
}

std::optional<CompressedWeight> WeightCompression::compressed(const Operation &op, const Target &target, const SchemeEntry &entry,
                                                              Rewriter &rewriter, WhyLeft &why) {
  const Value &value = *op.result(op.resultCount() - 1);
  WeightView view = viewOf(value, target.readers);
  if (auto matter = config.importance.find(value.name().str()); matter != config.importance.end()) {
    view.importance = matter->second;
    seen.insert(value.name().str());
    if (view.importance->count() != target.elements) {
      reportOn(op, rewriter.diags(), diag::ImportanceShape, value.name().str(), view.importance->count(), target.elements);
      return std::nullopt;
    }
  }
  Context &context = rewriter.context();
  if (!view.values) {
    why = WhyLeft::Unreadable;
    return std::nullopt;
  }
  bool byName = config.byName.contains(value.name().str()) || config.byName.contains(op.opName());
  view.isStructured |= byName;
  if (target.again)
    return compressAgain(op, view, entry.scheme, rewriter.opset(), context, config.mustShrink, why);

  const Literal *literal = op.constantValue();
  std::string key;
  llvm::raw_string_ostream(key) << contentOf(*literal) << ' ' << literal->type().str() << ' ' << int(rewriter.opset()) << ' '
                                << static_cast<const void *>(&entry) << ' ' << int64_t(view.outputs.value_or(99)) << ' '
                                << int64_t(view.inputs.value_or(99)) << ' ' << view.groups << view.isStructured;
  if (auto known = forms.find(key); known != forms.end() && !view.importance)
    return known->second;
  size_t errors = rewriter.diags().errorCount();
  if (config.hessianOf && !std::holds_alternative<PruneScheme>(entry.scheme))
    view.hessian = config.hessianOf(rewriter.function().name().str(), value.name().str());
  if (rewriter.diags().errorCount() != errors) // no data, then
    return std::nullopt;
  std::optional<CompressedWeight> form = compress(view, entry.scheme, rewriter.opset(), context, why);
  if (form)
    forms[key] = *form;
  return form;
}

bool WeightCompression::leave(const WeightChange &change, Rewriter &rewriter) const {
  std::string why = describe(change.why).str();
  rewriter.run().count("skipped: " + why);
  if (observer)
    observer(change);
  else
    rewriter.run().count("skipped '" + printable(change.name) + "': " + why);
  return false;
}

bool WeightCompression::leaveAgain(const Operation &op, const WeightChange &change, Rewriter &rewriter) const {
  // Once for each weight, at the end of its chain, and only if no part of it was compressed.
  bool isEnd = op.result(op.resultCount() - 1)->name().str() == change.name;
  return isEnd && !again.contains(change.name) && leave(change, rewriter);
}

WhyLeft WeightCompression::whyNotWanted(const Value &value, const Target &target, const SchemeEntry &entry) const {
  if (target.elements <= entry.threshold)
    return WhyLeft::FewElements;
  if (isInteger(value.type().dtype()) && !isExact(entry.scheme)) // which may be numbers of something, and mustn't change
    return WhyLeft::Integers;
  // As coremltools has it: pruning again is for what is compressed, and for nothing else.
  if (config.joint && !target.again && std::holds_alternative<PruneScheme>(entry.scheme))
    return WhyLeft::NotPrunedFirst;
  return WhyLeft::None;
}

void WeightCompression::measure(WeightChange &change, const Value &value, const CompressedWeight &form, bool isAgain) const {
  if (form.values)
    if (std::shared_ptr<const WeightValues> before = WeightValues::of(value)) {
      change.error = errorOf(*before, form);
      change.original = isAgain ? nullptr : before;
    }
  if (costOf)
    change.cost = costOf(change, form);
}

bool WeightCompression::rewrite(Operation &op, Rewriter &rewriter) {
  if (!(op.isConstexpr() || isWeight(op)) || !configure(op, rewriter))
    return false;
  std::optional<Target> target = targetOf(op);
  if (!target)
    return false;
  const SchemeEntry *entry = entryFor(op, *target, rewriter);
  if (!entry || !goOn(rewriter.diags()))
    return false;
  const Value &value = *op.result(op.resultCount() - 1);
  bool isEnd = target->end == &value;
  WeightChange change;
  change.function = rewriter.function().name().str().str(), change.name = target->end->name().str().str();
  change.type = target->end->type();
  change.bytesBefore = target->again ? compressedBytes(*target->end->definingOp())
                                     : packedSize(value.type().dtype(), uint64_t(target->elements)).value_or(0);
  change.why = whyNotWanted(value, *target, *entry);
  if (change.why != WhyLeft::None)
    return target->again ? leaveAgain(op, change, rewriter) : leave(change, rewriter);
  if (isTooOld(rewriter))
    return false;
  const char *refusal = whyNot(entry->scheme, rewriter.opset());
  if (target->again && rewriter.opset() < Opset::IOS18)
    refusal = "compressing again needs iOS18";
  if (refusal)
    return refuse(op, rewriter,
                  refusal + std::string(whyNot(entry->scheme, Opset::IOS26) ? "" : ": raise the opset first, see raise_opset"));
  change.why = target->again ? whyNotAgain(op, entry->scheme) : WhyLeft::None;
  if (change.why != WhyLeft::None)
    return leaveAgain(op, change, rewriter);

  std::optional<CompressedWeight> form = compressed(op, *target, *entry, rewriter, change.why);
  if (!form)
    return leave(change, rewriter);
  Scheme applied = entry->scheme;
  if (auto *quantize = std::get_if<QuantizeScheme>(&applied); quantize && isPalette(op))
    quantize->granularity = QuantizeScheme::Granularity::Tensor; // of the table
  change.scheme = &applied;
  change.bytesAfter = form->bytes();
  if (measures)
    measure(change, value, *form, bool(target->again));
  const Value *made = replace(op, *form, rewriter);
  change.newName = made && isEnd ? made->name().str().str() : change.name;
  again.insert(change.newName);
  if (observer)
    observer(change);
  return made;
}
