/// What is wrong with a file of weights, or with weights to be written.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
  case unreadable(FileReadError)
  /// Fewer bytes than the header's length takes.
  case noHeader(bytes: Int)
  case headerLength(found: UInt64, allowed: Int)
  case headerSyntax(String)
  case entry(tensor: String, found: String, expected: String)
  case dtype(tensor: String, found: String)
  /// The shape asks for another number of bytes than the offsets enclose.
  case size(tensor: String, shape: [Int], dtype: String, bytes: Int)
  case shapeTooLarge(tensor: String, shape: [Int])
  case outside(tensor: String, end: Int, dataBytes: Int)
  /// A tensor does not begin where the one before ends.
  case gap(tensor: String, start: Int, expected: Int)
  /// More bytes behind the last tensor.
  case trailing(bytes: Int)
  case noTensor(String)
  case notFinite(tensor: String)
  case halfRange(tensor: String, value: Float)
  case duplicate(tensor: String)

  public var description: String {
    switch self {
    case .unreadable(let error): return "\(error)"
    case .noHeader(let bytes): return "\(bytes) bytes are no safetensors file, which begins with 8 bytes for its header's length"
    case .headerLength(let found, let allowed):
      return "the header claims \(found) bytes, but there is room for \(allowed); the file is cut short, or not safetensors"
    case .headerSyntax(let message): return "the header is not JSON: \(message)"
    case .entry(let tensor, let found, let expected): return "\"\(tensor)\": found \(found); expected \(expected)"
    case .dtype(let tensor, let found):
      return "\"\(tensor)\" has the type \(found); only F32, F16 and BF16 are read: convert the file"
    case .size(let tensor, let shape, let dtype, let bytes):
      return "\"\(tensor)\" has \(bytes) bytes, which the shape \(shape) of \(dtype) does not fill"
    case .shapeTooLarge(let tensor, let shape): return "\"\(tensor)\" has the shape \(shape), more than any memory holds"
    case .outside(let tensor, let end, let dataBytes):
      return "\"\(tensor)\" ends at byte \(end) of the data, but there are \(dataBytes); the file is cut short: copy it again"
    case .gap(let tensor, let start, let expected):
      return "\"\(tensor)\" begins at byte \(start) of the data; expected \(expected), where the tensor before it ends"
    case .trailing(let bytes): return "\(bytes) byte\(bytes == 1 ? " follows" : "s follow") the last tensor; the file is damaged"
    case .noTensor(let name): return "no tensor \"\(name)\""
    case .notFinite(let tensor): return "\"\(tensor)\" holds NaN or infinity; train again"
    case .halfRange(let tensor, let value):
      return "\"\(tensor)\" holds \(value), beyond half precision's ±65504; save it in f32"
    case .duplicate(let tensor): return "two tensors are called \"\(tensor)\""
    }
  }
}
