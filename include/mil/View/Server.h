// A server for one page that is only reachable from this machine.
//
// It listens on 127.0.0.1 and answers one request at a time: a GET of its secret path with its own address as the host. All other requests
// are rejected, so that neither another page in the browser (DNS rebinding) nor another user who guesses the port can read the model.
#pragma once

#include "mil/Support/Diagnostics.h"
#include "mil/Support/Result.h"
#include <memory>
#include <string>

namespace mil {

/// A server for one page. Listens until it is destroyed.
class PageServer {
public:
  /// Listens on a port, 0 for any free one. Fails (reported) if it can't.
  static Result<std::unique_ptr<PageServer>> listen(uint16_t port, DiagnosticEngine &diags);
  ~PageServer();
  PageServer(const PageServer &) = delete;

  /// "http://127.0.0.1:41234/5f0c…/".
  const std::string &url() const { return address; }
  /// Waits for one connection and answers it. Fails (reported) if the server can't continue.
  Status serveOne(llvm::StringRef page, DiagnosticEngine &diags);

private:
  PageServer() = default;
  std::string answer(llvm::StringRef request, bool &isPage) const;
  int listener = -1;
  std::string host, path, address;
};

} // namespace mil
