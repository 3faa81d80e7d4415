/// Which tags may follow each other where tags mark the words of a text: B begins a word of several characters, M is inside, E ends
/// it, S is a word of one character (Xue 2003, aclanthology.org/O03-4002).
///
/// A word may have a type, as in `B-noun`, which is then that of all its tags. Where a name has another form, everything may follow
/// everything: the tags mark no words.
struct TagScheme: Sendable {
  private enum Position: Character {
    case begin = "B"
    case middle = "M"
    case end = "E"
    case single = "S"
  }
  /// For each tag where in a word it stands, and the word's type; nil if the names are not of this form.
  private let places: [(position: Position, type: Substring)]?

  init(_ names: [String]) {
    let places = names.compactMap { name -> (position: Position, type: Substring)? in
      guard let position = name.first.flatMap(Position.init) else { return nil }
      let rest = name.dropFirst()
      return rest.isEmpty || rest.hasPrefix("-") ? (position, rest) : nil
    }
    self.places = places.count == names.count ? places : nil
  }

  func mayFollow(_ from: Int, _ to: Int) -> Bool {
    guard let places else { return true }
    let (a, b) = (places[from], places[to])
    switch a.position {
    case .begin, .middle: return (b.position == .middle || b.position == .end) && a.type == b.type
    case .end, .single: return mayBegin(to)
    }
  }
  func mayBegin(_ tag: Int) -> Bool {
    places.map { $0[tag].position == .begin || $0[tag].position == .single } ?? true
  }
  func mayEnd(_ tag: Int) -> Bool {
    places.map { $0[tag].position == .end || $0[tag].position == .single } ?? true
  }

  /// Whether every tag has a place in some path, so that no record is without one: at least a word of one character.
  func hasPath(_ count: Int) -> Bool { (0..<count).contains { mayBegin($0) && mayEnd($0) } }
}
