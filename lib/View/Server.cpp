#include "mil/View/Server.h"
#include "mil/View/DiagnosticKinds.h"
#include "llvm/ADT/StringExtras.h"
#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <random>
#include <sys/socket.h>
#include <unistd.h>

using llvm::StringRef;

namespace mil {

namespace {

constexpr size_t largestRequest = 16384;
constexpr std::chrono::seconds patience{5};

void setTimeouts(int connection) {
  timeval wait{.tv_sec = patience.count(), .tv_usec = 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
#ifdef SO_NOSIGPIPE
  int on = 1;
  setsockopt(connection, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
#endif
}

/// The head of a request, "" when it doesn't come whole in time.
std::string receive(int connection) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  std::string request;
  char buffer[2048];
  while (request.size() < largestRequest && std::chrono::steady_clock::now() < deadline) {
    ssize_t got = recv(connection, buffer, sizeof(buffer), 0);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return "";
    request.append(buffer, size_t(got));
    if (StringRef(request).contains("\r\n\r\n"))
      return request;
  }
  return "";
}

bool send(int connection, StringRef bytes) {
#ifdef MSG_NOSIGNAL
  constexpr int flags = MSG_NOSIGNAL;
#else
  constexpr int flags = 0;
#endif
  while (!bytes.empty()) {
    ssize_t sent = ::send(connection, bytes.data(), bytes.size(), flags);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      return false;
    bytes = bytes.drop_front(size_t(sent));
  }
  return true;
}

/// 128 random bits, in hex.
std::string secret() {
  std::random_device random;
  std::string text;
  for (int i = 0; i < 4; ++i)
    text += fmt::format("{:08x}", uint32_t(random()));
  return text;
}

} // namespace

Result<std::unique_ptr<PageServer>> PageServer::listen(uint16_t port, DiagnosticEngine &diags) {
  std::unique_ptr<PageServer> server(new PageServer());
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(at);
  server->listener = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  if (server->listener < 0 || setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
      bind(server->listener, reinterpret_cast<sockaddr *>(&at), size) || ::listen(server->listener, 8) ||
      getsockname(server->listener, reinterpret_cast<sockaddr *>(&at), &size))
    return diags.report({}, diag::ViewCannotServe, std::strerror(errno));
  server->host = fmt::format("127.0.0.1:{}", ntohs(at.sin_port));
  server->path = "/" + secret() + "/";
  server->address = "http://" + server->host + server->path;
  return server;
}

PageServer::~PageServer() {
  if (listener >= 0)
    ::close(listener);
}

std::string PageServer::answer(StringRef request, bool &isPage) const {
  auto [head, rest] = request.split("\r\n");
  StringRef asked;
  for (StringRef line : llvm::split(rest, "\r\n"))
    if (line.starts_with_insensitive("host:"))
      asked = line.drop_front(5).trim();
  isPage = false;
  if (asked != host)
    return "403 Forbidden";
  if (!head.starts_with("GET "))
    return "405 Method Not Allowed";
  isPage = head.drop_front(4).split(' ').first == path;
  return isPage ? "200 OK" : "404 Not Found";
}

Status PageServer::serveOne(StringRef page, DiagnosticEngine &diags) {
  int connection = accept(listener, nullptr, nullptr);
  if (connection < 0) {
    if (errno == EINTR || errno == ECONNABORTED || errno == EAGAIN)
      return success();
    return diags.report({}, diag::ViewCannotServe, std::strerror(errno));
  }
  setTimeouts(connection);
  if (std::string request = receive(connection); !request.empty()) {
    bool isPage = false;
    std::string status = answer(request, isPage);
    StringRef body = isPage ? page : StringRef(status);
    std::string head = fmt::format("HTTP/1.1 {}\r\nContent-Type: {}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n"
                                   "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
                                   "Cross-Origin-Resource-Policy: same-origin\r\nX-Frame-Options: DENY\r\n\r\n",
                                   status, isPage ? "text/html" : "text/plain", body.size());
    if (send(connection, head)) // a browser that goes away is its own affair
      (void)send(connection, body);
  }
  ::close(connection);
  return success();
}

} // namespace mil
