// milc view: shows a model.
#include "CommandLine.h"
#include "mil/View/Page.h"
#include "mil/View/Picture.h"
#include "mil/View/Server.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace mil;

namespace {

/// Opens the page in a browser, if there is one and a screen to show it on.
void openBrowser(llvm::StringRef url) {
#ifdef __APPLE__
  llvm::StringRef opener = "open";
#else
  llvm::StringRef opener = "xdg-open";
  if (!std::getenv("DISPLAY") && !std::getenv("WAYLAND_DISPLAY"))
    return;
#endif
  if (llvm::ErrorOr<std::string> program = llvm::sys::findProgramByName(opener))
    llvm::sys::ExecuteNoWait(*program, {opener, url}, std::nullopt, {std::nullopt, "", ""});
}

std::string nameOf(llvm::StringRef path) { return llvm::sys::path::filename(path.rtrim('/')).str(); }

/// The options of the command line.
struct View {
  milc::InputOptions input;
  std::string against, output;
  std::vector<std::string> reports;
  PageOptions page;
  PictureOptions picture;
  bool force = false, noBrowser = false;
  uint16_t port = 0;

  bool isPicture() const { return llvm::StringRef(output).ends_with(".svg") || llvm::StringRef(output).ends_with(".dot"); }

  Status writeThePage(const OpenedModel &model, Context &context, llvm::raw_ostream &out, DiagnosticEngine &diags) {
    for (const std::string &path : reports) {
      Result<Report> report = readReport(path, diags);
      if (!report)
        return failure();
      page.reports.push_back(std::move(*report));
    }
    ViewedModel viewed{model.model.get(), nameOf(input.path)};
    if (against.empty())
      return writePage(viewed, out, diags, page);
    Result<OpenedModel> other = openModel(against, context, diags, input.open);
    if (!other)
      return failure();
    return writePage(viewed, {other->model.get(), nameOf(against)}, out, diags, page);
  }

  Status draw(const OpenedModel &model, llvm::raw_ostream &out, DiagnosticEngine &diags) const {
    Result<Picture> drawn = pictureOf(*model.model, input.path, diags, picture);
    if (!drawn)
      return failure();
    (llvm::StringRef(output).ends_with(".svg") ? drawSvg : drawDot)(*drawn, out);
    return success();
  }

  Status write(const OpenedModel &model, Context &context, DiagnosticEngine &diags) {
    if (Status allowed = refuseInputs(output, {&model}, diags); !allowed)
      return failure();
    Result<std::unique_ptr<OutputFile>> file = OutputFile::create(output, force, diags);
    if (!file)
      return failure();
    llvm::raw_ostream &out = (*file)->stream();
    if (!(isPicture() ? draw(model, out, diags) : writeThePage(model, context, out, diags)))
      return failure();
    return (*file)->commit(diags);
  }

  Status serve(const OpenedModel &model, Context &context, DiagnosticEngine &diags) {
    std::string text;
    llvm::raw_string_ostream out(text);
    if (!writeThePage(model, context, out, diags))
      return failure();
    Result<std::unique_ptr<PageServer>> server = PageServer::listen(port, diags);
    if (!server)
      return failure();
    llvm::outs() << (*server)->url() << "\n";
    llvm::outs().flush();
    llvm::errs() << "serving until interrupted (Ctrl-C)\n";
    if (!noBrowser)
      openBrowser((*server)->url());
    while ((*server)->serveOne(out.str(), diags)) {
    }
    return failure();
  }
};

} // namespace

int milc::runView(int argc, char **argv) {
  CommandLine line(
      "view",
      "Show a model in a browser: its graph, folded by layers, the operations with their arguments, the size of weights, and the "
      "differences to another model. X.html is one file that needs no network; X.svg and X.dot are pictures. Without -o, the page is "
      "served on the loopback address and opened in the browser.",
      "  milc view model.mlpackage\n"
      "  milc view model.mlpackage -o model.html\n"
      "  milc view before.mlpackage --against after.mlpackage -o both.html\n"
      "  milc view model.mlpackage --data report.json --colour error -o model.html\n"
      "  milc view model.mlpackage --around scores --depth 2 -o scores.svg");
  View view;
  view.input.addTo(line.app);
  CLI::Option *output = line.app.add_option("-o,--output", view.output, "Write X.html, X.svg or X.dot")->type_name("OUT");
  line.app.add_flag("-f,--force", view.force, "Replace an existing output");
  CLI::Option *against =
      line.app.add_option("--against", view.against, "Show MODEL side by side, with the differences")->type_name("MODEL");
  CLI::Option *data = line.app.add_option("--data", view.reports, "Colour operations by the figures of a JSON report; may be repeated")
                          ->type_name("REPORT")
                          ->allow_extra_args(false);
  line.app.add_option("--colour", view.page.colour, "Select the MEASURE of the reports that is shown first")
      ->type_name("MEASURE")
      ->needs(data);
  CLI::Option *function =
      line.app.add_option("--function", view.picture.function, "Draw function NAME (default: the default function)")->type_name("NAME");
  CLI::Option *layer = line.app.add_option("--layer", view.picture.layer, "Draw the layer that the page shows as NAME")->type_name("NAME");
  CLI::Option *around =
      line.app.add_option("--around", view.picture.around, "Draw the neighbourhood of the value or operation NAME")->type_name("NAME");
  line.app.add_option("--depth", view.picture.depth, "Include nodes within N edges of it")
      ->type_name("N")
      ->needs(around)
      ->capture_default_str();
  around->excludes(layer);
  CLI::Option *port = line.app.add_option("--port", view.port, "Serve on port N (default: any free port)")->type_name("N");
  CLI::Option *noBrowser = line.app.add_flag("--no-browser", view.noBrowser, "Don't open a browser");
  if (auto status = line.parse(argc, argv))
    return *status;
  if (output->count() && !view.isPicture() && !llvm::StringRef(view.output).ends_with(".html"))
    return line.refuse(*output, "'" + view.output + "' doesn't end in .html, .svg or .dot");
  for (const CLI::Option *option : {function, layer, around})
    if (option->count() && !view.isPicture())
      return line.refuse(*option, "only applies to pictures: -o X.svg or X.dot");
  for (const CLI::Option *option : {against, data})
    if (option->count() && view.isPicture())
      return line.refuse(*option, "only applies to the page, not to pictures");
  for (const CLI::Option *option : {port, noBrowser})
    if (option->count() && output->count())
      return line.refuse(*option, "only applies to serving, without -o");

  DiagnosticEngine diags(llvm::errs());
  Context context;
  if (output->count() && !checkOutputFile(view.output, view.force, diags))
    return exitBadInput;
  view.input.open.missingWeights = BlobResolver::Missing::Warn;
  Result<OpenedModel> model = view.input.openIn(context, diags);
  if (!model || !(view.output.empty() ? view.serve(*model, context, diags) : view.write(*model, context, diags)))
    return exitBadInput;
  return finish(diags);
}
