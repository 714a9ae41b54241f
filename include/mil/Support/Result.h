// A call either succeeds or fails; why it failed is told once, to the DiagnosticEngine that the call was given.
//
// `Status` is for calls without a value, `Result<T>` for those with one. Both must be looked at. Nothing in milc throws across
// a library border: exceptions of ANTLR and protobuf stop at the readers.
//
//   Result<Program> program = parse(source, context, diags);
//   if (!program)
//     return failure();       // the engine already has the error
//   use(*program);
#pragma once

#include <cassert>
#include <optional>
#include <type_traits>
#include <utility>

namespace mil {

/// Success or failure of a call without a value.
class [[nodiscard]] Status {
public:
  static Status success() { return Status(true); }
  static Status failure() { return Status(false); }
  explicit operator bool() const { return ok; }

private:
  explicit Status(bool ok) : ok(ok) {}
  bool ok;
};

/// The call did what it says.
inline Status success() { return Status::success(); }
/// The call failed and has told the DiagnosticEngine why. Converts to any `Result<T>`.
inline Status failure() { return Status::failure(); }

/// A value, or the fact that there is none because of an error that was reported.
template <typename T> class [[nodiscard]] Result {
public:
  Result(Status status) { assert(!status && "a successful Result needs a value"), (void)status; }
  template <typename U>
    requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, Status>)
  Result(U &&value) : value(std::forward<U>(value)) {}

  explicit operator bool() const { return value.has_value(); }
  T &operator*() & { return *value; }
  const T &operator*() const & { return *value; }
  T &&operator*() && { return std::move(*value); }
  T *operator->() { return &*value; }
  const T *operator->() const { return &*value; }

private:
  std::optional<T> value;
};

} // namespace mil
