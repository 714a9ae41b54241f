// The objects behind the handles of the C interface, and the frame of a call. Private to lib/CApi.
//
//   mil_status mil_model_verify(mil_model *model, int32_t strict) {
//     Call call(model);
//     if (!call)
//       return call.refuse("mil_model_verify", "no model");
//     return call.end(verifyOpened(call.opened(), call.diags(), strict != 0));
//   }
//
// Every operation and value leads to the mil::Context of its program, and from there to the handle of the context. The handle of a
// function, block, operation, value, type or literal is the address of the object: objects are allocated in arenas, and their memory stays
// valid after they are erased.
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

/// A text that a call returned.
struct mil_text {
  std::string text;
};

/// Reported diagnostics with their printed texts.
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
  const uint8_t *data() const { return bytes; } ///< null if it can't be mapped
  uint64_t size() const { return length; }

private:
  const uint8_t *bytes = nullptr;
  uint64_t length = 0;
};

/// The data that the programs of a context share, and the state of each.
struct SharedByPrograms : mil::Context {
  explicit SharedByPrograms(mil_context &owner) : owner(owner) {}

  mil_context &owner;
  mil::DiagnosticEngine diags;
  /// Whole weight files, by device and inode.
  std::map<std::pair<uint64_t, uint64_t>, std::unique_ptr<Mapping>> mappings;
  /// The names that are used in edited functions; cleared when programs are changed in other ways.
  llvm::DenseMap<const mil::Function *, std::unique_ptr<mil::NameScope>> names;
  /// The number of edits of each program that was edited by single calls; these programs are verified before they are written.
  llvm::DenseMap<const mil::Program *, uint64_t> edited;

  /// Texts of configurations, to which the locations of diagnostics may refer.
  std::list<std::string> texts;
};

} // namespace milc

struct mil_context {
  mil_context() : shared(std::make_unique<milc::SharedByPrograms>(*this)) {}

  /// Counts the objects that need the context: models, builders, executables and so on. The lock must be held.
  void retain() { ++users, ++objects; }
  /// Counts down when such an object is closed. The lock must not be held.
  void release();
  /// Called when the user closes the context.
  void close();

  std::recursive_mutex mutex;
  std::unique_ptr<milc::SharedByPrograms> shared;

  /// Records that a type or literal, which lives as long as the context, was returned to the caller.
  template <typename T> T lasting(T handle) {
    if (handle)
      hasLasting = true;
    return handle;
  }
  /// Frees the shared data if no program exists any more, because otherwise files would stay open and memory would grow with each program.
  /// The lock must be held.
  void forgetPrograms();

  /// Moves the diagnostics that were not fetched yet to `into`.
  void takeDiagnostics(mil_diagnostics &into);

  mil_progress_callback callback = nullptr;
  void *callbackData = nullptr;
  uint64_t done = 0, total = 0;
  bool stop = false;
  /// Calls the progress callback if enough time has passed since the last call; returns whether it requested to stop.
  bool poll();
  /// For SaveOptions: a function that passes the count to the progress callback.
  mil::ProgressFn progress();

private:
  std::chrono::steady_clock::time_point lastCall;
  std::atomic<int> users{1};
  size_t objects = 0;
  std::atomic<bool> hasLasting{false};
  mil_diagnostics untaken; ///< diagnostics of programs that were freed
  size_t taken = 0;        ///< how many of the engine's diagnostics were fetched
};

namespace milc {

/// A model, with the models that it was made from, which are needed to save it.
struct ModelState {
  explicit ModelState(mil_context &context) : context(context) {}
  ~ModelState();
  ModelState(const ModelState &) = delete;

  mil_context &context;
  mil::OpenedModel opened;
  std::vector<std::shared_ptr<ModelState>> sources;
  bool made = false;    ///< from other models, or rewritten: equal weights are stored once when it is saved
  bool broken = false;  ///< passes failed, so that the model can only be closed
  uint64_t changes = 0; ///< the number of changes other than single edits

  /// A number that differs after each change of the program or its interface; an executable is valid for one revision.
  uint64_t revision() const { return changes + context.shared->edited.lookup(opened.model->program.get()); }
  /// Adds the opened models whose files it refers to.
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
/// A type is a single pointer, to its storage in the context.
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

/// Reads a struct of options of any size: members beyond its size are zero.
template <typename T> T optionsFrom(const T *given) {
  T options{};
  if (given && given->size >= sizeof(size_t))
    std::memcpy(&options, given, std::min(given->size, sizeof(T)));
  return options;
}

/// One call of the interface, during which the lock of its context is held.
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
  /// Whether the model of the call can still be used; an error is reported if it can only be closed.
  bool isUsable(const char *function);
  /// Reports a wrong call.
  mil_status refuse(const char *function, const llvm::Twine &why);
  mil_status end(mil::Status status);
  template <typename T> mil_status end(const mil::Result<T> &result) { return end(result ? mil::success() : mil::failure()); }
  void edited(mil::Program &program) { ++context_->shared->edited[&program]; }

private:
  mil_context *context_;
  ModelState *state = nullptr;
  std::optional<mil::InterruptScope> interrupt;
};

/// Deletes an object of a context while the lock is held, and releases the context.
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

/// Creates the handle of a new model.
mil_model *newModel(mil_context &context, std::unique_ptr<mil::Model> model, std::vector<std::shared_ptr<ModelState>> sources);
/// Verifies the structure and the operations of a program that was changed by single edits.
mil::Status checkEdited(const mil::Model &model, mil_context &context);
/// Checks that the model of the call can be used, and is valid if it was changed by single edits.
mil::Status ready(Call &call, const char *function);
/// Collects the models of a merge or a unification, which must be usable and belong to the context of the call.
mil_status takeInputs(Call &call, const char *function, const mil_merge_input *inputs, size_t count, std::vector<mil::MergeInput> &into,
                      std::vector<std::shared_ptr<ModelState>> &sources);

} // namespace milc
