#include "Reference.h"
#include "llvm/ADT/StringExtras.h"
#include <CLI/CLI.hpp>

namespace milc {

CommandText *describing = nullptr;

/// Splits a type name of CLI11 such as "P:{declared,fp32}" into the placeholder and the choices.
static void readType(llvm::StringRef type, OptionText &into) {
  size_t open = type.find('{'), close = type.find('}');
  if (open != llvm::StringRef::npos && close != llvm::StringRef::npos && open < close) {
    for (llvm::StringRef choice : llvm::split(type.slice(open + 1, close), ','))
      into.choices.push_back(choice.trim().str());
    type = type.take_front(open);
  }
  into.value = type.split(':').first.trim().str();
  if (llvm::StringRef(into.value).starts_with("["))
    into.value = llvm::StringRef(into.value).trim("[]").str();
  if (into.value.empty())
    into.value = into.choices.empty() ? "VALUE" : llvm::join(into.choices, "|");
}

void describe(const CLI::App &app, CommandText &into) {
  into.description = app.get_description();
  into.examples = app.get_footer();
  for (const CLI::Option *option : app.get_options()) {
    if (option->get_group().empty())
      continue;
    OptionText text;
    for (const std::string &name : option->get_snames())
      text.names.push_back("-" + name);
    for (const std::string &name : option->get_lnames())
      text.names.push_back("--" + name);
    text.says = option->get_description();
    text.isRequired = option->get_required();
    text.isRepeated = option->get_expected_max() > 1;
    text.isOptionalValue = option->get_expected_min() == 0 && option->get_expected_max() > 0;
    if (text.names.empty())
      text.value = option->get_name(true);
    else if (option->get_items_expected_max() > 0)
      readType(option->get_type_name(), text);
    into.options.push_back(std::move(text));
  }
}

// ---- Man pages --------------------------------------------------------------

/// Escapes text for roff: no line is a request, and dashes can be copied to a terminal.
static std::string escapeRoff(llvm::StringRef text) {
  std::string escaped;
  for (char c : text)
    escaped += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
  if (llvm::StringRef(escaped).starts_with(".") || llvm::StringRef(escaped).starts_with("'"))
    escaped.insert(0, "\\&");
  return escaped;
}

/// Prints paragraphs, which man fills again; indented lines stay unchanged.
static void printParagraphs(llvm::StringRef text, llvm::raw_ostream &out) {
  bool isVerbatim = false;
  for (llvm::StringRef line : llvm::split(text.rtrim(), '\n')) {
    bool verbatim = line.starts_with("  ");
    if (verbatim != isVerbatim)
      out << (verbatim ? ".PP\n.nf\n" : ".fi\n.PP\n");
    isVerbatim = verbatim;
    if (line.empty())
      out << ".PP\n";
    else
      out << escapeRoff(line) << "\n";
  }
  if (isVerbatim)
    out << ".fi\n";
}

static void printOption(const OptionText &option, llvm::raw_ostream &out) {
  out << ".TP\n";
  for (size_t i = 0; i < option.names.size(); ++i)
    out << (i ? ", " : "") << "\\fB" << escapeRoff(option.names[i]) << "\\fR";
  if (option.names.empty() || !option.value.empty())
    out << (option.names.empty()     ? ""
            : option.isOptionalValue ? "[="
                                     : " ")
        << "\\fI" << escapeRoff(option.value) << "\\fR" << (option.isOptionalValue && !option.names.empty() ? "]" : "")
        << (option.isRepeated ? " ..." : "");
  out << "\n" << escapeRoff(option.says) << "\n";
  if (!option.choices.empty() && option.value != llvm::join(option.choices, "|"))
    out << "One of " << escapeRoff(llvm::join(option.choices, ", ")) << ".\n";
}

static void printHead(llvm::StringRef page, llvm::StringRef summary, llvm::raw_ostream &out) {
  out << ".TH " << page.upper() << " 1 \"\" \"milc " MILC_VERSION "\" \"milc\"\n.SH NAME\n"
      << escapeRoff(page) << " \\- " << escapeRoff(summary) << "\n.SH SYNOPSIS\n";
}

static void printCommandPage(const CommandText &command, llvm::raw_ostream &out) {
  printHead("milc-" + command.name, command.summary, out);
  out << "\\fBmilc " << escapeRoff(command.name) << "\\fR [\\fIOPTIONS\\fR]";
  for (const OptionText &option : command.options)
    if (option.names.empty())
      out << (option.isRequired ? " " : " [") << "\\fI" << escapeRoff(option.value) << "\\fR" << (option.isRepeated ? "..." : "")
          << (option.isRequired ? "" : "]");
  out << "\n.SH DESCRIPTION\n";
  printParagraphs(command.description, out);
  for (bool isPositional : {true, false}) {
    if (isPositional && llvm::none_of(command.options, [](const OptionText &option) { return option.names.empty(); }))
      continue;
    out << (isPositional ? ".SH ARGUMENTS\n" : ".SH OPTIONS\n");
    for (const OptionText &option : command.options)
      if (option.names.empty() == isPositional)
        printOption(option, out);
  }
  llvm::StringRef examples = command.examples;
  if (examples.consume_front("Examples:\n")) {
    out << ".SH EXAMPLES\n";
    printParagraphs(examples, out);
  }
  out << ".SH EXIT STATUS\n0 on success, 1 for a bad input, an output that can't be written, or a difference that a comparison "
         "found, 2 for wrong usage.\n.SH SEE ALSO\n\\fBmilc\\fR(1)\n";
}

void printManPage(llvm::ArrayRef<CommandText> commands, llvm::StringRef name, llvm::raw_ostream &out) {
  for (const CommandText &command : commands)
    if (command.name == name)
      return printCommandPage(command, out);
  printHead("milc", "a compiler and optimizer for MIL, the language of Core ML's ML programs", out);
  out << "\\fBmilc\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
  for (const CommandText &command : commands)
    out << ".TP\n\\fBmilc\\-" << escapeRoff(command.name) << "\\fR(1)\n" << escapeRoff(command.summary) << "\n";
  out << ".SH OPTIONS\n.TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nShow the commands\n.TP\n\\fB\\-\\-version\\fR\nShow the version of milc\n"
         ".TP\n\\fB\\-\\-completion\\fR \\fISHELL\\fR\nPrint a script that completes commands and options in bash, zsh or fish\n"
         ".TP\n\\fB\\-\\-man\\fR [\\fICOMMAND\\fR]\nPrint this page, or the page of a command\n"
         ".SH EXIT STATUS\n0 on success, 1 for a bad input or an output that can't be written, 2 for wrong usage.\n";
}

// ---- Completions ------------------------------------------------------------

/// Quotes text with single quotes for a shell.
static std::string shellQuoted(llvm::StringRef text) {
  std::string result = "'";
  for (char c : text)
    result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

/// The text up to the first period or line end, because shells show one line.
static std::string firstSentence(llvm::StringRef text) {
  text = text.split('\n').first;
  size_t end = text.find(". ");
  return text.take_front(end).str();
}

static void printBash(llvm::ArrayRef<CommandText> commands, llvm::raw_ostream &out) {
  out << "# Completion of milc for bash.\n_milc() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} options= choices=\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W '";
  for (const CommandText &command : commands)
    out << command.name << " ";
  out << "--help --version' -- \"$current\"))\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n";
  for (const CommandText &command : commands) {
    out << "  " << command.name << ")\n    options='";
    for (const OptionText &option : command.options)
      for (const std::string &name : option.names)
        out << name << " ";
    out << "'\n    case $previous in\n";
    for (const OptionText &option : command.options)
      if (!option.choices.empty() && !option.names.empty())
        out << "    " << llvm::join(option.names, "|") << ") choices='" << llvm::join(option.choices, " ") << "' ;;\n";
    out << "    esac ;;\n";
  }
  out << "  esac\n"
         "  if [ -n \"$choices\" ]; then\n    COMPREPLY=($(compgen -W \"$choices\" -- \"$current\"))\n"
         "  elif [[ $current == -* ]]; then\n    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
         "  else\n    compopt -o filenames 2>/dev/null\n    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n  fi\n}\n"
         "complete -F _milc milc\n";
}

/// Escapes text for "[...]" in _arguments of zsh.
static std::string zshText(llvm::StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::StringRef("[]:\\").contains(c) ? std::string("\\") + c : std::string(1, c);
  return result;
}

static void printZsh(llvm::ArrayRef<CommandText> commands, llvm::raw_ostream &out) {
  out << "#compdef milc\n# Completion of milc for zsh.\n_milc() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(\n";
  for (const CommandText &command : commands)
    out << "      " << shellQuoted(command.name + ":" + command.summary) << "\n";
  out << "    )\n    _describe command commands\n    return\n  fi\n  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n"
         "  case $command in\n";
  for (const CommandText &command : commands) {
    out << "  " << command.name << ")\n    _arguments -s";
    for (const OptionText &option : command.options) {
      if (option.names.empty())
        continue;
      std::string action = option.choices.empty() ? "_files" : "(" + llvm::join(option.choices, " ") + ")";
      std::string value = option.value.empty() ? "" : (option.isOptionalValue ? "::" : ":") + zshText(option.value) + ":" + action;
      for (const std::string &name : option.names)
        out << " \\\n      " << shellQuoted("*" + name + "[" + zshText(firstSentence(option.says)) + "]" + value);
    }
    out << " \\\n      '*:file:_files' ;;\n";
  }
  out << "  esac\n}\n_milc \"$@\"\n";
}

static void printFish(llvm::ArrayRef<CommandText> commands, llvm::raw_ostream &out) {
  out << "# Completion of milc for fish.\n";
  for (const CommandText &command : commands)
    out << "complete -c milc -f -n __fish_use_subcommand -a " << command.name << " -d " << shellQuoted(command.summary) << "\n";
  for (const CommandText &command : commands)
    for (const OptionText &option : command.options) {
      if (option.names.empty())
        continue;
      out << "complete -c milc -n '__fish_seen_subcommand_from " << command.name << "'";
      for (llvm::StringRef name : option.names)
        out << (name.starts_with("--") ? " -l " : " -s ") << name.ltrim('-');
      if (!option.choices.empty())
        out << " -x -a " << shellQuoted(llvm::join(option.choices, " "));
      else if (!option.value.empty() && !option.isOptionalValue)
        out << " -r";
      out << " -d " << shellQuoted(firstSentence(option.says)) << "\n";
    }
}

bool printCompletion(llvm::ArrayRef<CommandText> commands, llvm::StringRef shell, llvm::raw_ostream &out) {
  if (shell == "bash")
    printBash(commands, out);
  else if (shell == "zsh")
    printZsh(commands, out);
  else if (shell == "fish")
    printFish(commands, out);
  else
    return false;
  return true;
}

} // namespace milc
