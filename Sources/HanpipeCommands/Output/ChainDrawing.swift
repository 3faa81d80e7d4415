import Hanpipe

/// A chain of stages drawn in SVG, downwards: a box for each stage, an arrow with the kind and shape of what it hands on.
struct ChainDrawing {
  private let chain: ChainDiagram
  private let name: String

  // Pixels.
  private static let width = 600, margin = 24, gap = 52, line = 18, head = 34, padding = 14
  /// Of a letter of the settings, which stand in a font of one width: 12 pixels high, 0.6 wide.
  private static let letter = 7.25

  init(_ chain: ChainDiagram, name: String) {
    self.chain = chain
    self.name = name
  }

  var svg: String {
    var body: [String] = []
    var y = Self.margin
    body.append(text(name, "name", Self.margin, y + 12))
    y += 36
    if let first = chain.steps.first { body.append(value(first.input, y)) }
    y += 10
    for step in chain.steps {
      body.append(arrow(from: y, to: y + Self.gap - 26))
      y += Self.gap - 26
      let lines = Self.wrapped(step.settings, Int(Double(Self.width - 2 * Self.margin - 2 * Self.padding) / Self.letter))
      let height = Self.head + lines.count * Self.line + (lines.isEmpty ? 0 : 4)
      body.append(box(step, lines, y, height))
      y += height
      body.append(arrow(from: y, to: y + Self.gap - 26))
      y += Self.gap - 8
      body.append(value(step.output, y))
      y += 10
    }
    let height = y + Self.margin - 8
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(height)" viewBox="0 0 \(Self.width) \(height)" role="img">
      <title>\(Self.escaped(name)): \(chain.steps.map { Self.escaped($0.type) }.joined(separator: " → "))</title>
      <style>
      \(Self.style)
      </style>
      <rect class="paper" width="100%" height="100%"/>
      \(body.joined(separator: "\n"))
      </svg>
      """
  }

  private static let style = """
    text { font-family: system-ui, "Noto Sans", "DejaVu Sans", "Noto Sans CJK SC", sans-serif; font-size: 14px; fill: #1f2328; }
    .paper { fill: #ffffff; } .box { fill: #f6f8fa; stroke: #8c959f; } .learned { fill: #ddf4ff; stroke: #0969da; }
    .arrow { stroke: #59636e; stroke-width: 1.5; fill: none; } .tip { fill: #59636e; }
    .name { font-size: 16px; font-weight: 600; } .type { font-weight: 600; } .quiet { font-size: 12px; fill: #59636e; }
    .told { font-family: ui-monospace, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; font-size: 12px; }
    .right { text-anchor: end; } .middle { text-anchor: middle; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .paper { fill: #0d1117; } .box { fill: #161b22; stroke: #6e7681; }
      .learned { fill: #0c2d4d; stroke: #4493f8; } .arrow { stroke: #9198a1; } .tip, .quiet { fill: #9198a1; }
    }
    """

  // MARK: Parts

  private func text(_ text: String, _ style: String, _ x: Int, _ y: Int) -> String {
    "<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\">\(Self.escaped(text))</text>"
  }

  private func value(_ value: ChainDiagram.Value, _ y: Int) -> String {
    let middle = Self.width / 2
    return "<text class=\"middle\" x=\"\(middle)\" y=\"\(y)\">\(Self.escaped(value.kind))"
      + " <tspan class=\"quiet\">\(Self.escaped(value.shape))</tspan></text>"
  }

  private func arrow(from top: Int, to bottom: Int) -> String {
    let x = Self.width / 2
    return "<path class=\"arrow\" d=\"M\(x) \(top)V\(bottom - 6)\"/>"
      + "<path class=\"tip\" d=\"M\(x - 4) \(bottom - 7)h8l-4 7z\"/>"
  }

  private func box(_ step: ChainDiagram.Step, _ lines: [String], _ y: Int, _ height: Int) -> String {
    let (left, right) = (Self.margin, Self.width - Self.margin)
    let style = step.learning == nil ? "box" : "box learned"
    var parts = [
      "<rect class=\"\(style)\" x=\"\(left)\" y=\"\(y)\" width=\"\(right - left)\" height=\"\(height)\" rx=\"6\"/>",
      text(step.type, "type", left + Self.padding, y + 22),
    ]
    let notes = [step.learning, step.origin ?? "stages[\(step.index)]"].compactMap { $0 }.joined(separator: " · ")
    parts.append(text(notes, "quiet right", right - Self.padding, y + 22))
    for (i, line) in lines.enumerated() {
      parts.append(text(line, "told", left + Self.padding, y + Self.head + 8 + i * Self.line))
    }
    return parts.joined(separator: "\n")
  }

  /// Words in lines of at most so many letters; an ideograph is two wide.
  private static func wrapped(_ words: [String], _ limit: Int) -> [String] {
    func width(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x1100 ? 1 : 2) } }
    var lines: [String] = []
    for word in words {
      if let last = lines.last, width(last) + 2 + width(word) <= limit {
        lines[lines.count - 1] = last + "  " + word
      } else {
        lines.append(word)
      }
    }
    return lines
  }

  /// As XML wants it; what XML has no way to write is replaced.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F || (0xFFFE...0xFFFF).contains(scalar.value): result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
