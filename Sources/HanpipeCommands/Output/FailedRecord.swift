import Hanpipe

extension JSONLineWriter {
  /// The line that stands in a failed record's place.
  /// - Parameters:
  ///   - members: the record's own fields.
  ///   - own: the names that the command writes itself; fields of these names give way.
  static func failure(_ error: any Error, _ members: RawMembers, except own: [StaticString]) -> [UInt8] {
    var line = JSONLineWriter()
    line.begin()
    line.members(members, except: own)
    line.string("error", "\(error)")
    line.end()
    return line.bytes
  }
}
