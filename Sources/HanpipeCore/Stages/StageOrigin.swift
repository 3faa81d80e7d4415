/// Who brings what a stage runs.
public enum StageOrigin: String, Sendable {
  case builtIn = "built in"
  /// A Swift package that the program was built with.
  case package
  /// A shared library that a spec names.
  case library
  /// A program that a spec names.
  case process
}
