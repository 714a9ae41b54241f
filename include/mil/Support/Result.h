// A call either succeeds or fails. The reason of a failure is reported once, to the DiagnosticEngine that was passed to the call.
//
// `Status` is the result of calls without a value, `Result<T>` of calls with one. Both must be checked. No exception crosses a
// library boundary: exceptions of ANTLR and protobuf are caught in the readers.
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

/// The call succeeded.
inline Status success() { return Status::success(); }
/// The call failed and has reported the reason. Converts to any `Result<T>`.
inline Status failure() { return Status::failure(); }

/// A value, or a failure that was reported.
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
