/// Cuts 0..<count into ranges of `size`, the last one shorter.
public func chunks(of count: Int, size: Int) -> [Range<Int>] {
  stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
}
