/// Code that a spec names and that is no part of the program.
public enum OutsideCode: Sendable, Equatable, CustomStringConvertible {
  /// A shared library, by its absolute path; it runs inside of this process.
  case library(String)
  /// A program with its arguments.
  /// - Parameter script: which of the words is a file that the spec names, as an absolute path; nil if none is.
  case program([String], script: Int?)

  /// What would run: `python3 /home/me/words.py`.
  public var description: String {
    switch self {
    case .library(let path): "the shared library \(path)"
    case .program(let words, _): words.map(Self.quoted).joined(separator: " ")
    }
  }

  /// As a shell would want it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      byte >= 0x80 || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_./=:,+@%".utf8.contains(byte)
    }
    return isPlain && !word.isEmpty ? word : "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
  }
}

/// Whether code that a spec names may run. A spec or model from a stranger runs nothing by itself: whoever starts the program
/// decides, and puts the decision into the registry that he passes down.
public struct CodePermission: Sendable {
  private let decide: @Sendable (OutsideCode) throws -> OutsideCode

  /// - Parameter decide: gives what is to run in the place of what the spec names, usually the same; throws if nothing may.
  public init(_ decide: @escaping @Sendable (OutsideCode) throws -> OutsideCode) { self.decide = decide }

  /// Nothing may run. What a registry begins with.
  public static let none = CodePermission { throw CodeRefusal($0, remedy: "the program that loads the spec must allow it") }
  /// Everything may run.
  public static let all = CodePermission { $0 }

  /// What is to run.
  /// - Throws: `CodeRefusal`, or why the decision could not be made.
  public func permit(_ code: OutsideCode) throws -> OutsideCode { try decide(code) }
}

/// Code that nobody allowed.
public struct CodeRefusal: Error, CustomStringConvertible {
  public let code: OutsideCode
  /// How to allow it.
  public let remedy: String
  public init(_ code: OutsideCode, remedy: String) {
    self.code = code
    self.remedy = remedy
  }
  public var description: String { "would run \(code), which is not allowed; \(remedy)" }
}
