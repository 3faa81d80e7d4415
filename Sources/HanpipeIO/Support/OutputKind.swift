/// What a file that is written whole holds. Only a file of the same kind is replaced: who leaves out a name
/// (`evaluate --report held-out.tsv`), or mistakes one, does not lose data, a spec or a model's weights by it.
public enum OutputKind: Sendable, CaseIterable {
  case html, svg, onnx, dictionary, vectors

  var noun: String {
    switch self {
    case .html: "an HTML page"
    case .svg: "an SVG drawing"
    case .onnx: "an ONNX file"
    case .dictionary: "a compiled dictionary"
    case .vectors: "a file of vectors that begins with two counts"
    }
  }

  /// - Parameter start: the first bytes of a file, 64 if it has so many.
  func begins(_ start: [UInt8]) -> Bool {
    func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }
    switch self {
    case .html: return begins("<!DOCTYPE html")
    case .svg: return begins("<svg") || begins("<?xml")
    // The field ir_version, and one of producer_name, graph and opset_import behind it.
    case .onnx: return start.count > 2 && start[0] == 0x08 && start[1] < 0x80 && [0x12, 0x3A, 0x42].contains(start[2])
    case .dictionary: return begins("hanpipeD")
    case .vectors:
      let counts = start.prefix { $0 != UInt8(ascii: "\n") }.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      return counts.count == 2 && counts.allSatisfy { Int(String(decoding: $0, as: UTF8.self)) != nil }
    }
  }
}

/// Why a file is not written.
public enum OutputFileError: Error, Equatable, CustomStringConvertible {
  case standardOutput(OutputKind)
  case another(OutputKind)

  public var description: String {
    switch self {
    case .standardOutput(let kind): "\(kind.noun) is not written to standard output; name a file"
    case .another(let kind): "it is there, is not \(kind.noun), and so is not replaced; name another file, or remove it"
    }
  }
}
