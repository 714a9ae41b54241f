#include "ProgressMeter.h"
#include "mil/Support/Interrupt.h"
#include "llvm/Support/xxhash.h"
#include <cstring>
#include <map>
#include <tuple>

using namespace llvm;

namespace mil {

namespace {

constexpr uint64_t bufferBudget = uint64_t(32) << 20, largestWindow = uint64_t(1) << 20, firstWindow = 4096;

/// Blobs of one type and size, in the order they were added, whose bytes up to `offset` are known to be equal.
struct Class {
  std::vector<const Blob *> members;
  uint64_t offset = 0;
};

/// Parts classes of blobs window by window until each is known to be equal or has one member.
class Refinement {
public:
  Refinement(DenseMap<const Blob *, const Blob *> &leader, DiagnosticEngine &diags) : leader(leader), diags(diags) {}
  ProgressMeter progress;

  Status run(std::vector<const Blob *> members);

private:
  /// The windows that differ from one another so far, and the members that have each.
  struct Part {
    const uint8_t *window;
    Class members;
  };

  Result<std::vector<Class>> split(Class whole, uint64_t size);
  size_t partOf(const uint8_t *window, uint64_t size);

  DenseMap<const Blob *, const Blob *> &leader;
  DiagnosticEngine &diags;
  std::vector<uint8_t> buffer;
  std::vector<Part> parts;
  std::map<std::pair<uint64_t, uint64_t>, SmallVector<size_t, 1>> byHash; // parts but the first
};

Status Refinement::run(std::vector<const Blob *> members) {
  std::vector<Class> open;
  open.push_back({std::move(members), 0});
  while (!open.empty()) {
    Class current = std::move(open.back());
    open.pop_back();
    const Blob *first = current.members.front();
    uint64_t rest = first->size() - current.offset;
    if (rest == 0 || current.members.size() == 1) {
      for (const Blob *member : current.members)
        leader[member] = first;
      progress.add(rest);
      continue;
    }
    // Blobs that differ mostly do so early: start small. However many members, their windows fit into the buffer.
    uint64_t size = std::min(
        {rest, std::max(current.offset, firstWindow), largestWindow, std::max<uint64_t>(bufferBudget / current.members.size(), 1)});
    auto classes = split(std::move(current), size);
    if (!classes)
      return failure();
    std::move(classes->begin(), classes->end(), std::back_inserter(open));
  }
  return success();
}

/// Reads the next `size` bytes of all members and sorts the members by them.
Result<std::vector<Class>> Refinement::split(Class whole, uint64_t size) {
  parts.clear();
  byHash.clear();
  buffer.resize(std::max<size_t>(buffer.size(), std::min(bufferBudget, size * whole.members.size())));
  uint8_t *slot = buffer.data(); // one a part; the window of a member that joins a part is overwritten by the next
  for (const Blob *member : whole.members) {
    if (!goOn(diags))
      return failure();
    ArrayRef<uint8_t> memory = member->memory();
    const uint8_t *window = memory.empty() ? slot : memory.data() + whole.offset;
    if (memory.empty() && !member->read(whole.offset, MutableArrayRef<uint8_t>(slot, size), diags))
      return failure();
    size_t part = partOf(window, size);
    if (part == parts.size()) {
      parts.push_back({window, {{}, whole.offset + size}});
      slot += window == slot ? size : 0;
    }
    parts[part].members.members.push_back(member);
    progress.add(size);
  }
  std::vector<Class> classes;
  for (Part &part : parts)
    classes.push_back(std::move(part.members));
  return classes;
}

/// The part with the same window; parts.size() if none has.
size_t Refinement::partOf(const uint8_t *window, uint64_t size) {
  auto same = [&](size_t part) { return std::memcmp(parts[part].window, window, size) == 0; };
  if (parts.empty() || same(0))
    return 0;
  XXH128_hash_t hash = xxh3_128bits(ArrayRef<uint8_t>(window, size));
  SmallVector<size_t, 1> &candidates = byHash[{hash.high64, hash.low64}];
  for (size_t part : candidates)
    if (same(part))
      return part;
  candidates.push_back(parts.size());
  return parts.size();
}

/// Where bytes are, as far as that shows equality without reading.
using Place = std::tuple<uint64_t, uint64_t, uint64_t>;
std::optional<Place> placeOf(const Blob &blob) {
  if (Blob::FileRange range = blob.fileRange(); range.isKnown())
    return Place(range.file.device, range.file.inode, range.offset);
  if (!blob.memory().empty())
    return Place(UINT64_MAX, UINT64_MAX, reinterpret_cast<uintptr_t>(blob.memory().data()));
  return std::nullopt;
}

uint64_t sumOfSizes(ArrayRef<const Blob *> blobs) {
  uint64_t sum = 0;
  for (const Blob *blob : blobs)
    sum += blob->size();
  return sum;
}

} // namespace

void BlobPool::add(const Blob *blob) {
  if (leader.try_emplace(blob, blob).second)
    order.push_back(blob);
}

Status BlobPool::unify(DiagnosticEngine &diags) {
  // By type and size, keeping the order within; then those at one place are one.
  std::map<std::tuple<BlobDType, uint64_t, unsigned>, std::vector<const Blob *>> alike;
  for (const Blob *blob : order)
    alike[{blob->dtype(), blob->size(), blob->paddingBits()}].push_back(blob);
  DenseMap<const Blob *, const Blob *> samePlace;
  std::vector<std::vector<const Blob *>> classes;
  uint64_t toRead = 0;
  for (auto &[key, blobs] : alike) {
    std::map<Place, const Blob *> places;
    std::vector<const Blob *> distinct;
    for (const Blob *blob : blobs) {
      std::optional<Place> place = placeOf(*blob);
      const Blob *first = place ? places.try_emplace(*place, blob).first->second : blob;
      samePlace[blob] = first;
      if (first == blob)
        distinct.push_back(blob);
      leader[blob] = blob;
    }
    if (distinct.size() > 1) {
      toRead += sumOfSizes(distinct);
      classes.push_back(std::move(distinct));
    }
  }

  Refinement refinement(leader, diags);
  refinement.progress.start(progress, toRead);
  for (std::vector<const Blob *> &members : classes)
    if (!refinement.run(std::move(members)))
      return failure();
  refinement.progress.finish();

  groups.clear();
  for (const Blob *blob : order) {
    leader[blob] = leader[samePlace[blob]];
    if (leader[blob] == blob)
      groups.push_back(blob);
  }
  return success();
}

const Blob *BlobPool::representative(const Blob *blob) const { return leader.lookup(blob); }
uint64_t BlobPool::totalBytes() const { return sumOfSizes(order); }
uint64_t BlobPool::distinctBytes() const { return sumOfSizes(groups); }

} // namespace mil
