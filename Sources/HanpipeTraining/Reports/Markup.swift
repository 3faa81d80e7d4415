/// Text as HTML, XML and SVG take it, inside of elements and of attributes in quotation marks.
///
/// Control characters, which XML 1.0 forbids even when escaped, become U+FFFD; so do those that turn the direction of what stands
/// beside them, and with them a record's text could pass for another.
package func escaped(_ text: some StringProtocol) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result.append(contentsOf: "&amp;".unicodeScalars)
    case "<": result.append(contentsOf: "&lt;".unicodeScalars)
    case ">": result.append(contentsOf: "&gt;".unicodeScalars)
    case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
    case "'": result.append(contentsOf: "&#39;".unicodeScalars)
    case "\t", "\n": result.append(scalar)
    default: result.append(isUnshowable(scalar.value) ? "\u{FFFD}" : scalar)
    }
  }
  return String(result)
}

private func isUnshowable(_ scalar: UInt32) -> Bool {
  switch scalar {
  case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0xFFFE...0xFFFF: true
  default: false
  }
}
