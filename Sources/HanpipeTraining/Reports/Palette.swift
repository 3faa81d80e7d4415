/// The colours of pages and drawings, for a light and for a dark screen.
///
/// Text stands out from what it is written on by 4.5:1, lines and marks from their paper by 3:1 at least (WCAG 2.2, 1.4.3 and 1.4.11).
/// Drawings are given them by value: viewers that are no browsers know no variables, and draw in black.
package struct Palette: Sendable {
  /// Of text, and of text that matters less, such as numbers at an axis.
  package let ink: String
  package let quiet: String
  package let paper: String
  /// A surface on the paper: a card, a box.
  package let panel: String
  /// Thin lines between things, which need not be seen.
  package let rule: String
  /// Around a panel.
  package let frame: String
  /// A panel that is to be seen first, and what is around it.
  package let marked: String
  package let accent: String
  /// Behind words that speak for an answer or right answers, and against it or wrong ones, as thickly as `wash` at most.
  package let right: String
  package let wrong: String
  /// Lines and points of a chart.
  package let series: [String]

  /// The share of `right` and `wrong` over the paper at which text is still read.
  package static let wash = 0.5

  package static let light = Palette(
    ink: "#1f2328", quiet: "#59636e", paper: "#ffffff", panel: "#f6f8fa", rule: "#d8dee4", frame: "#818b98", marked: "#ddf4ff",
    accent: "#0969da", right: "#2f81f7", wrong: "#e8590c",
    series: ["#0b63c5", "#b84a00", "#0a7d4b", "#8a3fb5", "#c2185b", "#00737f", "#7a5c00", "#5b6470"])
  package static let dark = Palette(
    ink: "#e6edf3", quiet: "#9198a1", paper: "#0d1117", panel: "#161b22", rule: "#30363d", frame: "#6e7681", marked: "#0c2d4d",
    accent: "#4493f8", right: "#1f6feb", wrong: "#c2410c",
    series: ["#5aa9ff", "#ff9d5c", "#4fd08f", "#c792ea", "#ff7eb0", "#4dd0e1", "#e0c15a", "#a9b4c0"])

  /// Rules for a light screen, and for a dark one those of them that differ.
  package static func css(_ rules: (Palette) -> [String]) -> String {
    let (light, dark) = (rules(.light), rules(.dark))
    let other = zip(light, dark).filter { $0 != $1 }.map(\.1)
    return (light + ["@media (prefers-color-scheme: dark) {"] + other + ["}"]).joined(separator: "\n")
  }
}
