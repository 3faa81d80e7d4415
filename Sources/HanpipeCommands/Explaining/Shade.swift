import ArgumentParser
import Glibc

/// When to write colours.
enum ColorChoice: String, CaseIterable, ExpressibleByArgument {
  case auto, always, never

  /// The colours for a descriptor; nil for none.
  func colors(for descriptor: Int32) -> ColorDepth? {
    switch self {
    case .never: nil
    case .always: ColorDepth.ofTerminal
    case .auto:
      Terminal.isTerminal(descriptor) && Terminal.variable("TERM") != "dumb" && (Terminal.variable("NO_COLOR") ?? "").isEmpty
        ? ColorDepth.ofTerminal : nil
    }
  }
}

/// How many colours a terminal knows.
enum ColorDepth {
  case colors256
  /// 24 bits.
  case trueColor

  /// As COLORTERM says.
  static var ofTerminal: ColorDepth {
    ["truecolor", "24bit"].contains(Terminal.variable("COLORTERM") ?? "") ? .trueColor : .colors256
  }
}

/// The colour behind a word: blue for what speaks for the label, orange for what speaks against it, which every kind of colour-blind
/// eye tells apart; the stronger the deeper.
struct Shade: Equatable {
  let red: Int
  let green: Int
  let blue: Int
  /// Whether letters on it are to be white.
  let isDark: Bool

  /// Four steps of ColorBrewer's Blues and Oranges (Harrower & Brewer 2003, doi:10.1179/000870403235002042).
  private static let supporting = [(0xDE, 0xEB, 0xF7), (0x9E, 0xCA, 0xE1), (0x42, 0x92, 0xC6), (0x08, 0x51, 0x9C)]
  private static let opposing = [(0xFE, 0xE6, 0xCE), (0xFD, 0xAE, 0x6B), (0xE6, 0x7E, 0x22), (0xA6, 0x36, 0x03)]
  private static let least = 0.05

  /// - Parameter share: of the strongest word's contribution, -1...1.
  /// - Returns: nil for one too weak to be shown.
  init?(share: Double) {
    guard abs(share) >= Self.least else { return nil }
    let step = min(3, Int((abs(share) - Self.least) / (1 - Self.least) * 4))
    (red, green, blue) = share > 0 ? Self.supporting[step] : Self.opposing[step]
    isDark = step == 3
  }

  /// Sets letters and background; `ESC[0m` ends it.
  func escape(_ depth: ColorDepth) -> String {
    let letters = isDark ? 231 : 16  // white and black of the cube, which no theme changes
    switch depth {
    case .trueColor: return "\u{1B}[38;5;\(letters);48;2;\(red);\(green);\(blue)m"
    case .colors256:
      // The cube's six levels are 0 and 95 to 255 in steps of 40.
      func level(_ value: Int) -> Int { value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40 }
      return "\u{1B}[38;5;\(letters);48;5;\(16 + 36 * level(red) + 6 * level(green) + level(blue))m"
    }
  }
}
