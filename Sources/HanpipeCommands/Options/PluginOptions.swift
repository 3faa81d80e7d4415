import ArgumentParser
import Hanpipe

/// Whether specs and models may bring code along.
struct PluginOptions: ParsableArguments {
  @Flag(help: "Let the spec's stages \"library\" and \"process\" run what they name.")
  var allowPlugins = false

  /// The world with what is permitted: everything, or what the user's own list names, which is read when a stage asks for it.
  func permit(in environment: ToolEnvironment) -> ToolEnvironment {
    var registry = environment.registry
    registry.permission = allowPlugins ? .all : .list(at: PluginList.standardPath(Terminal.variable))
    return ToolEnvironment(registry: registry)
  }
}

extension CodePermission {
  fileprivate static func list(at path: String?) -> CodePermission {
    CodePermission { code in
      if let path, let allowed = try PluginList(path: path).allowed(code) { return allowed }
      let list = path.map { ", or list it in \($0)" } ?? ""
      throw CodeRefusal(code, remedy: "say --allow-plugins if you trust it\(list) (docs/plugins.md)")
    }
  }
}
