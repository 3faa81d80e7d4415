import Hanpipe

/// A chain of stages drawn in SVG, downwards: a box for each stage, an arrow with the kind and shape of what it hands on. The chains
/// that a stage is made of stand side by side in its box.
struct ChainDrawing {
  private let chain: ChainDiagram
  private let name: String

  // Pixels.
  private static let least = 552, column = 300, margin = 24, gap = 52, line = 18, padding = 14
  /// Wide a letter at most, in the fonts of types, of notes and of settings.
  private static let typeLetter = 9.6, noteLetter = 7.2, settingLetter = 7.25

  init(_ chain: ChainDiagram, name: String) {
    self.chain = chain
    self.name = name
  }

  var svg: String {
    let inner = max(Self.least, Self.width(of: chain))
    let (parts, bottom) = draw(chain, left: Self.margin, top: Self.margin + 36, width: inner)
    let (width, height) = (inner + 2 * Self.margin, bottom + Self.margin - 8)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" role="img">
      <title>\(escaped(name)): \(chain.steps.map { escaped($0.type) }.joined(separator: " → "))</title>
      <style>
      \(Self.style)
      </style>
      <rect class="paper" width="100%" height="100%"/>
      \(text(name, "name", Self.margin, Self.margin + 12))
      \(parts.joined(separator: "\n"))
      </svg>
      """
  }

  private static let style = """
    text { font-family: system-ui, "Noto Sans", "DejaVu Sans", "Noto Sans CJK SC", sans-serif; font-size: 14px; }
    .group { fill: none; stroke-dasharray: 5 3; } .arrow { stroke-width: 1.5; fill: none; }
    .name { font-size: 16px; font-weight: 600; } .type { font-weight: 600; } .quiet { font-size: 12px; }
    .told { font-family: ui-monospace, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace; font-size: 12px; }
    .right { text-anchor: end; } .middle { text-anchor: middle; }
    \(Palette.css(colours))
    """

  private static func colours(_ palette: Palette) -> [String] {
    [
      "text { fill: \(palette.ink); } .paper { fill: \(palette.paper); } .tip, .quiet { fill: \(palette.quiet); }",
      ".box { fill: \(palette.panel); stroke: \(palette.frame); } .group { stroke: \(palette.frame); }",
      ".learned { fill: \(palette.marked); stroke: \(palette.accent); } .arrow { stroke: \(palette.quiet); }",
    ]
  }

  // MARK: Chains and stages

  /// The least width in which a chain can be drawn.
  private static func width(of chain: ChainDiagram) -> Int {
    chain.steps.map { step in
      step.chains.isEmpty ? column : step.chains.reduce(padding) { $0 + width(of: $1) + padding }
    }.max() ?? column
  }

  /// - Parameter top: the line that the chain's input stands on.
  /// - Returns: with where the drawing ends.
  private func draw(_ chain: ChainDiagram, left: Int, top: Int, width: Int) -> (parts: [String], bottom: Int) {
    let middle = left + width / 2
    var parts = chain.steps.first.map { [value($0.input, middle, top)] } ?? []
    var y = top + 10
    for step in chain.steps {
      parts.append(arrow(middle, from: y, to: y + Self.gap - 26))
      y += Self.gap - 26
      let (box, bottom) = draw(step, left: left, top: y, width: width)
      parts += box
      parts.append(arrow(middle, from: bottom, to: bottom + Self.gap - 26))
      y = bottom + Self.gap - 8
      parts.append(value(step.output, middle, y))
      y += 10
    }
    return (parts, y)
  }

  private func draw(_ step: ChainDiagram.Step, left: Int, top: Int, width: Int) -> (parts: [String], bottom: Int) {
    let (start, inner) = (left + Self.padding, width - 2 * Self.padding)
    var y = top + 22
    var parts = [text(step.type, "type", start, y)]
    let notes = [step.learning, step.origin ?? step.place].compactMap { $0 }
    let note = notes.joined(separator: " · ")
    let room = inner - Int(Double(columns(step.type)) * Self.typeLetter) - Self.padding
    if Double(columns(note)) * Self.noteLetter <= Double(room) {
      parts.append(text(note, "quiet right", left + width - Self.padding, y))
    } else {
      for line in Self.wrapped(notes, Int(Double(inner) / Self.noteLetter), between: " · ") {
        y += Self.line
        parts.append(text(line, "quiet", start, y))
      }
    }
    for line in Self.wrapped(step.settings, Int(Double(inner) / Self.settingLetter), between: "  ") {
      y += Self.line
      parts.append(text(line, "told", start, y))
    }
    var bottom = y + 12
    if !step.chains.isEmpty {
      let spare = width - step.chains.reduce(Self.padding) { $0 + Self.width(of: $1) + Self.padding }
      var place = left + Self.padding
      for chain in step.chains {
        let own = Self.width(of: chain) + max(0, spare) / step.chains.count
        let (inside, end) = draw(chain, left: place, top: y + 30, width: own)
        parts += inside
        bottom = max(bottom, end + 4)
        place += own + Self.padding
      }
    }
    let style = !step.chains.isEmpty ? "group" : step.learning == nil ? "box" : "box learned"
    let box = "<rect class=\"\(style)\" x=\"\(left)\" y=\"\(top)\" width=\"\(width)\" height=\"\(bottom - top)\" rx=\"6\"/>"
    return ([box] + parts, bottom)
  }

  // MARK: Parts

  private func text(_ text: String, _ style: String, _ x: Int, _ y: Int) -> String {
    "<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\">\(escaped(text))</text>"
  }

  private func value(_ value: ChainDiagram.Value, _ middle: Int, _ y: Int) -> String {
    "<text class=\"middle\" x=\"\(middle)\" y=\"\(y)\">\(escaped(value.kind))"
      + " <tspan class=\"quiet\">\(escaped(value.shape))</tspan></text>"
  }

  private func arrow(_ x: Int, from top: Int, to bottom: Int) -> String {
    "<path class=\"arrow\" d=\"M\(x) \(top)V\(bottom - 6)\"/>"
      + "<path class=\"tip\" d=\"M\(x - 4) \(bottom - 7)h8l-4 7z\"/>"
  }

  /// Words in lines of at most so many columns; what is longer is cut.
  private static func wrapped(_ words: [String], _ limit: Int, between: String) -> [String] {
    var lines: [String] = []
    for word in words {
      if let last = lines.last, columns(last) + columns(between) + columns(word) <= limit {
        lines[lines.count - 1] = last + between + word
        continue
      }
      var line = ""
      for character in word {
        if columns(line) + columns(String(character)) > limit {
          lines.append(line)
          line = ""
        }
        line.append(character)
      }
      lines.append(line)
    }
    return lines
  }
}
