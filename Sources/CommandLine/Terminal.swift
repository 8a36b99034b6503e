internal import Glibc

/// The process's own surroundings: arguments, variables, and the two output streams. The only file here that asks the system.
public enum Terminal {
  public enum Stream: Int32, Sendable {
    case output = 1
    case error = 2
  }

  /// The words after the program's name.
  public static var arguments: [String] { Array(Swift.CommandLine.arguments.dropFirst()) }

  /// One environment variable; `nil` where it is not set.
  public static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  public static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

  public static func style(of stream: Stream) -> TextStyle {
    TextStyle(isTerminal: isTerminal(stream), environment: environment)
  }

  /// Columns to write in: `COLUMNS`, else what the terminal says, else 80; at least 40 and at most 200, beyond which nobody reads.
  public static func width(of stream: Stream) -> Int {
    var columns = environment("COLUMNS").flatMap { Int($0) } ?? 0
    if columns <= 0 {
      var size = winsize()
      if unsafe ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0 { columns = Int(size.ws_col) }
    }
    return columns > 0 ? min(max(columns, 40), 200) : 80
  }

  /// Writes all of a text.
  /// - Returns: `false` where the reader has gone or the device fails: there is nobody left to tell.
  @discardableResult public static func write(_ text: String, to stream: Stream = .output) -> Bool {
    write(Array(text.utf8), to: stream)
  }

  @discardableResult public static func write(_ bytes: [UInt8], to stream: Stream = .output) -> Bool {
    var position = 0
    while position < bytes.count {
      // write(2): how many bytes were taken, perhaps fewer than asked for; -1 with errno.
      let taken = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(stream.rawValue, buffer.baseAddress! + position, buffer.count - position)
      }
      if taken < 0, errno == EINTR || errno == EAGAIN { continue }
      guard taken > 0 else { return false }
      position += taken
    }
    return true
  }

  /// Milliseconds of a clock that never goes back, for progress lines.
  public static func steadyMilliseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
