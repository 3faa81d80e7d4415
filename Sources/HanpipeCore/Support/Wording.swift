// How figures and texts are written for people.

/// `12.3`, with a fixed number of decimals (Foundation's formatter is not linked).
package func decimal(_ value: Double, _ places: Int) -> String {
  guard value.isFinite else { return "\(value)" }
  var scale = 1.0
  for _ in 0..<places { scale *= 10 }
  let scaled = (abs(value) * scale).rounded()
  guard scaled < 1e15 else { return "\(value)" }
  let digits = String(Int(scaled))
  let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
  let sign = value < 0 && scaled > 0 ? "-" : ""
  return places == 0 ? sign + padded : "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
}

/// `12,345`.
package func grouped(_ number: Int) -> String {
  var result = ""
  var digits = String(number.magnitude)
  while digits.count > 3 {
    result = "," + digits.suffix(3) + result
    digits = String(digits.dropLast(3))
  }
  return (number < 0 ? "-" : "") + digits + result
}

/// Columns that a text takes in a terminal: two for East Asian wide characters.
package func columns(_ text: String) -> Int {
  text.unicodeScalars.reduce(0) { width, scalar in
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
      0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return width + 2
    default: return width + 1
    }
  }
}

/// Pads to a number of columns.
package func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
  let space = String(repeating: " ", count: max(0, width - columns(text)))
  return right ? space + text : text + space
}
