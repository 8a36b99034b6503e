import Glibc
import Synchronization

/// How many of their cases tests run that go through very many: seeds, cuts, kills, whole captures.
///
/// All of them, unless `PROWZI_TEST_SHARE=N` asks for one of N. `ops/test --sanitize` does, since every access to memory costs several times as
/// much there. Which cases those are depends on their numbers alone. A line is printed for every test that leaves cases out.
public enum TestShare {
  /// One of how many cases runs, at least 1.
  public static let divisor: Int = {
    guard let text = unsafe getenv("PROWZI_TEST_SHARE") else { return 1 }
    guard let number = unsafe Int(String(cString: text)), (1...1000).contains(number) else {
      preconditionFailure("PROWZI_TEST_SHARE is a number from 1 to 1000: of how many cases one runs")
    }
    return number
  }()

  private static let told = Mutex<Set<String>>([])

  private static func tell(_ what: String) {
    guard divisor > 1, told.withLock({ $0.insert(what).inserted }) else { return }
    print("PROWZI_TEST_SHARE: one of \(divisor) \(what)")
  }

  /// Whether a case runs. Numbers are mixed, so that a share of a table takes from all its rows and columns.
  public static func takes(_ number: Int, of what: String) -> Bool {
    tell(what)
    var mixed = UInt64(bitPattern: Int64(number)) &* 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ mixed >> 32) &* 0xd6e8_feb8_6659_fd93
    return (mixed >> 33) % UInt64(divisor) == 0
  }

  /// The seeds that run.
  public static func seeds(_ all: Range<Int>, of what: String) -> [UInt64] { all.filter { takes($0, of: what) }.map(UInt64.init) }

  /// How many of so many cases run, at least one.
  public static func count(_ all: Int, of what: String) -> Int {
    tell(what)
    return max(1, all / divisor)
  }
}
