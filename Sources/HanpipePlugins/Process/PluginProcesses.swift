import HanpipeIO

/// The processes of one stage. They start when there is work for them, the first at once, and end with this value.
final class PluginProcesses: Sendable {
  /// What the first process said it is.
  let hello: Hello
  private let command: PluginCommand
  private let workers: Int
  private let queue: RequestQueue

  /// Starts the first process and waits until it has said what it is.
  /// - Parameter workers: how many there may be.
  init(_ command: PluginCommand, workers: Int) throws {
    self.command = command
    self.workers = workers
    queue = try RequestQueue()
    let isStarted = queue.state.withLock { [queue] state in
      guard let thread = Self.thread(command, queue, number: 1, startsAtOnce: true) else { return false }
      state.threads = [thread]
      state.idle = 1
      return true
    }
    guard isStarted else { throw PluginError.start(command.name, reason: "the system gives no more threads") }
    do {
      hello = try queue.state.wait(
        until: { $0.hello != nil || $0.failure != nil },
        then: { state in
          if let failure = state.failure { throw failure }
          guard let hello = state.hello else { throw PluginError.noProgram(command.name) }
          return hello
        })
    } catch {
      queue.end()
      throw error
    }
  }

  deinit { queue.end() }

  func submit(_ requests: [PluginRequest]) {
    queue.submit(requests, most: workers) { number in
      Self.thread(command, queue, number: number, startsAtOnce: false)
    }
  }

  private static func thread(
    _ command: PluginCommand, _ queue: RequestQueue, number: Int, startsAtOnce: Bool
  ) -> WorkerThread? {
    WorkerThread { PluginWorker(command, queue, number: number).run(startsAtOnce: startsAtOnce) }
  }
}
