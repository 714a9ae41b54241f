// Strings of libmil as those of C++.
#pragma once

#include "mil-c/mil.h"
#include <string>

inline std::string str(mil_string text) { return {text.data, text.size}; }
