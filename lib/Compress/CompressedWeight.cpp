#include "mil/Compress/CompressedWeight.h"
#include <atomic>
#include <cmath>
#include <limits>

using namespace mil;

llvm::StringRef mil::describe(WhyLeft why) {
  switch (why) {
  case WhyLeft::None:
    return "";
  case WhyLeft::NotFinite:
    return "it has infinities or NaN";
  case WhyLeft::Unreadable:
    return "its file is missing";
  case WhyLeft::Indivisible:
    return "its number of channels is not a multiple of the block, group or vector size";
  case WhyLeft::OtherRank:
    return "it has more or fewer dimensions than block_size has numbers";
  case WhyLeft::NoAxis:
    return "it doesn't have the dimension given by channel_axis or dim";
  case WhyLeft::NoChannels:
    return "the operations that use it have their channels in different dimensions";
  case WhyLeft::TooManyValues:
    return "it has more than 256 different values";
  case WhyLeft::TooFewZeros:
    return "too few or all of its elements would be zero";
  case WhyLeft::TooSmall:
    return "it has fewer channels than two blocks";
  case WhyLeft::NotStructured:
    return "it is not the weight of conv or linear";
  case WhyLeft::FewElements:
    return "it has no more elements than the threshold";
  case WhyLeft::TooWide:
    return "its values are too large or too small to compute with";
  case WhyLeft::Integers:
    return "its elements are integers, which only the mode unique keeps";
  case WhyLeft::NotPrunedFirst:
    return "it is not compressed yet, and only the first configuration prunes such weights";
  case WhyLeft::AlreadyPruned:
    return "it is pruned already; it can be quantized or palettized";
  case WhyLeft::AlreadyQuantized:
    return "it is quantized already; it can be pruned or palettized";
  case WhyLeft::AlreadyPalettized:
    return "it is palettized already; it can be pruned, or its lookup table quantized";
  case WhyLeft::AlreadyCombined:
    return "it is compressed by two schemes already, which this one can't follow; apply this one earlier";
  case WhyLeft::LargeTables:
    return "its integers take less space than indices and one lookup table per block of scales; use fewer bits, or larger blocks";
  case WhyLeft::SmallTable:
    return "its lookup table has fewer than 10 numbers, too few to quantize";
  case WhyLeft::TableOfVectors:
    return "its lookup table has vectors; prune it first, with the block_size of cluster_dim";
  case WhyLeft::SplitVectors:
    return "only parts of its vectors are pruned; prune it with the block_size of cluster_dim, or palettize it without cluster_dim";
  case WhyLeft::OldForm:
    return "it is quantized in the form of iOS16; decompress_weights makes it a constant again";
  }
  return "";
}

bool mil::contradictsEarlier(WhyLeft why) { return why >= WhyLeft::NotPrunedFirst; }

uint64_t CompressedWeight::bytes() const {
  uint64_t bytes = 0;
  for (const Operation &op : operations)
    for (const Argument &argument : op.arguments)
      if (argument.literal)
        bytes += packedSize(argument.literal->type().dtype(), uint64_t(*argument.literal->type().elementCount())).value_or(0);
  return bytes;
}

std::optional<CompressedWeight> mil::compress(const WeightView &weight, const Scheme &scheme, Opset opset, Context &context, WhyLeft &why) {
  return std::visit([&](const auto &each) { return compress(weight, each, opset, context, why); }, scheme);
}

double WeightError::snr() const { return squares > 0 ? 10 * std::log10(magnitudes / squares) : std::numeric_limits<double>::infinity(); }

std::optional<WeightError> mil::errorOf(const WeightValues &weight, const CompressedWeight &compressed, const WeightValues *importance) {
  size_t tasks = size_t((weight.count() + elementsATask - 1) / elementsATask);
  std::vector<WeightError> parts(tasks);
  std::atomic<bool> read = true;
  inParallel(tasks, [&](size_t task) {
    int64_t from = int64_t(task) * elementsATask, n = std::min(elementsATask, weight.count() - from);
    std::vector<float> before(static_cast<size_t>(n)), after(static_cast<size_t>(n)), matter(importance ? size_t(n) : 0);
    if (!weight.read(from, before) || !compressed.values(from, after) || (importance && !importance->read(from, matter))) {
      read = false;
      return;
    }
    WeightError &part = parts[task];
    for (size_t i = 0; i < before.size(); ++i) {
      double difference = double(before[i]) - double(after[i]), by = importance ? double(matter[i]) : 1;
      part.squares += by * (difference * difference);
      part.magnitudes += by * (double(before[i]) * double(before[i]));
      part.largest = std::max(part.largest, std::fabs(difference));
    }
  });
  if (!read)
    return std::nullopt;
  WeightError sum;
  for (const WeightError &part : parts) {
    sum.squares += part.squares, sum.magnitudes += part.magnitudes;
    sum.largest = std::max(sum.largest, part.largest);
  }
  sum.count = weight.count();
  return sum;
}
