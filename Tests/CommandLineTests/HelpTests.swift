import CommandLine
import Testing

@Suite struct HelpTests {
  private func printed(_ line: String, width: Int = 80) throws -> String? {
    guard case .print(let text) = try sample.parse(line.split(separator: " ").map(String.init), width: width) else { return nil }
    return text
  }

  @Test func aCommandsPage() throws {
    let page = """
      prowzi ingest: Reads files into the log

      Usage: prowzi ingest [options] <file>...

        Records are kept byte for byte.

          raw -> log

        A second run of the same file adds nothing, because every record is known by
        its digest.

      Arguments:
        <file>...  A file, or - for standard input

      Options:
        -d, --data DIR      The data directory (default: ./prowzi-data; environment:
                            PROWZI_DATA)
        --format text|json  How to print (default: text; environment: PROWZI_FORMAT)
        --workers N         Threads
        --since TIME        Passes over what is older
        --every DURATION    How often
        --block SIZE        Bytes at once
        --only LIST         Sources (can be repeated)
        -v, --verbose       Says more
        -h, --help          Shows this page

      Examples:
        prowzi ingest news.jsonl.zst --time-field seen_at
            Reads one compressed file
        prowzi ingest -
            Reads standard input

      """
    for line in ["ingest --help", "ingest -h", "ingest a --nonsense --help", "help ingest"] { #expect(try printed(line) == page) }
  }

  @Test func aGroupsPage() throws {
    let page = """
      prowzi log: Topics, records and their files

      Usage: prowzi log <command> [options]

      Commands:
        verify  Checks every batch
        list    Lists the topics

      Run 'prowzi log <command> --help' for one of them.

      """
    for line in ["log --help", "log -h", "help log"] { #expect(try printed(line) == page) }
  }

  @Test func theProgramsPage() throws {
    let page = """
      prowzi: Turns raw feeds into scored briefs

      Usage: prowzi <command> [options]

      Commands:
        ingest   Reads files into the log
        log ...  Topics, records and their files

      Options:
        -h, --help  Shows this page, or the page of a command
        --version   Shows the version

      Run 'prowzi help exit-codes' for what the exit codes mean.

      """
    for line in ["--help", "-h", "help"] { #expect(try printed(line) == page) }
    #expect(try printed("--version") == "prowzi 1.2.3\n")
  }

  @Test func theTableOfExitCodes() throws {
    let page = """
      Exit codes:
          0  Success
          1  The command ran and found a difference or a fault: replay differs, verify
             found damage
          2  The command line is wrong
          3  A data or configuration file is invalid
          4  A topic, event, file or data directory is not there
          5  Another process is writing here
          6  The disk is full, denies access or fails
          7  The log is damaged and the command could not go on
          8  A server does not answer, refuses, or fails
         70  A fault in the program itself
        130  Interrupted

      """
    #expect(try printed("help exit-codes") == page)
  }

  @Test func helpAfterTheDoubleDashIsAnArgument() throws {
    #expect(try printed("ingest -- --help") == nil)
  }

  @Test func wordsAreWrappedAndLongOnesStandAlone() {
    #expect(Wrapping.wrap("aa bb cc dd ee ff gg hh", width: 20, indent: 2) == "  aa bb cc dd ee ff\n  gg hh")
    #expect(Wrapping.wrap("a \(String(repeating: "x", count: 30)) b", width: 20) == "a\n\(String(repeating: "x", count: 30))\nb")
    #expect(Wrapping.wrap("a\nb\n\nc", width: 20) == "a b\n\nc")
  }
}
