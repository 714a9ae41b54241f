// A server of one page, for this machine alone.
//
// It listens on 127.0.0.1 and answers one request at a time: a GET of its secret path, asked of its own address. Anything else is refused,
// so that no other page of the browser (DNS rebinding) and no other user who guesses the port reads the model.
#pragma once

#include "mil/Support/Diagnostics.h"
#include "mil/Support/Result.h"
#include <memory>
#include <string>

namespace mil {

class PageServer {
public:
  /// Listens on a port, 0 for any that is free. Fails, reported, when it can't.
  static Result<std::unique_ptr<PageServer>> listen(uint16_t port, DiagnosticEngine &diags);
  ~PageServer();
  PageServer(const PageServer &) = delete;

  /// "http://127.0.0.1:41234/5f0c…/".
  const std::string &url() const { return address; }
  /// Waits for one connection and answers it. Fails, reported, when the server can go on no longer.
  Status serveOne(llvm::StringRef page, DiagnosticEngine &diags);

private:
  PageServer() = default;
  std::string answer(llvm::StringRef request, bool &isPage) const;
  int listener = -1;
  std::string host, path, address;
};

} // namespace mil
