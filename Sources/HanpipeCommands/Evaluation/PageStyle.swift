import Hanpipe

/// The style sheet of pages that commands write, light or dark as the reader's screen asks. Text stands out from its paper by 4.5:1 at
/// least (WCAG 2.2, 1.4.3), on coloured words and cells too.
enum PageStyle {
  static let css = """
    :root { color-scheme: light dark; --wash: \(Palette.wash * 100)%; }
    \(Palette.css(variables))
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 15px/1.55 system-ui, "Noto Sans", "DejaVu Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; }
    main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 64px; }
    h1 { font-size: 26px; line-height: 1.25; margin: 12px 0 4px; overflow-wrap: anywhere; }
    h2 { font-size: 19px; margin: 40px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--rule); }
    p { margin: 8px 0; } header p, .note, caption, small { color: var(--quiet); } .note { font-size: 13px; }
    header p { overflow-wrap: anywhere; } code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 13px; }
    .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 0; }
    .card { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 14px; }
    .card dt { color: var(--quiet); font-size: 13px; } .card dd { margin: 2px 0 0; font-size: 25px; font-weight: 600; }
    small { font-size: 12px; font-weight: 400; display: block; white-space: nowrap; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 20px 28px; align-items: start; }
    figure { margin: 0; } figcaption { font-weight: 600; margin: 0 0 6px; } .chart { display: block; width: 100%; max-width: 520px; }
    .scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    caption { text-align: left; padding: 0 0 6px; }
    th, td { padding: 6px 12px; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top; white-space: nowrap; }
    thead th { font-size: 13px; color: var(--quiet); font-weight: 600; vertical-align: bottom; }
    tr > :first-child { text-align: left; } tbody th { font-weight: 600; }
    td:has(.heat) { padding: 2px; } .heat { display: block; padding: 4px 10px; border-radius: 4px; min-width: 64px; }
    .heat.right { background: color-mix(in srgb, var(--right) calc(var(--share) * var(--wash)), transparent); }
    .heat.wrong { background: color-mix(in srgb, var(--wrong) min(var(--wash), var(--share) * 180%), transparent); }
    .heat small { color: var(--ink); }
    .mistakes { list-style: none; padding: 0; margin: 12px 0; } .mistakes li { border-top: 1px solid var(--rule); padding: 10px 0; }
    .verdict { display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 13px; color: var(--quiet); margin: 0 0 4px; }
    .verdict strong { color: var(--ink); } .record { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; font-size: 16px; line-height: 1.8; }
    .word { border-radius: 3px; padding: 1px 0; }
    .word[style^="--for"] { background: color-mix(in srgb, var(--right) calc(var(--for) * var(--wash)), transparent);
      text-decoration: underline 1px; text-decoration-color: var(--right); text-underline-offset: 4px; }
    .word[style^="--against"] { background: color-mix(in srgb, var(--wrong) calc(var(--against) * var(--wash)), transparent); }
    .note .word { color: var(--ink); }
    article { border-top: 1px solid var(--rule); padding: 10px 0; } .error { border-left: 3px solid var(--wrong); padding-left: 8px; }
    @media print { main { max-width: none; } section { break-inside: avoid; } }
    """

  private static func variables(_ palette: Palette) -> [String] {
    [
      ":root { --ink: \(palette.ink); --quiet: \(palette.quiet); --rule: \(palette.rule); --paper: \(palette.paper); "
        + "--panel: \(palette.panel); --right: \(palette.right); --wrong: \(palette.wrong); }"
    ]
  }

  /// A word, coloured by what it did, and with its number where the reader points at it.
  /// - Parameter strongest: the largest number without its sign beside which it stands.
  static func word(_ text: some StringProtocol, score: Double, strongest: Double) -> String {
    let share = strongest > 0 ? score / strongest : 0
    let style = abs(share) < 0.1 ? "" : " style=\"\(share > 0 ? "--for" : "--against"): \(decimal(abs(share), 2))\""
    return "<span class=\"word\"\(style) title=\"\(TextExplanation.signed(score))\">\(escaped(text))</span>"
  }
}
