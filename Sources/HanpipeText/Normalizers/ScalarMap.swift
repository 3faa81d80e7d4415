internal import CUTF8Proc

/// What a normaliser's settings make of single characters and of clusters.
struct ScalarMap: Sendable {
  /// How a character behaves.
  enum Class: UInt8 {
    /// Not in the table: to be found out.
    case unknown
    /// Stays as it is, and never combines with what is before it.
    case inert
    /// Changes, and never combines with what is before it.
    case changes
    /// May combine with, or move before, what is before it: combining marks, Hangul vowels and finals.
    case joins
    /// White space that is to be collapsed.
    case space
  }

  private let options: utf8proc_option_t
  private let composes: Bool
  private let foldsCase: Bool
  /// Whether full-width Latin becomes ASCII.
  private let foldsWidth: Bool
  private let appliesWidth: Bool
  private let collapses: Bool
  /// Classes of U+0000 to U+FFFF; `unknown` where making the table would take longer than most texts.
  private var classes: [Class]

  init(_ configuration: TextNormalizer.Configuration) {
    composes = configuration.form != .none
    foldsCase = configuration.fold.contains(.case)
    appliesWidth = configuration.fold.contains(.width)
    foldsWidth = appliesWidth || configuration.form == .nfkc
    collapses = configuration.whitespace == .collapse
    var flags: UInt32 = 0
    if composes { flags |= UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue }
    if configuration.form == .nfkc { flags |= UTF8PROC_COMPAT.rawValue }
    if foldsCase { flags |= UTF8PROC_CASEFOLD.rawValue }
    options = utf8proc_option_t(flags)
    classes = []
    classes = makeTable()
  }

  /// 7,000 characters by utf8proc, about 0.3 ms; the large blocks that no form changes by range.
  private func makeTable() -> [Class] {
    var table = [Class](repeating: .unknown, count: 0x10000)
    for range in [0x0000...0x05FF, 0x2000...0x27FF, 0x3000...0x33FF, 0xF900...0xFFFF] as [ClosedRange<Int>] {
      for scalar in range { table[scalar] = findClass(UInt32(scalar)) }
    }
    // Ideographs, Hangul syllables (they decompose and compose again) and private use.
    for range in [0x3400...0x9FFF, 0xAC00...0xD7A3, 0xE000...0xF8FF] as [ClosedRange<Int>] {
      for scalar in range { table[scalar] = .inert }
    }
    return table
  }

  /// Lends the table: looked up through a pointer, it costs no reference count a character.
  func withClasses<R>(_ body: (UnsafeBufferPointer<Class>) -> R) -> R { classes.withUnsafeBufferPointer(body) }

  @inline(__always)
  func classify(_ scalar: UInt32, _ classes: UnsafeBufferPointer<Class>) -> Class {
    if scalar < 0x10000 {
      let known = classes[Int(scalar)]
      if known != .unknown { return known }
    }
    return findClass(scalar)
  }

  @inline(never)
  func findClass(_ scalar: UInt32) -> Class {
    if collapses && isWhiteSpace(scalar) { return .space }
    var image: [Int32] = []
    decompose(scalar, &image)
    // The first character of the image decides: what is before may combine with that one only, or be passed by it.
    if composes, let first = image.first, Self.joinsBackward(UInt32(bitPattern: first)) { return .joins }
    return finish(&image) == [Int32(bitPattern: scalar)] ? .inert : .changes
  }

  /// Whether a character may combine with the one before it. More than Unicode's NFC_QC=Maybe: all marks, all Hangul jamo,
  /// so that it holds for the versions of Unicode to come, and the vowels of Kirat Rai (Unicode 16), which are letters.
  private static func joinsBackward(_ scalar: UInt32) -> Bool {
    if scalar < 0x300 { return false }
    let property = utf8proc_get_property(Int32(bitPattern: scalar)).pointee
    let category = UInt32(bitPattern: Int32(property.category))
    return property.combining_class != 0
      || (category >= UTF8PROC_CATEGORY_MN.rawValue && category <= UTF8PROC_CATEGORY_ME.rawValue)
      || 0x1160...0x11FF ~= scalar || 0x16D63...0x16D6A ~= scalar
  }

  /// `[[0], [1], …]`: the images of most edits, made once.
  static let ascii: [[UInt8]] = (0..<128).map { [$0] }

  /// The image of a character that is ASCII, full-width or not, if that is one byte.
  func asciiImage(of scalar: UInt32) -> UInt8? {
    var image = scalar
    if foldsWidth && 0xFF01...0xFF5E ~= image { image -= 0xFEE0 }
    if foldsCase && 0x41...0x5A ~= image { image += 0x20 }
    return image < 0x80 ? UInt8(image) : nil
  }

  /// What becomes of a cluster of characters.
  func image(of cluster: UnsafeBufferPointer<UInt8>, _ scratch: inout [Int32]) -> [UInt8] {
    scratch.removeAll(keepingCapacity: true)
    var position = 0
    while position < cluster.count {
      let (scalar, length) = decodeScalar(cluster, at: position)
      decompose(scalar, &scratch)
      position += length
    }
    return encode(finish(&scratch))
  }

  /// Appends what one character becomes on its own, before composition.
  private func decompose(_ scalar: UInt32, _ result: inout [Int32]) {
    let source = appliesWidth ? Self.foldWidth(Int32(bitPattern: scalar)) : Int32(bitPattern: scalar)
    var boundary: Int32 = 0
    // 18 is the longest decomposition (U+FDFA); case folding adds at most two to a letter.
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 64) { buffer in
      let count = utf8proc_decompose_char(source, buffer.baseAddress, 64, options, &boundary)
      if count >= 0 && count <= 64 { result.append(contentsOf: buffer[..<count]) } else { result.append(source) }
    }
  }

  /// Canonical order and composition.
  private func finish(_ scalars: inout [Int32]) -> ArraySlice<Int32> {
    guard composes else { return scalars[...] }
    if scalars.count > 1 { Self.order(&scalars) }
    let count = scalars.withUnsafeMutableBufferPointer {
      utf8proc_normalize_utf32($0.baseAddress, $0.count, options)
    }
    return scalars[..<max(0, count)]
  }

  /// Canonical ordering: a stable sort of each run of marks by combining class (The Unicode Standard, section 3.11, D109).
  ///
  /// Not utf8proc's own, which takes quadratic time for a text of nothing but marks.
  private static func order(_ scalars: inout [Int32]) {
    func combiningClass(_ scalar: Int32) -> UInt16 {
      scalar < 0x300 ? 0 : UInt16(bitPattern: Int16(utf8proc_get_property(scalar).pointee.combining_class))
    }
    var start = 0
    while start < scalars.count {
      var end = start
      var isOrdered = true
      var last: UInt16 = 0
      while end < scalars.count {
        let now = combiningClass(scalars[end])
        if now == 0 { break }
        isOrdered = isOrdered && last <= now
        last = now
        end += 1
      }
      if !isOrdered {
        // Sorted with the place as the second key, so that the sort is stable whatever the library promises.
        let sorted = (start..<end).map { (combiningClass(scalars[$0]), $0, scalars[$0]) }
          .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        for (i, element) in sorted.enumerated() { scalars[start + i] = element.2 }
      }
      start = end + 1
    }
  }

  private func encode(_ scalars: ArraySlice<Int32>) -> [UInt8] {
    var bytes: [UInt8] = []
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4) { buffer in
      for scalar in scalars {
        let count = utf8proc_encode_char(scalar, buffer.baseAddress)
        bytes.append(contentsOf: buffer[..<max(0, count)])
      }
    }
    return bytes
  }

  /// Full-width ASCII and signs to half width, half-width katakana and signs to full; half-width Hangul stays.
  static func foldWidth(_ scalar: Int32) -> Int32 {
    switch scalar {
    case 0x3000: return 0x20
    case 0xFF01...0xFF5E: return scalar - 0xFEE0
    // Its decomposition goes on to a space and U+0304.
    case 0xFFE3: return 0xAF
    case 0xFF5F...0xFF9F, 0xFFE0...0xFFE6, 0xFFE8...0xFFEE:
      var result: Int32 = 0
      var boundary: Int32 = 0
      let options = utf8proc_option_t(UTF8PROC_COMPAT.rawValue | UTF8PROC_DECOMPOSE.rawValue)
      let count = utf8proc_decompose_char(scalar, &result, 1, options, &boundary)
      return count == 1 ? result : scalar
    default: return scalar
    }
  }
}
