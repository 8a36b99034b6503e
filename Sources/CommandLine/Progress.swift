/// A line that says how far a long command has come: what to write and when, apart from any clock or terminal.
///
/// Nothing is shown in the first two seconds. Then, on a terminal, one line is rewritten at most four times a second; elsewhere a
/// whole line is written at most every ten seconds.
public struct Progress: Sendable {
  static let silenceMilliseconds: Int64 = 2000
  static let terminalPauseMilliseconds: Int64 = 250
  static let plainPauseMilliseconds: Int64 = 10_000

  /// What is being done: `reading`.
  public var label: String
  /// What is counted: `records`.
  public var unit: String
  /// How many there will be, where known.
  public var total: Int?
  public let isTerminal: Bool
  public var width: Int
  private let start: Int64
  private var lastShown: Int64?
  private var isLineOpen = false

  /// - Parameter now: milliseconds of a clock that never goes back; the same clock is given to `update`.
  public init(_ label: String, unit: String = "records", total: Int? = nil, isTerminal: Bool, width: Int = 80, now: Int64) {
    self.label = label
    self.unit = unit
    self.total = total
    self.isTerminal = isTerminal
    self.width = width
    start = now
  }

  /// What to write to standard error now; usually nothing.
  public mutating func update(done: Int, now: Int64) -> String? {
    guard now - start >= Self.silenceMilliseconds else { return nil }
    let pause = isTerminal ? Self.terminalPauseMilliseconds : Self.plainPauseMilliseconds
    if let lastShown { guard now - lastShown >= pause else { return nil } }
    lastShown = now
    let line = line(done: done, now: now)
    guard isTerminal else { return line + "\n" }
    isLineOpen = true
    return "\r\u{1b}[K" + line.prefix(max(1, width - 1))
  }

  /// What to write before anything else goes to the terminal, and at the end: it takes the line away.
  public mutating func finish() -> String? {
    defer { isLineOpen = false }
    return isLineOpen ? "\r\u{1b}[K" : nil
  }

  /// `reading: 1,200 of 5,000 records (24 %), 400/s, 9.5 s left`.
  func line(done: Int, now: Int64) -> String {
    let elapsed = max(1, now - start)
    var line = "\(label): \(Display.count(done))"
    if let total, total > 0 { line += " of \(Display.count(total))" }
    line += " \(unit)"
    if let total, total > 0 { line += " (\(Self.scaled(min(done, total), 100, total)) %)" }
    line += ", \(Display.count(Self.scaled(done, 1000, Int(elapsed))))/s"
    if let total, done > 0, done < total {
      line += ", \(Display.duration(milliseconds: Int64(Self.scaled(total - done, Int(elapsed), done)))) left"
    }
    return line
  }

  /// a × b ÷ c without overflow in between; the largest number where the result does not fit.
  private static func scaled(_ a: Int, _ b: Int, _ c: Int) -> Int {
    let product = a.magnitude.multipliedFullWidth(by: b.magnitude)
    guard product.high < c.magnitude else { return .max }
    return Int(clamping: c.magnitude.dividingFullWidth(product).quotient)
  }
}
