import Glibc
import Model

/// Other programs, the built `prowzi` among them.
enum Process {
  struct Result {
    /// The exit code; 128 and the signal's number where one ended it.
    var status: Int32
    var output: String
  }

  /// The program under test lies beside the test bundle.
  static let prowzi: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &path, path.count - 1)
    let bundle = String(decoding: path.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let found = bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/prowzi"
    precondition(access(found, X_OK) == 0, "\(found) is there: the tests depend on the program")
    return found
  }()

  /// Starts a program with its output (both streams) in a file.
  static func start(_ words: [String], output: String = "/dev/null") -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    let failure = posix_spawn(&child, words[0], &actions, nil, arguments, environ)
    precondition(failure == 0, "\(words[0]) can be started: \(String(cString: strerror(failure)))")
    return child
  }

  /// Waits for a program to end.
  static func wait(_ child: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  static func run(_ words: [String]) -> Result {
    var template = Array("/tmp/prowzi-output-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    precondition(descriptor >= 0, "a temporary file can be made")
    close(descriptor)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    let status = wait(start(words, output: path))
    return Result(status: status, output: text(of: path))
  }

  static func shell(_ script: String, _ arguments: String...) -> Result { run(["/bin/sh", "-c", script, "sh"] + arguments) }

  static func text(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { return bytes.displayText }
      bytes += block[..<count]
    }
  }
}
