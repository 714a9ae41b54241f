// Memory for messages that are read one after the other.
#pragma once

#include <google/protobuf/arena.h>
#include <vector>

namespace mil {

/// Memory for one message at a time: `reset` frees it, or keeps it for the next message.
class MessageArena {
public:
  template <typename Message> Message *make() { return google::protobuf::Arena::CreateMessage<Message>(&arena); }
  void reset() { arena.Reset(); }

private:
  static google::protobuf::ArenaOptions options(std::vector<char> &first) {
    google::protobuf::ArenaOptions options;
    options.initial_block = first.data();
    options.initial_block_size = first.size();
    options.max_block_size = size_t(1) << 20;
    return options;
  }
  std::vector<char> first = std::vector<char>(size_t(1) << 16);
  google::protobuf::Arena arena{options(first)};
};

} // namespace mil
