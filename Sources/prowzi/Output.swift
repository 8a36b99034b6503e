import CommandLine
import Glibc
import JSON
import Model

/// Standard output of one command, gathered and written in pieces.
///
/// Where the reader has gone (`| head`), what follows is dropped and `isClosed` tells commands that they may stop.
final class Output {
  /// One JSON object a line instead of text.
  let isJSON: Bool
  let isTerminal = Terminal.isTerminal(.output)
  let style = Terminal.style(of: .output)
  let width = Terminal.width(of: .output)
  private(set) var isClosed = false
  private var buffer: [UInt8] = []
  private var failure: ProwziError?

  private static let pieceBytes = 1 << 16

  init(isJSON: Bool) { self.isJSON = isJSON }

  func text(_ text: String) {
    guard !isClosed else { return }
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.pieceBytes { flush() }
  }

  func line(_ text: String = "") { self.text(text + "\n") }

  /// One JSON text on a line of its own.
  func json(_ body: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    body(&writer)
    json(writer.bytes)
  }

  /// The same of bytes that are JSON already.
  func json(_ bytes: [UInt8]) {
    guard !isClosed else { return }
    buffer.append(contentsOf: bytes)
    buffer.append(0x0a)
    if buffer.count >= Self.pieceBytes { flush() }
  }

  /// Writes what is gathered.
  func flush() {
    guard !isClosed, !buffer.isEmpty else { return }
    if !Terminal.write(buffer) {
      let code = errno
      isClosed = true
      if code != EPIPE {
        failure = ProwziError(
          "file.io", "standard output cannot be written", advice: "Check the disk that it goes to",
          cause: unsafe String(cString: strerror(code)))
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes the rest.
  /// - Throws: `file.io` where the device failed; a reader that has gone is no failure.
  func finish() throws(ProwziError) {
    flush()
    if let failure { throw failure }
  }
}

/// Sentences for people on standard error.
enum Notice {
  static func tell(_ sentence: String) {
    Terminal.write("\(Terminal.style(of: .error).yellow("prowzi:")) \(TextStyle.harmless(sentence))\n", to: .error)
  }
}
