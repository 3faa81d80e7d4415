import Synchronization

/// Resources that one caller may use at a time, lent for the length of a batch.
public final class Pool<Resource: AnyObject & Sendable>: Sendable {
  private let free = Mutex<[Resource]>([])
  private let make: @Sendable () throws -> Resource
  public init(_ make: @escaping @Sendable () throws -> Resource) { self.make = make }

  public func lend<R>(_ body: (Resource) throws -> R) throws -> R {
    let resource = try free.withLock { $0.popLast() } ?? make()
    defer { free.withLock { $0.append(resource) } }
    return try body(resource)
  }
}
