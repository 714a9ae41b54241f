// What the handles of the C interface are, and how a call begins and ends. Private to lib/CApi.
//
//   mil_status mil_model_verify(mil_model *model, int32_t strict) {
//     Call call(model);
//     if (!call)
//       return call.refuse("mil_model_verify", "no model");
//     return call.end(verifyOpened(call.opened(), call.diags(), strict != 0));
//   }
//
// From any operation or value one finds the mil::Context of its program, and from that the handle of the context. A handle of a function,
// block, operation, value, type or literal is the object's address: objects are allocated in arenas, and their memory stays valid when
// they are erased.
#pragma once

#include "mil-c/mil.h"
#include "mil/IR/Names.h"
#include "mil/Link/Link.h"
#include "mil/Package/Package.h"
#include "mil/Support/Interrupt.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include <atomic>
#include <bit>
#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <mutex>

/// A text that a call made.
struct mil_text {
  std::string text;
};

/// What was reported, with its texts printed.
struct mil_diagnostics {
  struct Entry {
    mil_severity severity;
    std::string text, message, slug, file;
    uint64_t line = 0, column = 0;
  };
  std::vector<Entry> entries;
};

namespace milc {

/// A whole weight file in memory, for reading.
class Mapping {
public:
  Mapping(int descriptor, uint64_t size);
  ~Mapping();
  Mapping(const Mapping &) = delete;
  const uint8_t *data() const { return bytes; } ///< null when it can't be mapped
  uint64_t size() const { return length; }

private:
  const uint8_t *bytes = nullptr;
  uint64_t length = 0;
};

/// What the programs of a context share, and what is known of them.
struct SharedByPrograms : mil::Context {
  explicit SharedByPrograms(mil_context &owner) : owner(owner) {}

  mil_context &owner;
  mil::DiagnosticEngine diags;
  /// Whole weight files, by device and inode.
  std::map<std::pair<uint64_t, uint64_t>, std::unique_ptr<Mapping>> mappings;
  /// Names in use in functions that were edited; dropped when something else changes programs.
  llvm::DenseMap<const mil::Function *, std::unique_ptr<mil::NameScope>> names;
  /// Programs that were edited by hand, and how often; they are checked before they are written.
  llvm::DenseMap<const mil::Program *, uint64_t> edited;

  /// Configurations that diagnostics may point into.
  std::list<std::string> texts;
};

} // namespace milc

struct mil_context {
  mil_context() : shared(std::make_unique<milc::SharedByPrograms>(*this)) {}

  /// Counts the objects that need the context: each model, builder, executable and so on. With the lock held.
  void retain() { ++users, ++objects; }
  /// One of them is gone. Without the lock.
  void release();
  /// Its user doesn't need it any longer.
  void close();

  std::recursive_mutex mutex;
  std::unique_ptr<milc::SharedByPrograms> shared;

  /// A type or literal that lives as long as the context was given to the caller.
  template <typename T> T lasting(T handle) {
    if (handle)
      hasLasting = true;
    return handle;
  }
  /// Frees what programs shared, if there are no programs any longer; else files stay open and memory grows with each. With the lock held.
  void forgetPrograms();

  /// Diagnostics that weren't fetched yet.
  void takeDiagnostics(mil_diagnostics &into);

  mil_progress_callback callback = nullptr;
  void *callbackData = nullptr;
  uint64_t done = 0, total = 0;
  bool stop = false;
  /// Calls the callback if the last call was a while ago; returns whether it requested to stop.
  bool poll();
  /// For SaveOptions: passes the count on.
  mil::ProgressFn progress();

private:
  std::chrono::steady_clock::time_point lastCall;
  std::atomic<int> users{1};
  size_t objects = 0;
  std::atomic<bool> hasLasting{false};
  mil_diagnostics untaken; ///< of programs that were forgotten
  size_t taken = 0;        ///< how many of the engine's diagnostics were fetched
};

namespace milc {

/// A model with those that it was made from, which it needs to be saved.
struct ModelState {
  explicit ModelState(mil_context &context) : context(context) {}
  ~ModelState();
  ModelState(const ModelState &) = delete;

  mil_context &context;
  mil::OpenedModel opened;
  std::vector<std::shared_ptr<ModelState>> sources;
  bool made = false;    ///< of others, or rewritten: its weights are shared when it is saved
  bool broken = false;  ///< by passes that failed
  uint64_t changes = 0; ///< by other calls than those that edit by hand

  /// Another number after each change of the program or its interface: executables are for one.
  uint64_t revision() const { return changes + context.shared->edited.lookup(opened.model->program.get()); }
  /// The opened models whose files it refers to.
  void addOpened(llvm::SmallVectorImpl<const mil::OpenedModel *> &into) const;
};

} // namespace milc

struct mil_model {
  mil_model(mil_context *context, std::shared_ptr<milc::ModelState> state) : context(context), state(std::move(state)) {
    context->retain();
  }
  ~mil_model();
  mil_context *context;
  std::shared_ptr<milc::ModelState> state;
};

namespace milc {

/// The class of the objects that handles of a kind represent, and the kind of handle that represents objects of a class.
template <typename Handle> struct ObjectOf;
template <typename Object> struct HandleOf;
template <> struct ObjectOf<mil_function> {
  using Type = mil::Function;
};
template <> struct ObjectOf<mil_block> {
  using Type = mil::Block;
};
template <> struct ObjectOf<mil_operation> {
  using Type = mil::Operation;
};
template <> struct ObjectOf<mil_value> {
  using Type = mil::Value;
};
template <> struct HandleOf<mil::Function> {
  using Type = mil_function;
};
template <> struct HandleOf<mil::Block> {
  using Type = mil_block;
};
template <> struct HandleOf<mil::Operation> {
  using Type = mil_operation;
};
template <> struct HandleOf<mil::Value> {
  using Type = mil_value;
};

template <typename Handle> typename ObjectOf<Handle>::Type *unwrap(const Handle *handle) {
  return reinterpret_cast<typename ObjectOf<Handle>::Type *>(const_cast<Handle *>(handle));
}
template <typename Object> typename HandleOf<Object>::Type *wrap(const Object *object) {
  return reinterpret_cast<typename HandleOf<Object>::Type *>(const_cast<Object *>(object));
}
inline const mil_literal *wrap(const mil::Literal *literal) { return reinterpret_cast<const mil_literal *>(literal); }
inline const mil::Literal *unwrap(const mil_literal *literal) { return reinterpret_cast<const mil::Literal *>(literal); }
inline const mil_type *wrap(mil::Type type) { return reinterpret_cast<const mil_type *>(type.pointer()); }
/// A type is one pointer, to what its context keeps of it.
inline mil::Type unwrap(const mil_type *type) { return std::bit_cast<mil::Type>(type); }

inline mil_string borrow(llvm::StringRef text) { return text.data() ? mil_string{text.data(), text.size()} : mil_string{"", 0}; }
inline std::string orEmpty(const char *text) { return text ? text : ""; }
std::vector<std::string> namesOf(const char *const *names, size_t count);
inline mil_text *newText(std::string text) { return new mil_text{std::move(text)}; }

inline mil::Program &programOf(const mil::Function &function) { return function.program(); }
inline mil::Program &programOf(const mil::Block &block) { return block.program(); }
inline mil::Program &programOf(const mil::Operation &op) { return op.program(); }
inline mil::Program &programOf(const mil::Value &value) {
  return value.definingOp() ? value.definingOp()->program() : value.inputOf()->program();
}
template <typename T> mil_context *contextOf(const T &object) {
  return &static_cast<SharedByPrograms &>(programOf(object).context()).owner;
}

/// Reads a struct of options of any size: what it is too short to have is zero.
template <typename T> T optionsFrom(const T *given) {
  T options{};
  if (given && given->size >= sizeof(size_t))
    std::memcpy(&options, given, std::min(given->size, sizeof(T)));
  return options;
}

/// One call: holds the lock of its context.
class Call {
public:
  explicit Call(mil_context *context);
  explicit Call(const mil_model *model) : Call(model ? model->context : nullptr) { state = model ? model->state.get() : nullptr; }
  explicit Call(const mil_function *object) : Call(object ? contextOf(*unwrap(object)) : nullptr) {}
  explicit Call(const mil_block *object) : Call(object ? contextOf(*unwrap(object)) : nullptr) {}
  explicit Call(const mil_operation *object) : Call(object ? contextOf(*unwrap(object)) : nullptr) {}
  explicit Call(const mil_value *object) : Call(object ? contextOf(*unwrap(object)) : nullptr) {}
  ~Call();
  Call(const Call &) = delete;

  explicit operator bool() const { return context_; }
  mil_context &context() const { return *context_; }
  SharedByPrograms &shared() const { return *context_->shared; }
  mil::DiagnosticEngine &diags() const { return context_->shared->diags; }
  mil::OpenedModel &opened() const { return state->opened; }
  /// Whether its model is still good for more than being closed; else it was reported.
  bool isUsable(const char *function);
  /// The call is wrong.
  mil_status refuse(const char *function, const llvm::Twine &why);
  mil_status end(mil::Status status);
  template <typename T> mil_status end(const mil::Result<T> &result) { return end(result ? mil::success() : mil::failure()); }
  void edited(mil::Program &program) { ++context_->shared->edited[&program]; }

private:
  mil_context *context_;
  ModelState *state = nullptr;
  std::optional<mil::InterruptScope> interrupt;
};

/// Deletes an object of a context, with its lock, and lets go of the context.
template <typename T> void closeObject(T *object) {
  if (!object)
    return;
  mil_context *context = object->context;
  {
    Call call(context);
    delete object;
  }
  context->release();
}

/// A model that was made, as a handle.
mil_model *newModel(mil_context &context, std::unique_ptr<mil::Model> model, std::vector<std::shared_ptr<ModelState>> sources);
/// Structure and operations, where the program was edited by hand.
mil::Status checkEdited(const mil::Model &model, mil_context &context);
/// Whether the call's model can be used, and is valid where it was edited.
mil::Status ready(Call &call, const char *function);
/// The models of a merge or a unification, which must be usable and of the call's context.
mil_status takeInputs(Call &call, const char *function, const mil_merge_input *inputs, size_t count, std::vector<mil::MergeInput> &into,
                      std::vector<std::shared_ptr<ModelState>> &sources);

} // namespace milc
